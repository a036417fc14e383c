//! What can go wrong in a store.

/// The result of every store method.
pub type Result<T> = std::result::Result<T, StoreError>;

/// A failure of the store itself; what a caller did wrong is never one.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Out of reach, out of connections, busy for too long, disk full: try again later.
    #[error("the store is not available: {0}")]
    Unavailable(String),
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
            Self::Broken { .. } => "broken",
            Self::Statement(_) => "statement",
        }
    }
}
