//! Redis, from the system's packages: the tests start throw-away servers of their own.

use std::{env, path::PathBuf};

use crate::{Error, Step, Workspace, machine::REDIS, workspace::NotRun};

pub(crate) const INSTALL: Step = Step { title: "looking for Redis", work: install };

/// Without it some suites cannot run: said loudly, and an error in CI.
fn install(workspace: &mut Workspace) -> Result<(), Error> {
    match REDIS.ensure() {
        Ok(()) => {
            workspace.tell("VESTIBULE_REDIS", program());
            Ok(())
        }
        Err(error) if workspace.ci => Err(error),
        Err(error) => {
            workspace.not_run.push(NotRun { suite: "the stores and the gateway on Redis", because: error.to_string() });
            Ok(())
        }
    }
}

fn program() -> PathBuf {
    let folders = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&folders).map(|folder| folder.join("redis-server")).find(|path| path.exists());
    found.unwrap_or_else(|| PathBuf::from("redis-server"))
}
