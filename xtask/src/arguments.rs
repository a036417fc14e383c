//! What was asked for on the command line.

use std::{ffi::OsString, fmt::Write as _};

use crate::{Error, Step};

/// One line of the table in `main`.
pub(crate) struct Command {
    pub(crate) name: &'static str,
    pub(crate) help: &'static str,
    /// What it takes behind its name, for the usage; empty: nothing.
    pub(crate) takes: &'static str,
    /// One list after the other.
    pub(crate) steps: &'static [&'static [Step]],
}

/// A command line, understood.
pub(crate) enum Request {
    /// Print the table.
    Help,
    /// Walk the steps; `arguments` belong to the program that the last step starts.
    Run { command: &'static Command, arguments: Vec<OsString> },
}

/// Takes the first word as the command and leaves the rest to it. One `--` right behind the command is dropped, so that
/// `cargo xtask run -- --help` and `cargo xtask run --help` both reach `vestibule serve`.
pub(crate) fn parse(commands: &'static [Command], words: impl IntoIterator<Item = OsString>) -> Result<Request, Error> {
    let mut words = words.into_iter().peekable();
    let Some(name) = words.next() else { return Ok(Request::Help) };
    if ["help", "-h", "--help"].iter().any(|help| name == *help) {
        return Ok(Request::Help);
    }
    let command = commands.iter().find(|command| name == command.name).ok_or_else(|| {
        let known: Vec<_> = commands.iter().map(|command| command.name).collect();
        Error::Usage(format!("no command `{}`; there are: {}", name.display(), known.join(", ")))
    })?;
    words.next_if(|word| word == "--");
    if command.takes.is_empty() && words.peek().is_some() {
        return Err(Error::Usage(format!("`cargo xtask {}` takes no arguments", command.name)));
    }
    Ok(Request::Run { command, arguments: words.collect() })
}

/// The table of commands, for people.
pub(crate) fn usage(commands: &[Command]) -> String {
    let mut text = "cargo xtask COMMAND [ARGUMENTS]\n".to_owned();
    for Command { name, help, takes, .. } in commands {
        let _ = write!(text, "\n  {:34} {help}", format!("{name} {takes}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::COMMANDS;

    fn words(line: &str) -> Result<Request, Error> {
        parse(COMMANDS, line.split_whitespace().map(OsString::from))
    }

    fn asked(line: &str) -> (&'static str, Vec<OsString>) {
        match words(line) {
            Ok(Request::Run { command, arguments }) => (command.name, arguments),
            _ => panic!("`{line}` is not a command"),
        }
    }

    #[test]
    fn help_is_given_for_nothing_and_for_help() {
        for line in ["", "help", "-h", "--help"] {
            assert!(matches!(words(line), Ok(Request::Help)), "{line}");
        }
    }

    #[test]
    fn arguments_reach_the_program() {
        assert_eq!(asked("run"), ("run", vec![]));
        assert_eq!(asked("run --help"), ("run", vec!["--help".into()]));
        assert_eq!(asked("run -- --help"), ("run", vec!["--help".into()]));
        assert_eq!(asked("test -p vestibule -- --skip slow").1, ["-p", "vestibule", "--", "--skip", "slow"]);
        assert_eq!(asked("test -- -- --nocapture").1, ["--", "--nocapture"]);
    }

    #[test]
    fn an_unknown_command_is_answered_with_the_known_ones() {
        let Err(error) = words("tets") else { panic!("accepted") };
        assert_eq!(error.to_string(), "no command `tets`; there are: run, test, ci, gen, bench");
    }

    #[test]
    fn ci_cannot_be_told_to_run_less() {
        let Err(error) = words("ci a3_signin") else { panic!("accepted") };
        assert_eq!(error.to_string(), "`cargo xtask ci` takes no arguments");
        assert_eq!(asked("ci --"), ("ci", vec![]));
    }

    #[test]
    fn the_usage_names_every_command() {
        let usage = usage(COMMANDS);
        for command in COMMANDS {
            assert!(usage.contains(&format!("\n  {} ", command.name)) && usage.contains(command.help), "{usage}");
        }
    }

    #[test]
    fn the_runners_count_closes_test_and_ci() {
        for name in ["test", "ci"] {
            let last = COMMANDS.iter().find(|command| command.name == name).and_then(|command| command.steps.last()?.last()).unwrap();
            assert_eq!(last.title, crate::suite::RUN.title);
        }
    }
}
