//! A browser for the tests of pages: Chromium and its driver from the system's packages, and from npm axe-core, which looks in a
//! page for what keeps people out.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    Error, Step, Workspace,
    machine::{CHROMIUM, NPM},
    place,
    program::{self, find},
    workspace::NotRun,
};

pub(crate) const INSTALL: Step = Step { title: "looking for a browser", work: install };

const MANIFEST: &str = include_str!("../node/package.json");
/// With version and digest of everything.
const LOCK: &str = include_str!("../node/package-lock.json");

/// Without it one suite cannot run: said loudly, and an error in CI.
fn install(workspace: &mut Workspace) -> Result<(), Error> {
    let folder = workspace.target.join("node");
    match CHROMIUM.ensure().and_then(|()| axe(&folder)) {
        Ok(axe) => {
            workspace.tell("VESTIBULE_CHROMIUM", find("chromium"));
            workspace.tell("VESTIBULE_CHROMEDRIVER", find("chromedriver"));
            workspace.tell("VESTIBULE_AXE", axe);
            workspace.tell("VESTIBULE_SCREENSHOTS", workspace.target.join("screenshots"));
        }
        Err(error) if workspace.ci => return Err(error),
        Err(error) => workspace.not_run.push(NotRun { suite: "the pages in a browser", because: error.to_string() }),
    }
    Ok(())
}

/// The script. The copy of the lock file is written last, so that a folder half made is made anew.
fn axe(folder: &Path) -> Result<PathBuf, Error> {
    let (script, done) = (folder.join("node_modules/axe-core/axe.min.js"), folder.join("installed.json"));
    if std::fs::read(&done).is_ok_and(|have| have == LOCK.as_bytes()) && script.is_file() {
        return Ok(script);
    }
    NPM.ensure()?;
    eprintln!("  installing axe-core into {}", folder.display());
    place::file(&folder.join("package.json"), MANIFEST.as_bytes())?;
    place::file(&folder.join("package-lock.json"), LOCK.as_bytes())?;
    let mut npm = Command::new("npm");
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(folder);
    program::run(&mut npm, "Is the npm registry in reach? Its packages are needed once.")?;
    place::file(&done, LOCK.as_bytes())?;
    Ok(script)
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
