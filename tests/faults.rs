//! What breaks around the gateway: processes that are killed, databases that go away, full disks, clocks that jump.

mod clock;
mod database;
mod disk;
mod kill;
mod migration;
mod proxy;
mod soundness;

use std::time::{Duration, Instant};

use serde_json::json;

use crate::{
    actor::{Answer, PASSWORD, read},
    app::App,
};

/// What `database_wait` is by default.
const DATABASE_WAIT: Duration = Duration::from_millis(800);
/// For a machine on which other tests run.
const MARGIN: Duration = Duration::from_millis(1200);

/// Everything that a signed-in person does, and what a proxy asks: method, path, and whether it comes with the access token.
async fn requests(app: &App, access: &str) -> Vec<(&'static str, Answer, Duration)> {
    let simple = json!({ "type": "simple", "email": "ann@example.org", "password": PASSWORD });
    let fresh = json!({ "type": "simple", "email": "new@example.org", "password": PASSWORD });
    let calls = [
        ("me", app.http.get(app.url("/me")).bearer_auth(access)),
        ("check", app.http.get(app.url("/auth/check")).bearer_auth(access)),
        ("signin", app.http.post(app.url("/auth/signin/")).json(&simple)),
        ("signup", app.http.post(app.url("/auth/signup/")).json(&fresh)),
        ("logout", app.http.post(app.url("/auth/logout")).bearer_auth(access)),
        ("recover", app.http.post(app.url("/auth/recover")).json(&json!({ "email": "ann@example.org" }))),
    ];
    let sent = calls.map(async |(name, request)| {
        let begun = Instant::now();
        let answer = read(request.send().await.expect("an answer")).await;
        (name, answer, begun.elapsed())
    });
    futures_util::future::join_all(sent).await
}

/// Demands that each was told to come again, soon enough, with nothing of the house's inside.
#[track_caller]
fn refused_quickly(answers: Vec<(&'static str, Answer, Duration)>, within: Duration, why: &str) {
    for (name, answer, took) in answers {
        assert!(took < within, "{why}: {name} took {took:?}");
        let answer = answer.problem(503, "store_unavailable");
        assert!(answer.headers["retry-after"].to_str().unwrap().parse::<u32>().unwrap() >= 1, "{why}: {name}");
        assert!(!answer.text.to_lowercase().contains("sql"), "{why}: the inside of the house is for the log: {}", answer.text);
    }
}

/// Waits until somebody can sign in again; nothing was restarted.
async fn heals(app: &App, why: &str) {
    let begun = Instant::now();
    let simple = json!({ "type": "simple", "email": "ann@example.org", "password": PASSWORD });
    while app.post("/auth/signin/", &simple).await.status != 200 {
        assert!(begun.elapsed() < Duration::from_secs(10), "{why}: {}", app.log());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
