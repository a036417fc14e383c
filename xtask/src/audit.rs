//! What the gateway is made of: licences, banned crates and sources by `deny.toml`, with cargo-deny; known vulnerabilities
//! where `RustSec`'s database is on the machine. Nothing is fetched but cargo-deny itself.

use std::{
    env,
    path::{Path, PathBuf},
};

use crate::{
    Error, Step, Workspace, machine,
    program::{self, cargo},
};

pub(crate) const DEPENDENCIES: Step = Step { title: "auditing dependencies", work: dependencies };

const CARGO_DENY: &str = "0.20.2";

fn dependencies(workspace: &mut Workspace) -> Result<(), Error> {
    install(workspace)?;
    // Licences are read from the crates themselves, those of other platforms included.
    program::run(cargo(workspace).args(["fetch", "--locked", "--quiet"]), "Is crates.io in reach?")?;
    let checks = checks(database().as_deref());
    let mut deny = cargo(workspace);
    // Errors alone: the duplicates it warns of are counted in the statistics, and `cargo deny check bans` shows them.
    deny.args(["deny", "--offline", "--locked", "--log-level", "error", "check", "--show-stats"]).args(checks);
    program::run(&mut deny, "The rules are in deny.toml; an exception there needs its reason.")?;
    if !checks.contains(&"advisories") {
        eprintln!(
            "  NOT checked: known vulnerabilities, since RustSec's database is not on this machine; `cargo deny check advisories` fetches it"
        );
    }
    Ok(())
}

fn install(workspace: &Workspace) -> Result<(), Error> {
    if machine::has_cargo(workspace, "deny") {
        return Ok(());
    }
    eprintln!("  installing cargo-deny {CARGO_DENY}: two or three minutes, once on a machine");
    let mut install = cargo(workspace);
    install.args(["install", "--locked", "--no-default-features", "--version", CARGO_DENY, "cargo-deny"]);
    program::run(&mut install, "Is crates.io in reach? It is needed for `cargo xtask ci` alone.")
}

/// Everything that needs no network, and advisories if their database is there.
fn checks(database: Option<&Path>) -> &'static [&'static str] {
    if database.is_some() { &["bans", "licenses", "sources", "advisories"] } else { &["bans", "licenses", "sources"] }
}

/// Where cargo-deny keeps `RustSec`'s advisories, if it does.
fn database() -> Option<PathBuf> {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| env::home_dir().map(|home| home.join(".cargo")))?;
    filled(&home.join("advisory-dbs"))
}

fn filled(folder: &Path) -> Option<PathBuf> {
    let mut entries = folder.read_dir().ok()?;
    entries.find_map(|entry| entry.ok().map(|entry| entry.path()).filter(|path| path.is_dir()))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn advisories_are_checked_where_the_database_is() {
        let folder = env::temp_dir().join(format!("vestibule-xtask-audit-{}", std::process::id()));
        assert_eq!(filled(&folder), None);
        fs::create_dir_all(&folder).unwrap();
        assert_eq!(filled(&folder), None);
        fs::create_dir(folder.join("advisory-db-3157b0e258782691")).unwrap();
        let found = filled(&folder);
        assert!(found.is_some());
        assert!(checks(found.as_deref()).contains(&"advisories"));
        assert!(!checks(None).contains(&"advisories") && checks(None).contains(&"licenses"));
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn the_rules_ban_what_the_house_keeps_out() {
        let rules = fs::read_to_string(Workspace::new(Vec::new()).root.join("deny.toml")).unwrap();
        for needle in ["openssl-sys", "native-tls", "unknown-registry = \"deny\"", "unknown-git = \"deny\""] {
            assert!(rules.contains(needle), "deny.toml says nothing of {needle}");
        }
    }
}
