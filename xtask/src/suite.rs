//! The whole suite, by the test runner; its summary is the last thing that a run prints.

use std::process::Command;

use crate::{
    Error, Step, Workspace, machine,
    program::{self, cargo},
    workspace::NotRun,
};

pub(crate) const RUN: Step = Step { title: "running the tests", work: run };

/// End-to-end tests of what is kept, which are run on PostgreSQL too. The others concern plugins, commands and files.
const KEPT: [&str; 10] =
    ["accounts::", "auth::", "import_export::", "invitations::", "limits::", "linking::", "mail::", "operate::", "recovery::", "token::"];

fn run(workspace: &mut Workspace) -> Result<(), Error> {
    workspace.tell("VESTIBULE_TEST_CACHE", workspace.target.join("test-cache"));
    let missing = not_run(&workspace.not_run);
    eprint!("{missing}");
    let next = machine::has_cargo(workspace, "nextest");
    let go_on = "The names of failed tests are above; `cargo xtask test NAME` runs one alone.";
    program::run(runner(workspace, next).arg("--workspace").args(&workspace.arguments), go_on)?;
    // Who asks for single tests gets them once; with VESTIBULE_TEST_STORE=postgres, there.
    if workspace.postgresql.is_some() && workspace.arguments.is_empty() {
        eprintln!("once more, with PostgreSQL below the gateways");
        let mut again = runner(workspace, next);
        again.args(["--package", "vestibule-tests"]).env("VESTIBULE_TEST_STORE", "postgres");
        // The test runner of Cargo takes names behind a mark of their own.
        if !next {
            again.arg("--");
        }
        program::run(again.args(KEPT), "These fail on PostgreSQL: VESTIBULE_TEST_STORE=postgres cargo xtask test NAME runs one alone.")?;
    }
    eprint!("{missing}");
    Ok(())
}

fn runner(workspace: &Workspace, next: bool) -> Command {
    let mut runner = cargo(workspace);
    if next {
        runner.args(["nextest", "run"]);
    } else {
        runner.args(["test", "--no-fail-fast"]);
    }
    runner.envs(workspace.told.iter().map(|(name, path)| (name, path)));
    runner
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
