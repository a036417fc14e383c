//! What Redis says, in the store's words.

use redis::{ErrorKind, RedisError};

use crate::store::StoreError;

/// Why a Redis cannot be used at all. Said at start, to operators; never shows the URL, which may hold a password.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The URL is not understood.
    #[error("the URL of Redis is not understood; expected redis://[user:password@]host[:6379][/database], rediss://... for TLS, or redis+unix:///path/to/socket")]
    Url,
    /// A newer program was here.
    #[error(
        "Redis holds data of layout {found}, this program knows up to {known}; start the newer version of vestibule, or restore a backup from before it"
    )]
    Newer {
        /// The layout there.
        found: i64,
        /// The last one of this program.
        known: i64,
    },
    /// Redis does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Answers that have to do with the state of the server and not with the call (<https://redis.io/docs/latest/develop/reference/protocol-spec/>).
const PASSING: &[&str] = &[
    "LOADING",
    "READONLY",
    "OOM",
    "MISCONF",
    "BUSY",
    "MASTERDOWN",
    "NOREPLICAS",
    "CLUSTERDOWN",
    "TRYAGAIN",
    "MOVED",
    "ASK",
    "NOAUTH",
    "WRONGPASS",
];

/// Sorts failures into those that pass and those that are a defect.
pub(super) fn store_error(error: &RedisError) -> StoreError {
    let text = error.to_string();
    let passes = error.is_io_error()
        || error.is_unrecoverable_error()
        || error.kind() == ErrorKind::AuthenticationFailed
        || error.code().is_some_and(|code| PASSING.contains(&code))
        || text.contains("max number of clients");
    if passes { StoreError::Unavailable(text) } else { StoreError::Statement(text) }
}

/// An answer of another shape than expected.
pub(super) fn unexpected(what: impl std::fmt::Display) -> StoreError {
    StoreError::Statement(format!("Redis answered something else than expected: {what}"))
}
