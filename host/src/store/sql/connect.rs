//! Opening a database, by the scheme of its URL.

pub(super) mod postgres;
pub(super) mod sqlite;

use std::{path::PathBuf, time::Duration};

use super::{Limits, OpenError, database::Database};

/// How long a connection waits for the lock of another process before it gives up.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) async fn open(url: &str, limits: Limits) -> Result<Database, OpenError> {
    match url.split_once("://").map(|(scheme, _)| scheme) {
        Some("sqlite") => sqlite::open(url).await,
        Some("postgres" | "postgresql") => postgres::open(url, limits).await,
        _ => Err(OpenError::unknown(url)),
    }
}

/// The file that a URL names, if it names one.
pub(super) fn file(url: &str) -> Result<Option<PathBuf>, OpenError> {
    match url.split_once("://").map(|(scheme, _)| scheme) {
        Some("sqlite") => sqlite::file_of(url).map(Some),
        Some("postgres" | "postgresql") => postgres::options(url).map(|_| None),
        _ => Err(OpenError::unknown(url)),
    }
}

/// For reading alone.
pub(super) async fn look(url: &str) -> Result<Database, OpenError> {
    match url.split_once("://").map(|(scheme, _)| scheme) {
        Some("sqlite") => sqlite::look(url).await,
        Some("postgres" | "postgresql") => postgres::look(url).await,
        _ => Err(OpenError::unknown(url)),
    }
}
