//! A Redis that is dead, hangs or refuses: a quick 503, nobody is signed out, and all is well again without a restart.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::json;

use crate::{
    actor::{Answer, PASSWORD},
    app::{App, Plan},
    redis_server::RedisServer,
};

/// Every write is on the disk before it is answered.
const DURABLE: &[&str] = &["--appendonly", "yes", "--appendfsync", "always"];

async fn signin(app: &App) -> Answer {
    app.post("/auth/signin/", &json!({ "type": "simple", "email": "ann@example.org", "password": PASSWORD })).await
}

async fn refused_quickly(app: &App, why: &str) {
    let begun = Instant::now();
    let answer = signin(app).await.problem(503, "store_unavailable");
    let took = begun.elapsed();
    assert!(took < Duration::from_millis(1500), "{why}: {took:?}");
    assert!(answer.headers["retry-after"].to_str().unwrap().parse::<u32>().unwrap() >= 1, "{why}");
    assert!(!answer.text.to_lowercase().contains("redis"), "the inside of the house is for the log: {}", answer.text);
    app.get("/health/live").await.expect(200);
    app.get("/health/ready").await.expect(503);
}

async fn heals(app: &App, why: &str) {
    let begun = Instant::now();
    while signin(app).await.status != 200 {
        assert!(begun.elapsed() < Duration::from_secs(10), "{why}: {}", app.log());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    app.get("/health/ready").await.expect(200);
}

#[tokio::test]
#[cfg_attr(not(redis), ignore = "there is no redis-server: `cargo xtask test` looks for one")]
async fn rule26_a_dead_redis_is_a_quick_503_and_nobody_is_signed_out() {
    for setting in ["database_url", "sessions_url"] {
        let server = Arc::new(RedisServer::start_with(DURABLE));
        let app = Plan::new().on_file().on_redis(setting, &server).simple().start();
        let mut ann = app.user("ann@example.org").await;
        server.stop();
        refused_quickly(&app, setting).await;
        ann.renew().await.problem(503, "store_unavailable");
        server.run();
        heals(&app, setting).await;
        ann.renew().await.expect(200);
        ann.get("/me").await.expect(200);
    }
}

#[tokio::test]
#[cfg_attr(not(redis), ignore = "there is no redis-server: `cargo xtask test` looks for one")]
async fn rule26_a_redis_that_hangs_is_a_quick_503() {
    let server = Arc::new(RedisServer::start());
    let app = Plan::new().on_file().on_redis("database_url", &server).simple().start();
    app.user("ann@example.org").await;
    for _ in 0..2 {
        server.freeze(true);
        for _ in 0..3 {
            refused_quickly(&app, "frozen").await;
        }
        server.freeze(false);
        heals(&app, "thawed").await;
    }
}

#[tokio::test]
#[cfg_attr(not(redis), ignore = "there is no redis-server: `cargo xtask test` looks for one")]
async fn rule26_a_redis_that_refuses_is_a_503() {
    let server = Arc::new(RedisServer::start());
    let app = Plan::new().on_file().on_redis("database_url", &server).simple().start();
    app.user("ann@example.org").await;
    for (trouble, cure) in [
        (&["CONFIG", "SET", "maxmemory", "1"][..], &["CONFIG", "SET", "maxmemory", "0"][..]),
        (&["REPLICAOF", "127.0.0.1", "1"], &["REPLICAOF", "NO", "ONE"]),
        (&["CONFIG", "SET", "min-replicas-to-write", "1"], &["CONFIG", "SET", "min-replicas-to-write", "0"]),
    ] {
        assert_eq!(server.ask(trouble), "OK");
        signin(&app).await.problem(503, "store_unavailable");
        assert_eq!(server.ask(cure), "OK");
        heals(&app, &trouble.join(" ")).await;
    }
}

/// Scripts live in the server's memory: one that has none is told them again.
#[tokio::test]
#[cfg_attr(not(redis), ignore = "there is no redis-server: `cargo xtask test` looks for one")]
async fn forgotten_scripts_are_sent_again() {
    let server = Arc::new(RedisServer::start());
    let app = Plan::new().on_file().on_redis("database_url", &server).simple().start();
    app.user("ann@example.org").await;
    assert_eq!(server.ask(&["SCRIPT", "FLUSH"]), "OK");
    signin(&app).await.expect(200);
}
