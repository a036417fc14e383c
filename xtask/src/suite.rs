//! The whole suite, by the test runner; its summary is the last thing that a run prints.

use std::process::Command;

use crate::{
    Error, Step, Workspace, machine,
    program::{self, cargo},
    workspace::NotRun,
};

pub(crate) const RUN: Step = Step { title: "running the tests", work: run };

/// End-to-end tests of what is kept, which are run on the other stores too. The others concern plugins, commands and files.
const KEPT: &[&str] =
    &["accounts::", "auth::", "import_export::", "invitations::", "limits::", "linking::", "mail::", "operate::", "recovery::", "token::"];
/// Those of [`KEPT`] that concern sessions, limits, proofs or pending steps: what `sessions_url` takes from the accounts' store.
const APART: &[&str] = &["accounts::", "auth::", "invitations::", "limits::", "linking::", "operate::", "recovery::", "token::"];

/// The same tests once more, on another store.
struct Pass {
    /// As `VESTIBULE_TEST_STORE` says it.
    store: &'static str,
    needs: &'static [&'static str],
    modules: &'static [&'static str],
}

/// The whole suite has run on SQLite before.
const PASSES: [Pass; 3] = [
    Pass { store: "postgres", needs: &["VESTIBULE_POSTGRESQL"], modules: KEPT },
    Pass { store: "redis", needs: &["VESTIBULE_REDIS"], modules: KEPT },
    Pass { store: "postgres+redis", needs: &["VESTIBULE_POSTGRESQL", "VESTIBULE_REDIS"], modules: APART },
];

fn run(workspace: &mut Workspace) -> Result<(), Error> {
    workspace.tell("VESTIBULE_TEST_CACHE", workspace.target.join("test-cache"));
    let next = machine::has_cargo(workspace, "nextest");
    // Who asks for single tests gets them once; with VESTIBULE_TEST_STORE=redis, there.
    let passes: &[Pass] = if workspace.arguments.is_empty() { &PASSES } else { &[] };
    let (possible, impossible) = passes.iter().partition::<Vec<&Pass>, _>(|pass| pass.is_possible(workspace));
    let missing = not_run(&workspace.not_run) + &impossible.into_iter().map(Pass::left_out).collect::<String>();
    eprint!("{missing}");
    let go_on = "The names of failed tests are above; `cargo xtask test NAME` runs one alone.";
    program::run(runner(workspace, next).arg("--workspace").args(&workspace.arguments), go_on)?;
    for pass in possible {
        pass.run(workspace, next)?;
    }
    eprint!("{missing}");
    Ok(())
}

impl Pass {
    fn is_possible(&self, workspace: &Workspace) -> bool {
        self.needs.iter().all(|need| workspace.told.iter().any(|(told, _)| told == need))
    }

    fn left_out(&self) -> String {
        format!("\n!!! NOT RUN: the end-to-end tests on {}\n", self.store)
    }

    fn run(&self, workspace: &Workspace, next: bool) -> Result<(), Error> {
        eprintln!("once more, with {} below the gateways: {}", self.store, self.modules.join(" "));
        let mut again = runner(workspace, next);
        again.args(["--package", "vestibule-tests"]).env("VESTIBULE_TEST_STORE", self.store);
        // The test runner of Cargo takes names behind a mark of their own.
        if !next {
            again.arg("--");
        }
        let go_on = format!("These fail on {0}: VESTIBULE_TEST_STORE={0} cargo xtask test NAME runs one alone.", self.store);
        program::run(again.args(self.modules), &go_on)
    }
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
    fn a_pass_runs_where_its_servers_are() {
        let mut workspace = Workspace::new(Vec::new());
        let possible = |workspace: &Workspace| {
            PASSES.iter().filter(|pass| pass.is_possible(workspace)).map(|pass| pass.store).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(possible(&workspace), "");
        workspace.tell("VESTIBULE_REDIS", "/usr/bin/redis-server".into());
        assert_eq!(possible(&workspace), "redis");
        workspace.tell("VESTIBULE_POSTGRESQL", "/tmp/postgresql".into());
        assert_eq!(possible(&workspace), "postgres redis postgres+redis");
        assert!(APART.iter().all(|module| KEPT.contains(module)));
    }

    #[test]
    fn the_notice_is_loud_or_silent() {
        assert_eq!(not_run(&[]), "");
        let notice = not_run(&[NotRun { suite: "pages", because: "no browser.\nInstall one.".to_owned() }]);
        assert_eq!(notice, "\n!!! NOT RUN: pages\n!!! no browser.\n!!! Install one.\n");
    }
}
