//! The `vestibule` binary: a table of commands, in [`vestibule::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    vestibule::cli::run()
}
