//! Tests that need a program which this machine lacks are reported as ignored, rather than as passed.

use std::{env, fs, path::Path};

fn main() {
    println!("cargo::rustc-check-cfg=cfg(postgresql, schemathesis)");
    println!("cargo::rerun-if-env-changed=VESTIBULE_SCHEMATHESIS");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=/usr/lib/postgresql");
    println!("cargo::rerun-if-env-changed=CI");
    let installed = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().any(|version| has_initdb(&version.path()));
    // For CI there is no leaving out: there the tests run, and fail if the program is missing.
    let set = |wanted: &str| env::vars_os().any(|(name, value)| name == *wanted && !["", "0", "false"].iter().any(|no| value == **no));
    let demanded = set("CI");
    if set("VESTIBULE_SCHEMATHESIS") || demanded {
        println!("cargo::rustc-cfg=schemathesis");
    }
    if installed || demanded {
        println!("cargo::rustc-cfg=postgresql");
    } else {
        println!("cargo::warning=PostgreSQL is not in /usr/lib/postgresql: the shop is not tested on it");
    }
}

fn has_initdb(version: &Path) -> bool {
    version.join("bin/initdb").exists()
}
