//! nginx, from the system's packages: the tests start it with a configuration of theirs.

use std::path::PathBuf;

use crate::{Error, Step, Workspace, machine::NGINX, program::find, workspace::NotRun};

pub(crate) const INSTALL: Step = Step { title: "looking for nginx", work: install };

/// Without it some suites cannot run: said loudly, and an error in CI.
fn install(workspace: &mut Workspace) -> Result<(), Error> {
    match NGINX.ensure() {
        Ok(()) => workspace.tell("VESTIBULE_NGINX", program()),
        Err(error) if workspace.ci => return Err(error),
        Err(error) => workspace.not_run.push(NotRun { suite: "gateways behind nginx", because: error.to_string() }),
    }
    Ok(())
}

/// Where Debian puts it, which is not on everybody's search path.
fn program() -> PathBuf {
    let debian = PathBuf::from("/usr/sbin/nginx");
    if debian.is_file() { debian } else { find("nginx") }
}
