//! What can go wrong in a store.

use std::{io, path::PathBuf};

/// The result of every store method.
pub type Result<T> = std::result::Result<T, StoreError>;

/// A failure of the store itself; what a caller did wrong is never one.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Out of reach, out of connections, busy for too long, disk full: try again later.
    #[error("the store is not available: {0}")]
    Unavailable(String),
    /// Others wrote the same rows at the same time, at every try: try again later.
    #[error("the store is contended: {0}")]
    Raced(String),
    /// A row that this program did not write so.
    #[error("table {table}, column {column}, row {row}: {problem}")]
    Broken {
        /// Where.
        table: &'static str,
        /// Where.
        column: &'static str,
        /// Which.
        row: String,
        /// What.
        problem: String,
    },
    /// A defect: a statement that the store does not take.
    #[error("the store refused a statement: {0}")]
    Statement(String),
}

impl StoreError {
    /// One word for it.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Unavailable(_) => "unavailable",
            Self::Raced(_) => "raced",
            Self::Broken { .. } => "broken",
            Self::Statement(_) => "statement",
        }
    }
}

/// Why a database cannot be used at all. Said at start, to operators.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The URL is not understood. What is said of it holds no password.
    #[error(
        "database_url: {0}; expected sqlite:///absolute/path/vestibule.db, sqlite://relative/path/vestibule.db, postgres://USER:PASSWORD@HOST/DATABASE or redis://USER:PASSWORD@HOST"
    )]
    Url(String),
    /// The file or its directory cannot be made.
    #[error(
        "the database file {path} cannot be made: {source}; data_dir (or database_url) must name a place that the gateway's user can write to"
    )]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The server is out of reach, or does not let us in.
    #[error("{place}: {reason}")]
    Server {
        /// Which, as whom.
        place: String,
        /// Why.
        reason: String,
    },
    /// A newer program was here.
    #[error(
        "the database is newer than this program: it has migration {found}, this program knows up to {known}; \
         start the newer version of vestibule, or restore a backup from before it"
    )]
    Newer {
        /// The unknown migration.
        found: i64,
        /// The last one of this program.
        known: i64,
    },
    /// Another text was applied under the same number.
    #[error(
        "migration {0} was applied to the database with another text than this program's; restore a backup, or use the program that made it"
    )]
    Changed(i64),
    /// A migration did not run; nothing was changed.
    #[error("migration {version} failed, the database is as it was: {source}")]
    Migration {
        /// Which.
        version: i64,
        /// Why.
        source: StoreError,
    },
    /// The database does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl OpenError {
    /// Of a URL of another kind only the scheme is repeated: the rest may hold a password.
    #[must_use]
    pub fn unknown(url: &str) -> Self {
        let scheme = url.split_once(':').map_or("no scheme", |(scheme, _)| scheme);
        Self::Url(format!("{scheme} is not a database that this version speaks"))
    }
}
