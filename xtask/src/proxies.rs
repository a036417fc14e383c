//! The proxies that people put in front: nginx and Caddy, from the system's packages. The tests start them by themselves, on ports
//! and in folders that go with each test.

use std::path::{Path, PathBuf};

use crate::{
    Error, Step, Workspace,
    machine::{CADDY, NGINX, Package},
    program::find,
    workspace::NotRun,
};

pub(crate) const INSTALL: Step = Step { title: "looking for nginx and Caddy", work: install };

/// Without one its tests cannot run: said loudly, and an error in CI.
fn install(workspace: &mut Workspace) -> Result<(), Error> {
    each(workspace, &NGINX, ("VESTIBULE_NGINX", "nginx"), "forward-auth behind nginx")?;
    each(workspace, &CADDY, ("VESTIBULE_CADDY", "caddy"), "forward-auth behind Caddy")
}

fn each(workspace: &mut Workspace, package: &Package, (variable, name): (&'static str, &str), suite: &'static str) -> Result<(), Error> {
    match package.ensure() {
        Ok(()) => workspace.tell(variable, program(name)),
        Err(error) if workspace.ci => return Err(error),
        Err(error) => workspace.not_run.push(NotRun { suite, because: error.to_string() }),
    }
    Ok(())
}

/// Debian puts servers where the search path of plain users does not lead.
fn program(name: &str) -> PathBuf {
    let found = find(name);
    if found.is_absolute() { found } else { Path::new("/usr/sbin").join(name) }
}
