//! The `shop` binary: a table of commands, in [`shop::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    shop::cli::run()
}
