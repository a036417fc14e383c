//! Starting other programs: what was run is named when it fails, together with the way on.

use std::{
    env,
    ffi::OsStr,
    path::PathBuf,
    process::{Command, Stdio},
};

use crate::{Error, Workspace};

/// Cargo, in the repository, as if called by hand: what `cargo run` told xtask about xtask is taken out again, since build
/// scripts that look at it (ring's does) would otherwise run anew after every change between `cargo` and `cargo xtask`.
pub(crate) fn cargo(workspace: &Workspace) -> Command {
    let mut command = Command::new("cargo");
    command.current_dir(&workspace.root);
    for (name, _) in env::vars_os() {
        if told_by_cargo(&name) {
            command.env_remove(name);
        }
    }
    command
}

fn told_by_cargo(name: &OsStr) -> bool {
    name.to_str().is_some_and(|name| {
        name.starts_with("CARGO_PKG_")
            || ["CARGO", "CARGO_MANIFEST_DIR", "CARGO_MANIFEST_PATH", "CARGO_BIN_NAME", "CARGO_CRATE_NAME", "OUT_DIR"].contains(&name)
    })
}

/// Runs to the end, with its output on ours.
pub(crate) fn run(command: &mut Command, go_on: &str) -> Result<(), Error> {
    let status = command.status().map_err(|source| unstarted(command, source, go_on))?;
    if status.success() { Ok(()) } else { Err(Error::Failed { command: line(command), status, go_on: go_on.to_owned() }) }
}

/// Runs to the end and takes its standard output.
pub(crate) fn read(command: &mut Command, go_on: &str) -> Result<Vec<u8>, Error> {
    let output = command.stderr(Stdio::inherit()).output().map_err(|source| unstarted(command, source, go_on))?;
    if output.status.success() {
        Ok(output.stdout)
    } else {
        Err(Error::Failed { command: line(command), status: output.status, go_on: go_on.to_owned() })
    }
}

/// Whether it is there and succeeds; silent.
pub(crate) fn works(program: impl AsRef<OsStr>, arguments: &[&str]) -> bool {
    Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Where a program is that the search path leads to; its bare name if it does not.
pub(crate) fn find(program: &str) -> PathBuf {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file()).unwrap_or_else(|| program.into())
}

/// The error of a command that could not be started.
pub(crate) fn unstarted(command: &Command, source: std::io::Error, go_on: &str) -> Error {
    Error::Unstarted { command: line(command), source, go_on: go_on.to_owned() }
}

/// The command as one would type it; words with blanks or quotes are quoted.
fn line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| quoted(&word.to_string_lossy())).collect::<Vec<_>>().join(" ")
}

fn quoted(word: &str) -> String {
    let plain = !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "-_./:=,@+%".contains(c));
    if plain { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_command_and_way_on() {
        let error = run(Command::new("sh").args(["-c", "exit 3"]), "Turn it round.").unwrap_err();
        assert_eq!(error.to_string(), "this command failed (exit status: 3):\n  sh -c 'exit 3'\nTurn it round.");
        let error = run(&mut Command::new("/nowhere/to-be-found"), "Look elsewhere.").unwrap_err();
        assert!(error.to_string().ends_with("\n  /nowhere/to-be-found\nLook elsewhere."), "{error}");
    }

    #[test]
    fn output_is_taken() {
        assert_eq!(read(Command::new("sh").args(["-c", "echo there"]), "").unwrap(), b"there\n");
        assert!(works("sh", &["-c", "true"]) && !works("sh", &["-c", "false"]) && !works("/nowhere/to-be-found", &[]));
    }

    #[test]
    fn programs_are_found_on_the_search_path() {
        let shell = find("sh");
        assert!(shell.is_absolute() && shell.ends_with("sh") && shell.is_file(), "{}", shell.display());
        assert_eq!(find("to-be-found-nowhere"), PathBuf::from("to-be-found-nowhere"));
    }

    #[test]
    fn words_are_quoted_so_that_the_line_can_be_pasted() {
        assert_eq!(line(Command::new("echo").args(["plain-1.0", "it's", ""])), r"echo plain-1.0 'it'\''s' ''");
    }

    #[test]
    fn only_what_cargo_said_about_xtask_is_taken_out() {
        let told = |name: &str| told_by_cargo(OsStr::new(name));
        assert!(told("CARGO_PKG_NAME") && told("CARGO") && told("CARGO_MANIFEST_DIR"));
        assert!(!told("CARGO_HOME") && !told("CARGO_TARGET_DIR") && !told("CARGO_NET_OFFLINE") && !told("CARGO_TERM_COLOR"));
    }
}
