//! PostgreSQL stops, freezes, is far away, and lets nobody in: fast answers, nobody signed out, and no restart afterwards.

use std::time::{Duration, Instant};

use serde_json::json;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use super::{DATABASE_WAIT, heals, proxy::Proxy, requests, through};
use crate::{
    actor::{PASSWORD, read},
    app::{App, Plan},
    patience::quickest,
    postgresql::server::Server,
};

/// All that a server takes, three of which are for administrators alone.
const CONNECTIONS: &str = "max_connections=24";

/// As an administrator.
async fn admin(server: &Server, database: &str) -> PgConnection {
    PgConnection::connect(&server.admin_url(database)).await.unwrap()
}

/// A server with a database and a role for the gateway.
async fn server() -> Server {
    let server = Server::start_with(&[CONNECTIONS]);
    let mut connection = admin(&server, "postgres").await;
    for statement in ["CREATE ROLE gateway LOGIN PASSWORD 'secret'", "CREATE DATABASE gateway OWNER gateway TEMPLATE template0"] {
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await.unwrap();
    }
    connection.close().await.unwrap();
    server
}

fn plan(port: u16) -> Plan {
    let url = format!("postgres://gateway:secret@127.0.0.1:{port}/gateway?sslmode=disable");
    let cheap = Plan::new().on_file().simple().set("password_memory_kib", "8").set("password_iterations", "1");
    cheap.set("database_url", &url)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgresql), ignore = "PostgreSQL was not started: `cargo xtask test` does")]
async fn rule26_a_server_that_stops_freezes_or_is_full_is_a_quick_503() {
    let mut server = server().await;
    let app = plan(server.port()).start();
    let mut ann = app.user("ann@example.org").await;
    server.stop();
    through(&app, &mut ann, "stopped", || server.go_on()).await;
    server.freeze(true);
    through(&app, &mut ann, "frozen", || server.freeze(false)).await;
    what_is_under_way_is_given_up(&app, &server).await;
    heals(&app, "frozen under way").await;
    let mut held = Vec::new();
    // Whom the server throws out finds the house full.
    loop {
        let mut others = admin(&server, "postgres").await;
        let thrown_out = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'gateway'";
        sqlx::raw_sql(AssertSqlSafe(thrown_out)).execute(&mut others).await.unwrap();
        held.push(others);
        if held.len() >= 21 {
            break;
        }
    }
    through(&app, &mut ann, "full", || drop(held)).await;
}

/// Those who have a connection already do not wait for the network to notice.
async fn what_is_under_way_is_given_up(app: &App, server: &Server) {
    let sent = (0..40).map(async |n: u64| {
        tokio::time::sleep(Duration::from_millis(n * 3)).await;
        let body = json!({ "type": "simple", "email": format!("u{n}@example.org"), "password": PASSWORD });
        let asked = Instant::now();
        let answer = read(app.http.post(app.url("/auth/signup/")).json(&body).send().await.expect("an answer")).await;
        (answer, asked.elapsed())
    });
    let freeze = async {
        tokio::time::sleep(Duration::from_millis(60)).await;
        server.freeze(true);
    };
    let (answers, ()) = futures_util::future::join(futures_util::future::join_all(sent), freeze).await;
    server.freeze(false);
    let refused: Vec<_> = answers.into_iter().filter(|(answer, _)| answer.status != 200).collect();
    assert!(!refused.is_empty(), "nothing was under way");
    quickest(DATABASE_WAIT * 2, "what was under way", &refused.iter().map(|(_, took)| *took).collect::<Vec<_>>());
    for (answer, _) in refused {
        answer.problem(503, "store_unavailable");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgresql), ignore = "PostgreSQL was not started: `cargo xtask test` does")]
async fn rule26_a_server_far_away_is_waited_for_and_one_too_far_is_not() {
    let server = server().await;
    let proxy = Proxy::before(server.port()).await;
    let app = plan(proxy.port).start();
    let mut ann = app.user("ann@example.org").await;
    proxy.set_delay(Duration::from_millis(40));
    for (name, answer, took) in requests(&app, &ann.access, "new@example.org").await {
        // Signing out is among them.
        assert!(answer.status.is_success() || name == "check" || name == "me", "{name}: {} after {took:?}", answer.text);
    }
    ann = app.signin("ann@example.org").await;
    ann.renew().await.expect(200);
    proxy.set_delay(Duration::from_secs(5));
    through(&app, &mut ann, "too far", || proxy.set_delay(Duration::ZERO)).await;
}
