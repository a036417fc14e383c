//! What can go wrong, each with the way on.

use std::{fmt, io, path::PathBuf, process::ExitStatus};

#[derive(Debug)]
pub(crate) enum Error {
    /// The command line makes no sense.
    Usage(String),
    /// A program ran and failed.
    Failed { command: String, status: ExitStatus, go_on: String },
    /// A program could not be started.
    Unstarted { command: String, source: io::Error, go_on: String },
    /// Something that the machine has to have is not there.
    Missing { what: String, go_on: String },
    /// A file or folder could not be read or written.
    File { doing: &'static str, path: PathBuf, source: io::Error },
    /// Generated files differ from what they are generated from; each with its first difference.
    Stale(Vec<String>),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(text) => f.write_str(text),
            Self::Failed { command, status, go_on } => write!(f, "this command failed ({status}):\n  {command}\n{go_on}"),
            Self::Unstarted { command, source, go_on } => write!(f, "this command could not be started ({source}):\n  {command}\n{go_on}"),
            Self::Missing { what, go_on } => write!(f, "{what}\n{go_on}"),
            Self::File { doing, path, source } => write!(f, "cannot {doing} {}: {source}", path.display()),
            Self::Stale(files) => {
                write!(f, "generated files are out of date:\n  {}\nRun `cargo xtask gen` and commit what it changes.", files.join("\n  "))
            }
        }
    }
}

impl std::error::Error for Error {}
