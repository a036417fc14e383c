//! `bench`: the measuring program, told the same things as the tests, with everything built for release.

use crate::{
    Error, Step, Workspace,
    program::{self, cargo},
};

pub(crate) const MEASURE: Step = Step { title: "measuring", work: measure };

fn measure(workspace: &mut Workspace) -> Result<(), Error> {
    workspace.tell("VESTIBULE_TEST_CACHE", workspace.target.join("test-cache"));
    let mut bench = cargo(workspace);
    bench.args(["run", "--release", "--package", "vestibule-bench", "--"]).args(&workspace.arguments);
    bench.envs(workspace.told.iter().map(|(name, path)| (name, path)));
    program::run(&mut bench, "The message above says why.")
}
