//! What the database says, in the store's words.

use sqlx::sqlite::SqliteError;

/// Why an operation did not happen. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The URL is not understood.
    #[error("SHOP_DATABASE_URL: {0}; expected sqlite://PATH or postgres://USER:PASSWORD@HOST/DATABASE")]
    Url(String),
    /// It passes: out of reach, full, locked.
    #[error("the database is out of reach: {0}")]
    Unavailable(String),
    /// A defect of this program, or of the data.
    #[error("the database refused: {0}")]
    Statement(String),
}

/// Sorts failures into those that pass and those that are a defect.
pub(super) fn store_error(error: sqlx::Error) -> StoreError {
    match error {
        sqlx::Error::PoolTimedOut => StoreError::Unavailable("no connection became free in time".to_owned()),
        sqlx::Error::Io(_) | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed | sqlx::Error::Tls(_) => {
            StoreError::Unavailable(error.to_string())
        }
        sqlx::Error::Database(ref reported) if passes(reported.code().as_deref(), reported.try_downcast_ref::<SqliteError>().is_some()) => {
            StoreError::Unavailable(reported.to_string())
        }
        other => StoreError::Statement(other.to_string()),
    }
}

/// Whether the state of server, file or lock is to blame, and not the statement. SQLite gives numbers, whose low byte is the
/// plain code (<https://www.sqlite.org/rescode.html>); PostgreSQL gives five characters, whose first two are the class.
fn passes(code: Option<&str>, sqlite: bool) -> bool {
    const SQLITE: [i32; 10] = [5, 6, 7, 8, 10, 11, 13, 14, 15, 26];
    /// Connection, transaction rollback (deadlocks), resources, operator's intervention, system.
    const POSTGRESQL: [&str; 5] = ["08", "40", "53", "57", "58"];
    match (code, sqlite) {
        (Some(code), true) => code.parse::<i32>().is_ok_and(|code| SQLITE.contains(&(code & 0xff))),
        (Some(code), false) => POSTGRESQL.iter().any(|class| code.starts_with(class)),
        (None, _) => false,
    }
}
