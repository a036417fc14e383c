//! The machine's clock jumps, as a virtual machine's does that was asleep, or one whose time server was wrong: libfaketime stands
//! between the gateway and its clock. Nothing but the time of day is moved; waiting takes as long as ever.

use std::fs;

use serde_json::json;

use crate::{
    actor::PASSWORD,
    app::{App, Plan},
};

/// The library that `cargo xtask test` looks for.
fn library() -> String {
    let found = std::env::vars().find(|(name, _)| name == "VESTIBULE_FAKETIME");
    found.expect("there is no libfaketime; run the suite with `cargo xtask test`").1
}

/// A gateway whose clock goes after a file.
struct Clock {
    app: App,
    file: std::path::PathBuf,
}

impl Clock {
    fn start(plan: Plan) -> Self {
        let file = plan.path().join("clock");
        fs::write(&file, "+0").unwrap();
        let plan = plan.simple().set("password_memory_kib", "8").set("password_iterations", "1");
        let plan = plan.env("LD_PRELOAD", &library()).env("FAKETIME_TIMESTAMP_FILE", &file.display().to_string());
        let plan = plan.env("FAKETIME_NO_CACHE", "1").env("FAKETIME_DONT_FAKE_MONOTONIC", "1").env("NO_FAKE_STAT", "1");
        Self { app: plan.start(), file }
    }

    /// So many seconds off the true time.
    fn set(&self, seconds: i64) {
        crate::app::write(&self.file, format!("{seconds:+}").as_bytes());
    }

    /// What the gateway takes for now, whole seconds.
    async fn told(&self) -> i64 {
        let made = self.app.signin("ann@example.org").await;
        crate::auth::jwt::claims(&made.access)["iat"].as_i64().unwrap()
    }
}

/// Within the leeway nobody notices.
#[tokio::test]
#[cfg_attr(not(faketime), ignore = "there is no libfaketime: `cargo xtask test` looks for it")]
async fn rule11_a_clock_set_back_a_little_signs_nobody_out() {
    let clock = Clock::start(Plan::new().on_file().set("retry_window", "10s"));
    let mut ann = clock.app.user("ann@example.org").await;
    let before = clock.told().await;
    clock.set(-50);
    assert!((before - clock.told().await - 50).abs() <= 5, "the clock was not moved");
    for _ in 0..2 {
        ann.get("/me").await.expect(200);
        ann.get("/auth/check").await.expect(200);
        let spent = json!({ "refresh_token": ann.refresh });
        let first = ann.renew().await.expect(200);
        assert_eq!(clock.app.post("/auth/refresh", &spent).await.expect(200).text, first.text, "a retry gets the same pair");
    }
}

/// Tokens from the future are refused; their session is not ended by that, and people can sign in, here and at the limits.
#[tokio::test]
#[cfg_attr(not(faketime), ignore = "there is no libfaketime: `cargo xtask test` looks for it")]
async fn rule09_a_clock_set_back_far_ends_no_session_and_locks_nobody_out() {
    let plan = Plan::new().on_file().set("auth_rate_per_minute", "60").set("auth_rate_burst", "30").set("wrong_password_burst", "5");
    let clock = Clock::start(plan);
    let mut ann = clock.app.user("ann@example.org").await;
    let wrong = json!({ "type": "simple", "email": "ann@example.org", "password": "wrong horse" });
    clock.app.post("/auth/signin/", &wrong).await.problem(400, "invalid_credentials");
    clock.set(-86_400);
    ann.get("/me").await.expect(401);
    clock.app.post("/auth/refresh", &json!({ "refresh_token": ann.refresh })).await.expect(401);
    // There is a key, though it was made tomorrow, and verifiers find it.
    let other = clock.app.signin("ann@example.org").await;
    other.get("/me").await.expect(200);
    assert_eq!(clock.app.kids().await, [crate::auth::jwt::kid(&other.access)]);
    clock.app.user("bob@example.org").await;
    clock.set(0);
    ann.get("/me").await.expect(200);
    ann.renew().await.expect(200);
}

/// What has ended stays ended, whichever way the clock goes next.
#[tokio::test]
#[cfg_attr(not(faketime), ignore = "there is no libfaketime: `cargo xtask test` looks for it")]
async fn rule09_a_clock_set_forward_ends_what_is_over() {
    let clock = Clock::start(Plan::new().on_file().set("session_ttl", "10d").set("session_idle", "2d").set("retry_window", "10s"));
    let mut ann = clock.app.user("ann@example.org").await;
    let resting = clock.app.signin("ann@example.org").await;
    let (gone, spent) = (clock.app.signin("ann@example.org").await, json!({ "refresh_token": ann.refresh }));
    gone.post("/auth/logout").await.expect(204);
    clock.set(1200);
    ann.get("/me").await.problem(401, "token_expired");
    ann.renew().await.expect(200);
    ann.get("/me").await.expect(200);
    clock.set(3 * 86_400);
    clock.app.post("/auth/refresh", &json!({ "refresh_token": resting.refresh })).await.problem(401, "token_expired");
    ann.renew().await.problem(401, "token_expired");
    clock.set(1200);
    let ended = json!({ "refresh_token": gone.refresh });
    clock.app.post("/auth/refresh", &ended).await.problem(401, "token_invalid");
    clock.set(1300);
    clock.app.post("/auth/refresh", &spent).await.problem(401, "token_reused");
    let signin = json!({ "type": "simple", "email": "ann@example.org", "password": PASSWORD });
    clock.app.post("/auth/signin/", &signin).await.expect(200);
}
