//! libfaketime, from the system's packages: the tests set the clock of single gateways with it.

use std::{fs, path::PathBuf};

use crate::{Error, Step, Workspace, machine::FAKETIME, workspace::NotRun};

pub(crate) const FIND: Step = Step { title: "looking for libfaketime", work: find };

/// Without it one suite cannot run: said loudly, and an error in CI.
fn find(workspace: &mut Workspace) -> Result<(), Error> {
    match FAKETIME.ensure() {
        Ok(()) => library().into_iter().for_each(|library| workspace.tell("VESTIBULE_FAKETIME", library)),
        Err(error) if workspace.ci => return Err(error),
        Err(error) => workspace.not_run.push(NotRun { suite: "gateways whose clock jumps", because: error.to_string() }),
    }
    Ok(())
}

/// Debian keeps libraries in a folder that is named after the machine.
fn library() -> Option<PathBuf> {
    let folders = fs::read_dir("/usr/lib").into_iter().flatten().flatten().map(|entry| entry.path());
    folders.map(|folder| folder.join("faketime/libfaketime.so.1")).find(|library| library.exists())
}
