//! PostgreSQL, from the system's packages.

use crate::{Error, Step, Workspace, machine::POSTGRESQL, workspace::NotRun};

pub(crate) const INSTALL: Step = Step { title: "looking for PostgreSQL", work: install };

/// Without it one suite cannot run: said loudly, and an error in CI.
fn install(workspace: &mut Workspace) -> Result<(), Error> {
    match POSTGRESQL.ensure() {
        Ok(()) => Ok(()),
        Err(error) if workspace.ci => Err(error),
        Err(error) => {
            workspace.not_run.push(NotRun { suite: "the shop on PostgreSQL", because: error.to_string() });
            Ok(())
        }
    }
}
