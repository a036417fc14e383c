//! What the tests run in JavaScript: client libraries that check our tokens, newman, which runs the Postman collection, and
//! axe-core for the pages. In a folder of their own below `target/`, every version and digest pinned.

use std::{path::PathBuf, process::Command};

use crate::{
    Error, Step, Workspace,
    machine::NODE,
    place,
    program::{self, find},
    workspace::NotRun,
};

pub(crate) const INSTALL: Step = Step { title: "looking for Node.js and its packages", work: install };

const MANIFEST: &str = include_str!("../node/package.json");
/// With version and digest of everything.
const LOCK: &str = include_str!("../node/package-lock.json");

/// Without them some suites cannot run: said loudly, and an error in CI.
fn install(workspace: &mut Workspace) -> Result<(), Error> {
    match packages(workspace) {
        Ok(packages) => {
            workspace.tell("VESTIBULE_NODE", find("node"));
            workspace.tell("VESTIBULE_NODE_PACKAGES", packages);
        }
        Err(error) if workspace.ci => return Err(error),
        Err(error) => {
            for suite in ["jose and openid-client with our tokens", "the Postman collection in newman"] {
                workspace.not_run.push(NotRun { suite, because: error.to_string() });
            }
        }
    }
    Ok(())
}

/// The folder `node_modules`. The copy of the lock file is written last, so that a folder half made is made anew.
pub(crate) fn packages(workspace: &Workspace) -> Result<PathBuf, Error> {
    let folder = workspace.target.join("node");
    let (packages, done) = (folder.join("node_modules"), folder.join("installed.json"));
    NODE.ensure()?;
    if std::fs::read(&done).is_ok_and(|have| have == LOCK.as_bytes()) && packages.is_dir() {
        return Ok(packages);
    }
    eprintln!("  installing them into {}", folder.display());
    place::file(&folder.join("package.json"), MANIFEST.as_bytes())?;
    place::file(&folder.join("package-lock.json"), LOCK.as_bytes())?;
    let mut npm = Command::new("npm");
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(&folder);
    program::run(&mut npm, "Is the npm registry in reach? Its packages are needed once.")?;
    place::file(&done, LOCK.as_bytes())?;
    Ok(packages)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_package_is_pinned_with_its_digest() {
        let packages = LOCK.matches("\"node_modules/").count();
        assert!(packages > 0 && LOCK.matches("\"integrity\": \"sha512-").count() == packages, "{LOCK}");
        let versions = MANIFEST.split("\"dependencies\"").nth(1).unwrap().lines().filter_map(|line| line.trim().split_once("\": \""));
        let versions: Vec<_> = versions.map(|(_, version)| version.trim_end_matches([',', '"'])).collect();
        assert!(!versions.is_empty() && versions.iter().all(|version| version.starts_with(|c: char| c.is_ascii_digit())), "{versions:?}");
    }
}
