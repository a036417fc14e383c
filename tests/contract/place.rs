//! Where a store keeps its data.

use std::sync::Arc;

use async_trait::async_trait;
use tempfile::TempDir;
use vestibule::store::{Accounts, Ephemeral, sql::SqlStore, upkeep::Upkeep as _};

/// Everything that stores do.
pub(super) trait Store: Accounts + Ephemeral {}

impl<T: Accounts + Ephemeral> Store for T {}

/// An empty place for one test.
#[async_trait]
pub(super) trait Place: Send + Sync {
    /// A place of its own, gone when dropped.
    async fn new() -> Self
    where
        Self: Sized;
    /// A store over the data of this place; two are like two gateways, or one before and after a restart.
    async fn open(&self) -> Arc<dyn Store>;
}

/// A file in a directory of its own.
pub(super) struct SqlitePlace(TempDir);

impl SqlitePlace {
    pub(super) fn url(&self) -> String {
        format!("sqlite://{}/deep/vestibule.db", self.0.path().display())
    }
}

#[async_trait]
impl Place for SqlitePlace {
    async fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    async fn open(&self) -> Arc<dyn Store> {
        let store = SqlStore::open(&self.url()).await.unwrap();
        store.migrate().await.unwrap();
        Arc::new(store)
    }
}
