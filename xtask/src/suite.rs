//! The whole suite, by the test runner; its summary is the last thing that a run prints.

use crate::{
    Error, Step, Workspace, machine,
    program::{self, cargo},
    workspace::NotRun,
};

pub(crate) const RUN: Step = Step { title: "running the tests", work: run };

fn run(workspace: &mut Workspace) -> Result<(), Error> {
    workspace.tell("VESTIBULE_TEST_CACHE", workspace.target.join("test-cache"));
    let missing = not_run(&workspace.not_run);
    eprint!("{missing}");
    let mut runner = cargo(workspace);
    if machine::has_cargo(workspace, "nextest") {
        runner.args(["nextest", "run"]);
    } else {
        runner.args(["test", "--no-fail-fast"]);
    }
    runner.arg("--workspace").args(&workspace.arguments).envs(workspace.told.iter().map(|(name, path)| (name, path)));
    program::run(&mut runner, "The names of failed tests are above; `cargo xtask test NAME` runs one alone.")?;
    eprint!("{missing}");
    Ok(())
}

/// Nothing, or a notice that is hard to overlook.
fn not_run(suites: &[NotRun]) -> String {
    let notice = |NotRun { suite, because }: &NotRun| ["\n!!! NOT RUN: ", suite, "\n!!! ", &because.replace('\n', "\n!!! "), "\n"].concat();
    suites.iter().map(notice).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_notice_is_loud_or_silent() {
        assert_eq!(not_run(&[]), "");
        let notice = not_run(&[NotRun { suite: "pages", because: "no browser.\nInstall one.".to_owned() }]);
        assert_eq!(notice, "\n!!! NOT RUN: pages\n!!! no browser.\n!!! Install one.\n");
    }
}
