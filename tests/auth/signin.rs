//! Sign-in: what it tells, and what it must not tell.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::{
    actor::{Answer, PASSWORD},
    app::{App, Plan},
};

fn body(email: &str, password: &str) -> Value {
    json!({ "type": "simple", "email": email, "password": password })
}

/// Everything of an answer that is not its own.
fn seen(answer: &Answer) -> (u16, String, Vec<(String, String)>) {
    let own = ["x-request-id", "date"];
    let headers = answer.headers.iter().filter(|(name, _)| !own.contains(&name.as_str()));
    let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    (answer.status.as_u16(), answer.text.clone(), headers)
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

#[tokio::test]
async fn a3_signin_gives_a_token_for_the_right_password_alone() {
    let app = App::simple();
    let ann = app.user("ann@example.org").await;
    let answer = app.post("/auth/signin/", &body("ANN@example.org ", PASSWORD)).await.expect(200);
    assert_eq!(answer.json["user"]["id"], ann.id);
    for password in ["", "x", "correct horse battery stapl", "Correct horse battery staple", &format!("{PASSWORD} ")] {
        app.post("/auth/signin/", &body("ann@example.org", password)).await.problem(400, "invalid_credentials");
    }
    // The same password as another keyboard types it.
    let wide: String =
        PASSWORD.chars().map(|c| if c.is_ascii_lowercase() { char::from_u32(u32::from(c) + 0xfee0).unwrap() } else { c }).collect();
    app.post("/auth/signin/", &body("ann@example.org", &wide)).await.expect(200);
}

#[tokio::test]
async fn a3_an_unknown_address_and_a_wrong_password_are_answered_alike() {
    let app = App::simple();
    app.user("ann@example.org").await;
    let too_long_once_normalised = "\u{fdfa}".repeat(20);
    for password in ["wrong horse battery staple", "", "x", &too_long_once_normalised] {
        let wrong = app.post("/auth/signin/", &body("ann@example.org", password)).await.problem(400, "invalid_credentials");
        let unknown = app.post("/auth/signin/", &body("bob@example.org", password)).await.problem(400, "invalid_credentials");
        assert_eq!(seen(&wrong), seen(&unknown), "{password:?}");
    }
    let history =
        app.texts("SELECT CASE WHEN user_id IS NULL THEN 'nobody' ELSE user_id || '' END || ' ' || result FROM signins ORDER BY id").await;
    assert_eq!(history[..3], ["1 ok", "1 invalid_credentials", "nobody invalid_credentials"], "both leave a trace");
}

/// Alone on the machine: it compares times. Without the hash for nobody the ratio is above ten.
#[tokio::test]
async fn a3_load_an_unknown_address_takes_as_long_as_a_wrong_password() {
    let app = Plan::new().simple().set("wrong_password_burst", "0").set("stranger_password_burst", "0").start();
    app.user("ann@example.org").await;
    let (mut wrong, mut unknown, mut empty) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..9 {
        for (times, email, password) in
            [(&mut wrong, "ann@example.org", "wrong"), (&mut unknown, "bob@example.org", "wrong"), (&mut empty, "bob@example.org", "")]
        {
            let begun = Instant::now();
            app.post("/auth/signin/", &body(email, password)).await.expect(400);
            times.push(begun.elapsed());
        }
    }
    let wrong = median(wrong).as_secs_f64();
    for (what, times) in [("unknown", unknown), ("empty", empty)] {
        let ratio = median(times).as_secs_f64() / wrong;
        assert!((0.4..2.5).contains(&ratio), "{what} takes {ratio:.2} times as long");
    }
}

#[tokio::test]
async fn rule03_an_account_without_a_password_is_answered_like_an_unknown_one() {
    let app = App::simple();
    app.user("ann@example.org").await;
    app.user("bob@example.org").await;
    app.run("DELETE FROM credentials WHERE user_id = 2").await;
    let none = app.post("/auth/signin/", &body("bob@example.org", PASSWORD)).await.problem(400, "invalid_credentials");
    let unknown = app.post("/auth/signin/", &body("eve@example.org", PASSWORD)).await.problem(400, "invalid_credentials");
    assert_eq!(seen(&none), seen(&unknown));
}

#[tokio::test]
async fn rule03_a_disabled_account_is_told_so_after_the_right_password_alone() {
    let app = App::simple();
    let mut ann = app.user("ann@example.org").await;
    app.run("UPDATE users SET disabled = TRUE").await;
    app.post("/auth/signin/", &body("ann@example.org", "wrong horse")).await.problem(400, "invalid_credentials");
    app.post("/auth/signin/", &body("ann@example.org", PASSWORD)).await.problem(400, "account_disabled");
    ann.renew().await.expect(401);
    // What the gateway saw a moment ago may be believed for a second.
    tokio::time::sleep(Duration::from_millis(1200)).await;
    ann.get("/me").await.problem(401, "session_ended");
}
