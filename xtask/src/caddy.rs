//! Caddy, from the system's packages: the tests start it with the configuration of docs/forward-auth.md.

use crate::{Error, Step, Workspace, machine::CADDY, program::find, workspace::NotRun};

pub(crate) const INSTALL: Step = Step { title: "looking for Caddy", work: install };

/// Without it one suite cannot run: said loudly, and an error in CI.
fn install(workspace: &mut Workspace) -> Result<(), Error> {
    match CADDY.ensure() {
        Ok(()) => workspace.tell("VESTIBULE_CADDY", find("caddy")),
        Err(error) if workspace.ci => return Err(error),
        Err(error) => workspace.not_run.push(NotRun { suite: "forward-auth behind Caddy", because: error.to_string() }),
    }
    Ok(())
}
