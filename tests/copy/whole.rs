//! Every kind of record with every column, from each kind of store into each other, and what changes while it is copied.

use std::{sync::Arc, time::Duration};

use tempfile::TempDir;
use vestibule::{
    clock::Clock,
    flow::copy::{Copy, CopyError, Doing, Side, Watch},
    model::Timestamp,
    store::{
        Store,
        open::Limits,
        records::{Kind, Records as _, Tally, kind::KINDS},
        redis::RedisStore,
        sql::SqlStore,
        upkeep::Upkeep as _,
    },
};

use super::samples::{NOW, records};
use crate::{
    database::Database as Looked,
    faults::proxy::Proxy,
    port,
    postgresql::Database,
    redis_server::{RedisCluster, RedisServer},
};

/// Stands still.
struct Standing;

impl Clock for Standing {
    fn now(&self) -> Timestamp {
        Timestamp(NOW)
    }
}

/// Remembers what both stores hold; does something between the halves.
struct Memory<F> {
    held: Vec<(&'static str, Tally)>,
    copied: u64,
    between: F,
}

impl<F: FnMut() + Send> Watch for Memory<F> {
    fn begins(&mut self, doing: Doing, _: u64) {
        if doing == Doing::Comparing {
            self.held.clear();
            (self.between)();
        }
    }

    fn advanced(&mut self, _: &'static Kind, records: u64) {
        self.copied += records;
    }

    fn ended(&mut self, kind: &'static Kind, tally: Tally) {
        self.held.push((kind.name, tally));
    }
}

async fn copy(from: &dyn Store, to: &dyn Store, between: impl FnMut() + Send) -> Result<Vec<(&'static str, Tally)>, CopyError> {
    let side = |store| Side { accounts: store, ephemeral: store, is_one: true };
    let mut memory = Memory { held: Vec::new(), copied: 0, between };
    Copy { from: side(from), to: side(to), clock: &Standing, start_over: false }.run(&mut memory).await?;
    Ok(memory.held)
}

async fn file(directory: &TempDir, name: &str) -> SqlStore {
    SqlStore::open(&format!("sqlite://{}/{name}", directory.path().display())).await.unwrap()
}

async fn redis(server: &RedisServer) -> RedisStore {
    redis_at(&server.url()).await
}

async fn redis_at(url: &str) -> RedisStore {
    RedisStore::open(url, Limits::default(), Arc::new(Standing)).await.unwrap()
}

/// More than a page of every kind.
async fn fill(store: &dyn Store) {
    store.migrate().await.unwrap();
    store.begin_copy(Timestamp(NOW)).await.unwrap();
    for kind in KINDS {
        for batch in records(kind, 520).chunks(500) {
            store.take_in(kind, batch.to_vec(), Timestamp(NOW)).await.unwrap();
        }
    }
    store.complete(&[("users".to_owned(), 5000), ("sessions".to_owned(), 7000), ("audit".to_owned(), 6000)].into()).await.unwrap();
    store.end_copy().await.unwrap();
}

/// What was put in, reckoned without any store.
fn expected() -> Vec<(&'static str, Tally)> {
    let tally = |kind: &Kind| {
        let mut tally = Tally::default();
        for record in &records(kind, 520) {
            tally.add(record);
        }
        tally
    };
    KINDS.iter().map(|kind| (kind.name, tally(kind))).collect()
}

#[tokio::test]
#[cfg_attr(not(all(postgresql, redis)), ignore = "it takes both PostgreSQL and redis-server: `cargo xtask test` looks for them")]
async fn a6_every_column_of_every_kind_goes_through_all_stores() {
    let directory = TempDir::new().unwrap();
    let (database, server) = (Database::empty(), RedisServer::start());
    let begin = file(&directory, "begin.db").await;
    fill(&begin).await;
    let postgres = SqlStore::open(&database.url()).await.unwrap();
    let redis = redis(&server).await;
    let end = file(&directory, "end.db").await;
    for (from, to) in [(&begin as &dyn Store, &postgres as &dyn Store), (&postgres, &redis), (&redis, &end)] {
        assert_eq!(copy(from, to, || {}).await.unwrap(), expected());
        let numbers = to.numbers().await.unwrap();
        assert!(numbers["users"] >= 5000 && numbers["sessions"] >= 7000 && numbers["audit"] >= 6000, "{numbers:?}");
    }
    assert!(matches!(copy(&end, &redis, || {}).await, Err(CopyError::NotEmpty(found)) if found.len() == KINDS.len()));
}

#[tokio::test]
#[cfg_attr(not(redis), ignore = "there is no redis-server: `cargo xtask test` looks for one")]
async fn a6_a_redis_with_half_a_copy_is_emptied_and_no_other() {
    let (directory, server) = (TempDir::new().unwrap(), RedisServer::start());
    let (begin, target) = (file(&directory, "begin.db").await, redis(&server).await);
    fill(&begin).await;
    target.migrate().await.unwrap();
    target.begin_copy(Timestamp(NOW)).await.unwrap();
    for kind in KINDS {
        target.take_in(kind, records(kind, 3), Timestamp(NOW)).await.unwrap();
    }
    assert!(matches!(copy(&begin, &target, || {}).await, Err(CopyError::HalfCopied)));
    let side = |store| Side { accounts: store, ephemeral: store, is_one: true };
    let over = Copy { from: side(&begin), to: side(&target), clock: &Standing, start_over: true };
    let mut memory = Memory { held: Vec::new(), copied: 0, between: || {} };
    over.run(&mut memory).await.unwrap();
    assert_eq!(memory.held, expected());
    assert!(!target.is_half_copied().await.unwrap());
    let refused = over.run(&mut memory).await;
    assert!(matches!(refused, Err(CopyError::NotEmpty(_))), "{refused:?}");
}

/// No call waits longer for a connection than it may, however many there are to make.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(redis), ignore = "there is no redis-server: `cargo xtask test` looks for one")]
async fn a6_a_redis_may_be_far_away() {
    let port = port::free();
    let _server = RedisServer::start_with(&["--bind", "127.0.0.1", "--port", &port.to_string()]);
    let network = Proxy::before(port).await;
    network.set_delay(Duration::from_millis(5));
    let target = redis_at(&format!("redis://127.0.0.1:{}", network.port)).await;
    target.migrate().await.unwrap();
    target.begin_copy(Timestamp(NOW)).await.unwrap();
    // Users are read along an index, proofs by a scan.
    for kind in KINDS.iter().filter(|kind| ["users", "proofs"].contains(&kind.table.name)) {
        target.take_in(kind, records(kind, 500), Timestamp(NOW)).await.unwrap();
        let (mut pages, mut read) = (target.pages(kind), 0);
        while let Some(page) = pages.next().await.unwrap() {
            read += page.len();
        }
        assert_eq!(read, 500, "{}", kind.name);
    }
    target.complete(&[("sessions".to_owned(), 7000)].into()).await.unwrap();
    assert!(target.numbers().await.unwrap()["sessions"] >= 7000);
    target.clear().await.unwrap();
    assert!(target.is_half_copied().await.unwrap());
}

/// What names the layout may be lost with a node.
#[tokio::test]
#[cfg_attr(not(redis), ignore = "there is no redis-server: `cargo xtask test` looks for one")]
async fn a6_a_redis_with_any_key_of_a_gateway_is_not_empty() {
    let (directory, cluster, server) = (TempDir::new().unwrap(), RedisCluster::start().await, RedisServer::start());
    let begin = file(&directory, "begin.db").await;
    begin.migrate().await.unwrap();
    for (url, nodes) in [(cluster.url(), cluster.nodes.iter().collect::<Vec<_>>()), (server.url(), vec![&server])] {
        let target = redis_at(&url).await;
        assert!(target.is_new().await.unwrap());
        target.migrate().await.unwrap();
        for node in nodes {
            node.ask(&["DEL", "vestibule:layout"]);
        }
        assert!(!target.pending_migrations().await.unwrap().is_empty(), "the layout is gone");
        let refused = copy(&begin, &target, || {}).await;
        assert!(matches!(refused, Err(CopyError::OlderTarget)), "{refused:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a6_what_changed_meanwhile_is_found_and_named() {
    let directory = TempDir::new().unwrap();
    let (begin, end) = (file(&directory, "begin.db").await, file(&directory, "end.db").await);
    fill(&begin).await;
    let url = format!("sqlite://{}/begin.db", directory.path().display());
    let change = || {
        tokio::task::block_in_place(|| {
            tokio::runtime::Handle::current().block_on(async {
                Looked::open(&url).await.run("UPDATE sessions SET counter = counter + 1 WHERE id = 17").await;
            });
        });
    };
    let refused = copy(&begin, &end, change).await.unwrap_err();
    assert!(matches!(refused, CopyError::Differs { kind: "sessions", from, to } if from.count == to.count), "{refused}");
    assert!(end.is_half_copied().await.unwrap(), "no gateway starts on it");
}
