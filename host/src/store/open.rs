//! Which store a URL means.

use std::sync::Arc;

use super::{OpenError, Store, sql::SqlStore};

/// Opens the store that a `database_url` or `sessions_url` names by its scheme. What it keeps is not touched: see
/// [`Upkeep`](super::upkeep::Upkeep).
///
/// # Errors
/// If the URL is not understood, or the store cannot be reached. They never repeat a password.
pub async fn open(url: &str) -> Result<Arc<dyn Store>, OpenError> {
    match url.split_once("://").map(|(scheme, _)| scheme) {
        Some("sqlite") => Ok(Arc::new(SqlStore::open(url).await?)),
        _ => Err(OpenError::unknown(url)),
    }
}
