//! A Redis that is dead, hangs, is slow, full or refuses: a quick 503, nobody is signed out, and all is well again without a restart.

use std::{sync::Arc, time::Duration};

use serde_json::json;

use crate::{
    actor::{Answer, PASSWORD, User},
    app::{App, Plan},
    faults::{heals, proxy::Proxy, through},
    port,
    redis_server::RedisServer,
};

/// Every write is on the disk before it is answered.
const DURABLE: &[&str] = &["--appendonly", "yes", "--appendfsync", "always"];
/// What may be there.
const SETTINGS: [&str; 2] = ["database_url", "sessions_url"];

/// With the limits of an operator, and cheap hashes.
fn plan() -> Plan {
    Plan::new().on_file().simple().set("password_memory_kib", "8").set("password_iterations", "1")
}

/// Where only sessions are away, nobody gets an account.
async fn survives(app: &App, ann: &mut User<'_>, setting: &str, cure: impl FnOnce()) {
    let made = through(app, ann, setting, cure).await;
    assert!(made == 0 || setting == "database_url", "{made} accounts of people who were told to come again");
}

async fn signin(app: &App) -> Answer {
    app.post("/auth/signin/", &json!({ "type": "simple", "email": "ann@example.org", "password": PASSWORD })).await
}

#[tokio::test]
#[cfg_attr(not(redis), ignore = "there is no redis-server: `cargo xtask test` looks for one")]
async fn rule26_a_dead_redis_is_a_quick_503_and_nobody_is_signed_out() {
    for setting in SETTINGS {
        let server = Arc::new(RedisServer::start_with(DURABLE));
        let app = plan().on_redis(setting, &server).start();
        let mut ann = app.user("ann@example.org").await;
        server.stop();
        survives(&app, &mut ann, setting, || server.run()).await;
    }
}

#[tokio::test]
#[cfg_attr(not(redis), ignore = "there is no redis-server: `cargo xtask test` looks for one")]
async fn rule26_a_redis_that_hangs_is_a_quick_503() {
    for setting in SETTINGS {
        let server = Arc::new(RedisServer::start());
        let app = plan().on_redis(setting, &server).start();
        let mut ann = app.user("ann@example.org").await;
        for _ in 0..2 {
            server.freeze(true);
            survives(&app, &mut ann, setting, || server.freeze(false)).await;
        }
    }
}

#[tokio::test]
#[cfg_attr(not(redis), ignore = "there is no redis-server: `cargo xtask test` looks for one")]
async fn rule26_a_redis_without_a_free_connection_is_a_quick_503() {
    for setting in SETTINGS {
        let server = Arc::new(RedisServer::start());
        let app = plan().on_redis(setting, &server).start();
        let mut ann = app.user("ann@example.org").await;
        let mut root = server.administrator();
        assert_eq!(root.ask("CONFIG SET maxclients 1"), "+OK");
        assert!(root.ask("CLIENT KILL TYPE normal").starts_with(':'));
        survives(&app, &mut ann, setting, || assert_eq!(root.ask("CONFIG SET maxclients 100"), "+OK")).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(redis), ignore = "there is no redis-server: `cargo xtask test` looks for one")]
async fn rule26_a_slow_redis_is_waited_for_and_one_too_slow_is_a_quick_503() {
    for setting in SETTINGS {
        let port = port::free();
        let server = Arc::new(RedisServer::start_with(&["--bind", "127.0.0.1", "--port", &port.to_string()]));
        let network = Proxy::before(port).await;
        let app = plan().on_redis(setting, &server).set(setting, &format!("redis://127.0.0.1:{}", network.port)).start();
        let mut ann = app.user("ann@example.org").await;
        network.set_delay(Duration::from_millis(40));
        signin(&app).await.expect(200);
        ann.get("/me").await.expect(200);
        ann.renew().await.expect(200);
        for delay in [Duration::from_millis(600), Duration::from_secs(5)] {
            network.set_delay(delay);
            survives(&app, &mut ann, setting, || network.set_delay(Duration::ZERO)).await;
        }
    }
}

#[tokio::test]
#[cfg_attr(not(redis), ignore = "there is no redis-server: `cargo xtask test` looks for one")]
async fn rule26_a_redis_that_refuses_is_a_503() {
    let server = Arc::new(RedisServer::start());
    let app = plan().on_redis("database_url", &server).start();
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
    let app = plan().on_redis("database_url", &server).start();
    app.user("ann@example.org").await;
    assert_eq!(server.ask(&["SCRIPT", "FLUSH"]), "OK");
    signin(&app).await.expect(200);
}
