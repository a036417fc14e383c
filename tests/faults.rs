//! What breaks around the gateway: processes that are killed, databases that go away, full disks, clocks that jump.

mod clock;
mod database;
mod disk;
mod kill;
mod migration;
pub mod proxy;
mod soundness;

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::{
    actor::{Answer, PASSWORD, User, read},
    app::App,
    patience::{until, within},
};

/// What `database_wait` is by default.
const DATABASE_WAIT: Duration = Duration::from_millis(800);
/// What is promised of an answer while the database is away.
const PROMISED: Duration = Duration::from_secs(1);

fn simple(email: &str) -> Value {
    json!({ "type": "simple", "email": email, "password": PASSWORD })
}

/// So many have come.
static NEWCOMERS: AtomicUsize = AtomicUsize::new(0);

/// Everything that a signed-in person does, what a proxy asks, and somebody who is new.
async fn requests(app: &App, access: &str, newcomer: &str) -> Vec<(&'static str, Answer, Duration)> {
    let calls = [
        ("me", app.http.get(app.url("/me")).bearer_auth(access)),
        ("check", app.http.get(app.url("/auth/check")).bearer_auth(access)),
        ("signin", app.http.post(app.url("/auth/signin/")).json(&simple("ann@example.org"))),
        ("signup", app.http.post(app.url("/auth/signup/")).json(&simple(newcomer))),
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

/// Demands that each was told to come again, with nothing of the house's inside; says how long the slowest took.
fn refused(answers: Vec<(&'static str, Answer, Duration)>, why: &str) -> Duration {
    let each = answers.into_iter().map(|(name, answer, took)| {
        let answer = answer.problem(503, "store_unavailable");
        assert!(answer.headers["retry-after"].to_str().unwrap().parse::<u32>().unwrap() >= 1, "{why}: {name}");
        let inside = answer.text.to_lowercase();
        assert!(!inside.contains("sql") && !inside.contains("redis"), "{why}: the inside of the house is for the log: {inside}");
        took
    });
    each.max().unwrap_or_default()
}

/// Waits until somebody can sign in again; nothing was restarted.
pub async fn heals(app: &App, why: &str) {
    let signed_in = async || (app.post("/auth/signin/", &simple("ann@example.org")).await.status == 200).then_some(());
    until(&format!("a sign-in after {why}"), signed_in).await;
}

/// What needs no store goes on.
async fn what_needs_no_store_goes_on(app: &App) {
    for path in ["/.well-known/jwks.json", "/health/live", "/auth/providers", "/api/openapi.json"] {
        app.get(path).await.expect(200);
    }
    app.http.get(app.url("/me")).bearer_auth("not.a.token").send().await.map(|answer| assert_eq!(answer.status(), 401)).unwrap();
    let ready = app.get("/health/ready").await;
    assert_eq!(ready.status, 503, "{}", ready.text);
}

/// While the trouble lasts, and when it is over. Says how many have an account who were told to come again: a store may do later
/// what it was asked to.
pub async fn through(app: &App, ann: &mut User<'_>, why: &str, cure: impl FnOnce()) -> usize {
    // What was seen a moment ago is believed for a second.
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let mut newcomers = Vec::new();
    within(PROMISED, why, async || {
        newcomers.push(format!("newcomer{}@example.org", NEWCOMERS.fetch_add(1, Ordering::Relaxed)));
        let slowest = refused(requests(app, &ann.access, newcomers.last().unwrap()).await, why);
        ann.renew().await.problem(503, "store_unavailable");
        slowest
    })
    .await;
    what_needs_no_store_goes_on(app).await;
    cure();
    heals(app, why).await;
    ann.get("/me").await.expect(200);
    ann.renew().await.expect(200);
    app.get("/health/ready").await.expect(200);
    let mut there = 0;
    for newcomer in newcomers {
        let again = app.post("/auth/signup/", &simple(&newcomer)).await;
        if again.status != StatusCode::OK {
            again.problem(400, "email_taken");
            app.signin(&newcomer).await;
            there += 1;
        }
    }
    there
}
