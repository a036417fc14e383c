//! The files that a deployment is made of: do they fit together, and does what they promise hold?

mod balance;
mod compose;
mod file;
mod jobs;
mod migration;
mod nginx;
mod unit;

use std::path::PathBuf;

/// A file of the repository.
fn repository(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// Its text.
#[track_caller]
fn text(path: &str) -> String {
    std::fs::read_to_string(repository(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}
