//! Format and lints.

use crate::{
    Error, Step, Workspace,
    program::{self, cargo},
};

pub(crate) const FORMAT: Step = Step { title: "checking the format", work: format };
pub(crate) const CLIPPY: Step = Step { title: "checking lints", work: clippy };

fn format(workspace: &mut Workspace) -> Result<(), Error> {
    program::run(cargo(workspace).args(["fmt", "--all", "--check"]), "Run `cargo fmt --all` and commit what it changes.")
}

fn clippy(workspace: &mut Workspace) -> Result<(), Error> {
    let mut clippy = cargo(workspace);
    clippy.args(["clippy", "--locked", "--workspace", "--all-targets", "--", "--deny", "warnings"]);
    program::run(&mut clippy, "Mend what clippy names above; an exception is `#[expect(.., reason = \"..\")]`.")
}
