//! What Redis says, in the store's words.

use redis::{ErrorKind, RedisError};

use crate::store::StoreError;

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
