//! What is Redis's alone: what ends by itself really ends there, and hashes that others damaged.

use std::{
    net::TcpListener,
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use vestibule::{
    model::{
        UserId,
        allowance::{Allowance, Rate},
        form::Form,
        proof::{Proof, Purpose},
        step::{self, PendingStep, StepContext},
    },
    store::{
        Health as _, OpenError, StoreError, allowance::Allowances as _, kv::Kv as _, open::Limits, proof::Proofs as _,
        session::Sessions as _, step::Steps as _, user::Users as _,
    },
};

use super::{
    place::{Place as _, RedisPlace},
    samples::{NOW, at, email, new_session, user},
};
use crate::patience::within;

#[tokio::test]
#[cfg_attr(not(redis), ignore = "there is no redis-server: `cargo xtask test` looks for one")]
async fn e8_everything_that_ends_has_an_expiry() {
    let place = RedisPlace::new().await;
    let store = place.store().await;
    let rate = Rate::new(2, Duration::from_secs(100)).unwrap();
    store.take_allowances(&[Allowance { name: "tries".into(), rate }], NOW).await.unwrap();
    store.kv_put("p", "k", b"v", at(100)).await.unwrap();
    store.kv_increment("p", "k", 1, NOW, at(100)).await.unwrap();
    let step = PendingStep {
        provider: "simple".into(),
        digest: "d".into(),
        purpose: step::Purpose::Signin,
        state: vec![1],
        form: Form::default(),
        context: StepContext::default(),
        attempts: 0,
        expires_at: at(100),
    };
    store.put_step("h", &step).await.unwrap();
    let proof = Proof {
        id_hash: "id".into(),
        token_hash: "token".into(),
        code_hash: "code".into(),
        purpose: Purpose::Reset,
        user: Some(UserId(7)),
        email: email("ann@example.org"),
        sealed: None,
        attempts: 0,
        confirmed_at: None,
        created_at: NOW,
        expires_at: at(100),
    };
    store.put_proof(&proof).await.unwrap();
    for (pattern, count) in
        [("vestibule:{limits}:*", 1), ("vestibule:kv:*", 1), ("vestibule:count:*", 1), ("vestibule:step:*", 1), ("vestibule:{proofs}:*", 3)]
    {
        let keys = place.0.ask(&["KEYS", pattern]);
        assert_eq!(keys.lines().count(), count, "{pattern}: {keys}");
        for key in keys.lines() {
            let seconds: i64 = place.0.ask(&["TTL", key]).parse().unwrap();
            assert!((100..=161).contains(&seconds), "{key} is kept for {seconds} s");
        }
    }
    let id = store.create_session(&new_session(UserId(7))).await.unwrap().id;
    let group = "vestibule:{s:7}:";
    for key in [format!("{group}session:{id}"), format!("{group}of:7")] {
        let seconds: i64 = place.0.ask(&["TTL", &key]).parse().unwrap();
        assert!((600 + 86_400..=600 + 172_801).contains(&seconds), "{key} is kept for {seconds} s");
    }
}

/// A session whose hash Redis removed is in no list.
#[tokio::test]
#[cfg_attr(not(redis), ignore = "there is no redis-server: `cargo xtask test` looks for one")]
async fn e8_indexes_forget_what_has_expired() {
    let place = RedisPlace::new().await;
    let store = place.store().await;
    let id = store.create_session(&new_session(UserId(7))).await.unwrap().id;
    assert_eq!(place.0.ask(&["DEL", &format!("vestibule:{{s:7}}:session:{id}")]), "1");
    assert_eq!(store.sessions_of(UserId(7), NOW).await.unwrap(), []);
    assert_eq!(place.0.ask(&["ZCARD", "vestibule:{s:7}:of:7"]), "0");
    assert_eq!(store.purge_sessions(at(9999)).await.unwrap(), 0);
    assert_eq!(place.0.ask(&["KEYS", "vestibule:{s:7}:ends"]), "");
}

/// Also where Redis lost what it had: a token of then must not open a session of now.
#[tokio::test]
#[cfg_attr(not(redis), ignore = "there is no redis-server: `cargo xtask test` looks for one")]
async fn ids_of_sessions_are_not_given_again_after_a_loss() {
    let place = RedisPlace::new().await;
    let store = place.store().await;
    let lost = store.create_session(&new_session(UserId(7))).await.unwrap().id;
    assert_eq!(place.0.ask(&["FLUSHALL"]), "OK");
    let mut later = new_session(UserId(7));
    later.created_at = at(1);
    let id = store.create_session(&later).await.unwrap().id;
    assert!(id > lost && id.0 < 1 << 53, "{id} after {lost}, and exact in every JSON reader");
}

#[tokio::test]
#[cfg_attr(not(redis), ignore = "there is no redis-server: `cargo xtask test` looks for one")]
async fn a_damaged_hash_is_named() {
    let place = RedisPlace::new().await;
    let store = place.store().await;
    let ann = user(&store, "ann").await;
    place.0.ask(&["HSET", &format!("vestibule:{{accounts}}:user:{ann}"), "created_at", "yesterday"]);
    let broken = store.user(ann).await;
    assert!(matches!(&broken, Err(StoreError::Broken { table: "user", column: "created_at", .. })), "{broken:?}");
}

/// How long a call may take to say that Redis is out of reach.
const SOON: Duration = Duration::from_millis(950);

#[tokio::test]
async fn rule26_a_server_that_says_nothing_is_given_up_soon() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    within(SOON, "to be given up", async || {
        let begun = Instant::now();
        let opened = RedisPlace::open_at(&format!("redis://{}", silent.local_addr().unwrap()), Limits::default()).await;
        assert!(matches!(opened, Err(OpenError::Store(StoreError::Unavailable(_)))), "{opened:?}");
        begun.elapsed()
    })
    .await;
}

#[tokio::test]
#[cfg_attr(not(redis), ignore = "there is no redis-server: `cargo xtask test` looks for one")]
async fn rule26_the_wait_for_a_connection_is_bounded() {
    let place = RedisPlace::new().await;
    let store = RedisPlace::open_at(&place.0.url(), Limits { connections: 2, ..Limits::default() }).await.unwrap();
    join_all((0..50).map(|_| store.ping())).await.into_iter().for_each(|answer| answer.unwrap());
    let open = store.connections()[0];
    assert_eq!((open.used, open.idle, open.most), (0, 2, 2));
    place.0.freeze(true);
    within(SOON, "to be given up", async || {
        let begun = Instant::now();
        for answer in join_all((0..50).map(|_| store.ping())).await {
            assert!(matches!(answer, Err(StoreError::Unavailable(_))), "{answer:?}");
        }
        begun.elapsed()
    })
    .await;
    place.0.freeze(false);
    store.ping().await.unwrap();
    let open = store.connections()[0];
    assert_eq!((open.used, open.idle), (0, 1), "those of then are gone");
}

#[tokio::test]
#[cfg_attr(not(redis), ignore = "there is no redis-server: `cargo xtask test` looks for one")]
async fn rule26_connections_to_a_replica_are_not_used_again() {
    let place = RedisPlace::new().await;
    let store = place.store().await;
    assert_eq!(store.connections()[0].idle, 1);
    assert_eq!(place.0.ask(&["REPLICAOF", "127.0.0.1", "1"]), "OK");
    let refused = store.kv_put("p", "k", b"v", at(100)).await;
    assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
    assert_eq!(store.connections()[0].idle, 0);
    assert_eq!(place.0.ask(&["REPLICAOF", "NO", "ONE"]), "OK");
    store.kv_put("p", "k", b"v", at(100)).await.unwrap();
}
