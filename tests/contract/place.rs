//! Where a store keeps its data.

use std::sync::{Arc, Weak};

use async_trait::async_trait;
use tempfile::TempDir;
use tokio::sync::Mutex;
use vestibule::{
    clock::Clock,
    model::Timestamp,
    store::{Accounts, Ephemeral, OpenError, open::Limits, redis::RedisStore, sql::SqlStore, upkeep::Upkeep as _},
};

use super::samples::NOW;
use crate::{
    patience::PATIENCE,
    postgresql::Database,
    redis_server::{RedisCluster, RedisServer},
};

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
    /// What a purge of short-lived data says that it removed: nothing, where the server removes it by itself.
    fn purged(&self, count: u64) -> u64 {
        count
    }
}

/// Tests share their servers with each other, and the machine with compilers.
fn patient() -> Limits {
    Limits { wait: PATIENCE, ..Limits::default() }
}

/// A database of its own on the server that the tests share.
pub(super) struct PostgresPlace(Database);

#[async_trait]
impl Place for PostgresPlace {
    async fn new() -> Self {
        Self(Database::like_template())
    }

    async fn open(&self) -> Arc<dyn Store> {
        let store = SqlStore::open_with(&self.0.url(), patient()).await.unwrap();
        store.migrate().await.unwrap();
        Arc::new(store)
    }
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
        let store = SqlStore::open_with(&self.url(), patient()).await.unwrap();
        store.migrate().await.unwrap();
        Arc::new(store)
    }
}

/// A server of its own.
pub(super) struct RedisPlace(pub(super) RedisServer);

/// Stands still when the tests take place.
struct Standing;

impl Clock for Standing {
    fn now(&self) -> Timestamp {
        NOW
    }
}

impl RedisPlace {
    /// Opened with what is there, as the operator's limits have it.
    pub(super) async fn open_at(url: &str, limits: Limits) -> Result<RedisStore, OpenError> {
        RedisStore::open(url, limits, Arc::new(Standing)).await
    }

    pub(super) async fn store(&self) -> RedisStore {
        let store = Self::open_at(&self.0.url(), patient()).await.unwrap();
        store.migrate().await.unwrap();
        store
    }
}

#[async_trait]
impl Place for RedisPlace {
    async fn new() -> Self {
        Self(RedisServer::start())
    }

    async fn open(&self) -> Arc<dyn Store> {
        Arc::new(self.store().await)
    }

    fn purged(&self, _: u64) -> u64 {
        0
    }
}

/// A cluster. It takes seconds to become ready, so those who ask for a place while there is one get the same, emptied.
pub(super) struct ClusterPlace(Arc<RedisCluster>);

static CLUSTER: Mutex<Weak<RedisCluster>> = Mutex::const_new(Weak::new());

#[async_trait]
impl Place for ClusterPlace {
    async fn new() -> Self {
        let mut shared = CLUSTER.lock().await;
        let cluster = match shared.upgrade() {
            Some(cluster) => cluster,
            None => Arc::new(RedisCluster::start().await),
        };
        *shared = Arc::downgrade(&cluster);
        for node in &cluster.nodes {
            assert_eq!(node.ask(&["FLUSHALL"]), "OK");
        }
        Self(cluster)
    }

    async fn open(&self) -> Arc<dyn Store> {
        let store = RedisPlace::open_at(&self.0.url(), patient()).await.unwrap();
        store.migrate().await.unwrap();
        Arc::new(store)
    }

    fn purged(&self, _: u64) -> u64 {
        0
    }
}
