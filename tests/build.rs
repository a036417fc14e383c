//! Tests that need a program which this machine lacks are reported as ignored, rather than as passed.

fn main() {
    println!("cargo::rustc-check-cfg=cfg(postgresql, redis, schemathesis)");
    println!("cargo::rerun-if-env-changed=VESTIBULE_SCHEMATHESIS");
    println!("cargo::rerun-if-env-changed=VESTIBULE_POSTGRESQL");
    println!("cargo::rerun-if-env-changed=VESTIBULE_REDIS");
    println!("cargo::rerun-if-env-changed=CI");
    let set = |wanted: &str| std::env::vars_os().any(|(name, value)| name == *wanted && !["", "0", "false"].iter().any(|no| value == **no));
    // For CI there is no leaving out: there the tests run, and fail if the program is missing.
    if set("VESTIBULE_SCHEMATHESIS") || set("CI") {
        println!("cargo::rustc-cfg=schemathesis");
    }
    if set("VESTIBULE_POSTGRESQL") || set("CI") {
        println!("cargo::rustc-cfg=postgresql");
    }
    if set("VESTIBULE_REDIS") || set("CI") {
        println!("cargo::rustc-cfg=redis");
    }
}
