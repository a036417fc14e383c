//! Which store a URL means.

use std::{sync::Arc, time::Duration};

use super::{OpenError, Store, redis::RedisStore, sql::SqlStore};
use crate::clock::SystemClock;

/// What a process asks of a server at most. A file has limits of its own.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at a time.
    pub connections: u32,
    /// How long a call waits for one before it fails as unavailable.
    pub wait: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connections: 16, wait: Duration::from_millis(800) }
    }
}

/// Opens the store that a `database_url` or `sessions_url` names by its scheme. What it keeps is not touched: see
/// [`Upkeep`](super::upkeep::Upkeep).
///
/// # Errors
/// If the URL is not understood, or the store cannot be reached. They never repeat a password.
pub async fn open(url: &str, limits: Limits) -> Result<Arc<dyn Store>, OpenError> {
    match url.split_once("://").map(|(scheme, _)| scheme) {
        Some("sqlite" | "postgres" | "postgresql") => Ok(Arc::new(SqlStore::open_with(url, limits).await?)),
        _ if is_redis(url) => Ok(Arc::new(RedisStore::open(url, limits, Arc::new(SystemClock)).await?)),
        _ => Err(OpenError::unknown(url)),
    }
}

/// Opens a store that is there, to be read alone: a file is not made, and a database takes no write.
///
/// # Errors
/// Those of [`open`], and if the file is not there.
pub async fn look(url: &str) -> Result<Arc<dyn Store>, OpenError> {
    if is_redis(url) { open(url, Limits::default()).await } else { Ok(Arc::new(SqlStore::open_to_look(url).await?)) }
}

/// Whether a URL names a Redis.
#[must_use]
pub fn is_redis(url: &str) -> bool {
    matches!(url.split_once("://"), Some(("redis" | "rediss" | "redis+unix" | "redis+cluster" | "rediss+cluster", _)))
}
