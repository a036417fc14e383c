//! What the tests run in Python: schemathesis, which tries the live OpenAPI document against the live server, and PyJWT, which
//! checks our tokens. In an environment of their own below `target/`, every version pinned.

use std::{path::Path, process::Command};

use crate::{Error, Step, Workspace, machine::PYTHON, place, program, workspace::NotRun};

pub(crate) const INSTALL: Step = Step { title: "looking for Python and its packages", work: install };

/// Direct and indirect, as `pip freeze` writes them.
const REQUIREMENTS: &str = include_str!("../python/requirements.txt");

/// Without them some suites cannot run: said loudly, and an error in CI.
fn install(workspace: &mut Workspace) -> Result<(), Error> {
    let environment = workspace.target.join("venv");
    match PYTHON.ensure().and_then(|()| environment_at(&environment)) {
        Ok(()) => {
            workspace.tell("VESTIBULE_SCHEMATHESIS", environment.join("bin/schemathesis"));
            workspace.tell("VESTIBULE_PYTHON", environment.join("bin/python"));
        }
        Err(error) if workspace.ci => return Err(error),
        Err(error) => {
            for suite in ["schemathesis against the live OpenAPI document", "PyJWT with our tokens"] {
                workspace.not_run.push(NotRun { suite, because: error.to_string() });
            }
        }
    }
    Ok(())
}

/// The copy of the requirements inside is written last, so that an environment half made is made anew.
fn environment_at(path: &Path) -> Result<(), Error> {
    let done = path.join("requirements.txt");
    if std::fs::read(&done).is_ok_and(|have| have == REQUIREMENTS.as_bytes()) {
        return Ok(());
    }
    eprintln!("  installing them into {}", path.display());
    let wanted = path.with_file_name("venv-requirements.txt");
    place::file(&wanted, REQUIREMENTS.as_bytes())?;
    program::run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(path), "Remove the folder and try again.")?;
    let mut pip = Command::new(path.join("bin/python"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "--requirement"]).arg(&wanted);
    program::run(&mut pip, "Is PyPI in reach? Its packages are needed once.")?;
    place::copy(&wanted, &done).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_version_is_pinned() {
        for program in ["schemathesis==", "PyJWT=="] {
            assert!(REQUIREMENTS.lines().any(|line| line.starts_with(program)), "{program}");
        }
        assert!(
            REQUIREMENTS.lines().all(|line| line.split_once("==").is_some_and(|(name, version)| !name.is_empty() && !version.is_empty()))
        );
    }
}
