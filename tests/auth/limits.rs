//! Too much at once: hashing, tries, and whose tries they are.

use futures_util::future::join_all;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    actor::{Answer, PASSWORD, User, read},
    app::{App, Plan},
};

fn body(email: &str, password: &str) -> Value {
    json!({ "type": "simple", "email": email, "password": password })
}

fn wait(answer: &Answer) -> u64 {
    answer.headers["retry-after"].to_str().unwrap().parse().unwrap()
}

/// Many at once, each with an address of its own.
async fn together(app: &App, path: &str, count: usize) -> Vec<Answer> {
    let bodies: Vec<Value> = (0..count).map(|n| body(&format!("n{n}@example.org"), PASSWORD)).collect();
    join_all(bodies.iter().map(|body| app.post(path, body))).await
}

async fn from(app: &App, forwarded: &str) -> Answer {
    let request = app.http.post(app.url("/auth/signin")).header("x-forwarded-for", forwarded).json(&body("ann@example.org", "wrong horse"));
    read(request.send().await.unwrap()).await
}

#[tokio::test]
async fn rule02_a_full_hashing_queue_is_told_at_once_and_nothing_else_waits() {
    let plan = Plan::new().simple().set("password_threads", "1").set("password_queue", "1");
    let app = plan.set("password_memory_kib", "65536").set("password_iterations", "6").start();
    let ann = app.user("ann@example.org").await;
    let right = body("ann@example.org", PASSWORD);
    let signins = join_all((0..24).map(|_| app.post("/auth/signin/", &right)));
    let checks = async {
        let mut statuses = Vec::new();
        for _ in 0..20 {
            statuses.push(ann.get("/auth/check").await.status);
        }
        statuses
    };
    let (answers, checks) = tokio::join!(signins, checks);
    assert!(checks.iter().all(|status| *status == StatusCode::OK), "{checks:?}");
    let (good, busy): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == StatusCode::OK);
    assert!(!good.is_empty() && !busy.is_empty(), "{} signed in, {} were refused", good.len(), busy.len());
    for answer in busy {
        assert!(wait(&answer.problem(503, "hashing_busy")) >= 1);
    }
    // The same answer to everybody: the queue tells nothing about accounts.
    let unknown = together(&app, "/auth/signin/", 24).await;
    let statuses: Vec<_> = unknown.iter().map(|answer| answer.str("/code")).collect();
    assert!(statuses.iter().all(|code| code == "hashing_busy" || code == "invalid_credentials"), "{statuses:?}");
    assert!(statuses.iter().any(|code| code == "hashing_busy"));
    let signup = together(&app, "/auth/signup/", 12).await;
    let made = signup.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(app.number("SELECT COUNT(*) FROM users").await, 1 + i64::try_from(made).unwrap(), "whoever was refused has no account");
    app.signin("ann@example.org").await;
}

#[tokio::test]
async fn rule02_whoever_waits_too_long_for_a_hash_is_told_to_come_back() {
    let plan = Plan::new().simple().set("password_threads", "1").set("password_queue_deadline", "1ms");
    let app = plan.set("password_memory_kib", "65536").set("password_iterations", "6").start();
    let answers = together(&app, "/auth/signin/", 8).await;
    let busy: Vec<_> = answers.into_iter().filter(|answer| answer.status == 503).collect();
    assert!(!busy.is_empty());
    for answer in busy {
        assert!(wait(&answer.problem(503, "hashing_busy")) >= 1);
    }
}

#[tokio::test]
async fn rule22_tries_of_one_client_are_limited_and_nothing_else_is() {
    let app = Plan::new().simple().set("auth_rate_per_minute", "1").set("auth_rate_burst", "6").start();
    let mut ann = app.user("ann@example.org").await;
    let change = json!({ "current_password": "wrong horse", "new_password": "nine blue lanterns" });
    ann.send(Method::PUT, "/me/password", Some(&change)).await.expect(400);
    app.post("/auth/continue", &json!({ "flow": "x" })).await.problem(400, "unknown_flow");
    app.post("/auth/signin/", &body("ann@example.org", "wrong horse")).await.expect(400);
    app.post("/auth/signin/", &json!({ "type": "fax" })).await.expect(400);
    app.post("/auth/signup/", &body("bob@example.org", "x")).await.expect(400);
    for (path, body) in [
        ("/auth/signin/", body("ann@example.org", PASSWORD)),
        ("/auth/signup/", body("bob@example.org", PASSWORD)),
        ("/auth/continue", json!({ "flow": "x" })),
    ] {
        let answer = app.post(path, &body).await.problem(429, "rate_limited");
        assert!((1..=60).contains(&wait(&answer)), "{}", wait(&answer));
    }
    let answer = ann.send(Method::PUT, "/me/password", Some(&change)).await.problem(429, "rate_limited");
    assert!(wait(&answer) >= 1);
    for path in ["/me", "/auth/check", "/auth/providers", "/.well-known/jwks.json"] {
        ann.get(path).await.expect(200);
    }
    ann.renew().await.expect(200);
}

#[tokio::test]
async fn rule22_an_address_that_a_client_claims_is_not_believed() {
    let app = Plan::new().simple().set("auth_rate_per_minute", "1").set("auth_rate_burst", "2").start();
    assert_eq!(from(&app, "192.0.2.1").await.status, 400);
    assert_eq!(from(&app, "192.0.2.2").await.status, 400);
    from(&app, "192.0.2.3").await.problem(429, "rate_limited");
    assert_eq!(app.texts("SELECT DISTINCT address FROM signins").await, ["127.0.0.1"]);
}

#[tokio::test]
async fn rule22_behind_a_trusted_proxy_the_last_foreign_address_counts() {
    let plan = Plan::new().simple().set("auth_rate_per_minute", "1").set("auth_rate_burst", "1");
    let app = plan.set("trusted_proxies", "127.0.0.0/8, 10.0.0.0/8").start();
    assert_eq!(from(&app, "192.0.2.1").await.status, 400);
    from(&app, "192.0.2.1").await.problem(429, "rate_limited");
    // What stands before it was written by the client.
    from(&app, "203.0.113.9, 192.0.2.1").await.problem(429, "rate_limited");
    from(&app, "203.0.113.9, 192.0.2.1, 10.1.2.3").await.problem(429, "rate_limited");
    assert_eq!(from(&app, "192.0.2.1, 192.0.2.2").await.status, 400);
    // One customer has a whole /64.
    assert_eq!(from(&app, "2001:db8:1:2::1").await.status, 400);
    from(&app, "2001:db8:1:2:ffff::1").await.problem(429, "rate_limited");
    assert_eq!(from(&app, "2001:db8:1:3::1").await.status, 400);
    // Nonsense is nobody's address, which all who send it share.
    assert_eq!(from(&app, "unknown").await.status, 400);
    from(&app, "<script>").await.problem(429, "rate_limited");
    let addresses = app.texts("SELECT address FROM signins GROUP BY address ORDER BY MIN(id)").await;
    assert_eq!(addresses, ["192.0.2.1", "192.0.2.2", "2001:db8:1:2::1", "2001:db8:1:3::1", "0.0.0.0"]);
}

#[tokio::test]
async fn rule22_a_session_shows_the_address_behind_the_proxy() {
    let app = Plan::new().simple().set("trusted_proxies", "127.0.0.1").start();
    app.user("ann@example.org").await;
    let request = app.http.post(app.url("/auth/signin")).header("x-forwarded-for", "192.0.2.7").json(&body("ann@example.org", PASSWORD));
    let ann = User::new(&app, &read(request.send().await.unwrap()).await.expect(200));
    let sessions = ann.get("/me/sessions").await.expect(200);
    assert_eq!((&sessions.json[0]["address"], &sessions.json[1]["address"]), (&json!("192.0.2.7"), &json!("127.0.0.1")));
}
