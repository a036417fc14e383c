//! Tests that need a program which this machine lacks are reported as ignored, rather than as passed.

fn main() {
    println!("cargo::rerun-if-env-changed=CI");
    let set = |wanted: &str| std::env::vars_os().any(|(name, value)| name == *wanted && !["", "0", "false"].iter().any(|no| value == **no));
    for (program, variable) in [
        ("browser", "VESTIBULE_CHROMEDRIVER"),
        ("caddy", "VESTIBULE_CADDY"),
        ("nginx", "VESTIBULE_NGINX"),
        ("faketime", "VESTIBULE_FAKETIME"),
        ("node", "VESTIBULE_NODE"),
        ("postgresql", "VESTIBULE_POSTGRESQL"),
        ("python", "VESTIBULE_PYTHON"),
        ("redis", "VESTIBULE_REDIS"),
        ("schemathesis", "VESTIBULE_SCHEMATHESIS"),
    ] {
        println!("cargo::rustc-check-cfg=cfg({program})");
        println!("cargo::rerun-if-env-changed={variable}");
        // For CI there is no leaving out: there the tests run, and fail if the program is missing.
        if set(variable) || set("CI") {
            println!("cargo::rustc-cfg={program}");
        }
    }
}
