//! Where a store keeps its data.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use async_trait::async_trait;
use tempfile::TempDir;
use tokio::sync::Mutex;
use vestibule::{
    clock::Clock,
    model::Timestamp,
    store::{Accounts, Ephemeral, OpenError, open::Limits, redis::RedisStore, sql::SqlStore, upkeep::Upkeep as _},
};

use super::samples::NOW;
use crate::{patience::PATIENCE, port, postgresql::Database, redis_server::RedisServer};

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

/// The only node of a cluster, which refuses whatever is not in one slot. It takes seconds to become ready, so those who ask for
/// a place while there is one get the same, emptied.
pub(super) struct ClusterPlace(Arc<RedisPlace>);

static NODE: Mutex<Weak<RedisPlace>> = Mutex::const_new(Weak::new());

impl ClusterPlace {
    async fn node() -> RedisPlace {
        // A node wants ports, also where it has a socket.
        let (port, bus) = (port::free().to_string(), port::free().to_string());
        let server = RedisServer::start_with(&["--bind", "127.0.0.1", "--port", &port, "--cluster-port", &bus, "--cluster-enabled", "yes"]);
        assert_eq!(server.ask(&["CLUSTER", "ADDSLOTSRANGE", "0", "16383"]), "OK");
        while !server.ask(&["CLUSTER", "INFO"]).contains("cluster_state:ok") {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        RedisPlace(server)
    }
}

#[async_trait]
impl Place for ClusterPlace {
    async fn new() -> Self {
        let mut shared = NODE.lock().await;
        let node = match shared.upgrade() {
            Some(node) => node,
            None => Arc::new(Self::node().await),
        };
        *shared = Arc::downgrade(&node);
        assert_eq!(node.0.ask(&["FLUSHALL"]), "OK");
        Self(node)
    }

    async fn open(&self) -> Arc<dyn Store> {
        self.0.open().await
    }

    fn purged(&self, count: u64) -> u64 {
        self.0.purged(count)
    }
}
