//! Staying in: each refresh token works once, and a lost answer can be asked for again.

use std::collections::HashSet;

use futures_util::future::join_all;
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::jwt;
use crate::{
    actor::User,
    app::{App, Plan},
    patience::until,
};

fn body(token: &str) -> Value {
    json!({ "refresh_token": token })
}

#[tokio::test]
async fn a9_the_token_finds_the_user_and_is_renewed_without_the_profile() {
    let app = App::simple();
    let mut ann = app.user("ann@example.org").await;
    let before = ann.get("/me").await.expect(200);
    let first = (ann.access.clone(), ann.refresh.clone());
    let renewed = ann.renew().await.expect(200);
    assert!(renewed.json.get("user").is_none(), "{}", renewed.text);
    assert_eq!((&renewed.json["token_type"], &renewed.json["expires_in"]), (&json!("Bearer"), &json!(900)));
    assert!(ann.access != first.0 && ann.refresh != first.1);
    assert_eq!(ann.get("/me").await.expect(200).json, before.json);
    let (old, new) = (jwt::claims(&first.0), jwt::claims(&ann.access));
    assert_eq!((&old["sid"], &old["sub"]), (&new["sid"], &new["sub"]), "the session stays");
    assert_ne!(old["jti"], new["jti"]);
}

#[tokio::test]
async fn a9_a_session_outlives_a_restart() {
    let mut app = App::simple();
    let ann = app.user("ann@example.org").await;
    let (access, refresh) = (ann.access.clone(), ann.refresh.clone());
    app.restart();
    let me = app.http.get(app.url("/me")).bearer_auth(&access).send().await.unwrap();
    assert_eq!(me.status(), StatusCode::OK);
    app.post("/auth/refresh", &body(&refresh)).await.expect(200);
}

#[tokio::test]
async fn e3_a_refresh_works_as_form_and_with_both_spellings_of_the_path() {
    let app = App::simple();
    let mut ann = app.user("ann@example.org").await;
    for path in ["/auth/refresh", "/auth/refresh/"] {
        let request = app.http.post(app.url(path)).form(&[("refresh_token", &ann.refresh)]);
        let answer = crate::actor::read(request.send().await.unwrap()).await.expect(200);
        ann.refresh = answer.str("/refresh_token");
    }
}

#[tokio::test]
async fn rule07_a_retry_inside_the_window_gets_the_same_pair_byte_for_byte() {
    let app = Plan::new().simple().set("retry_window", "10m").start();
    let ann = app.user("ann@example.org").await;
    let first = app.post("/auth/refresh", &body(&ann.refresh)).await.expect(200);
    // Another second, in which a pair made anew would look different.
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    for _ in 0..3 {
        assert_eq!(app.post("/auth/refresh", &body(&ann.refresh)).await.expect(200).text, first.text);
    }
    // Spending the new one makes the old one older than the last.
    let second = app.post("/auth/refresh", &body(&first.str("/refresh_token"))).await.expect(200);
    assert_ne!(second.text, first.text);
    app.post("/auth/refresh", &body(&ann.refresh)).await.problem(401, "token_reused");
}

#[tokio::test]
async fn rule07_a_retry_after_a_key_rotation_gets_the_same_pair() {
    let app = Plan::new().simple().set("retry_window", "10m").start();
    let ann = app.user("ann@example.org").await;
    let first = app.post("/auth/refresh", &body(&ann.refresh)).await.expect(200);
    assert!(app.command(&["keys", "rotate", "--after", "0s"]).output().unwrap().status.success());
    let mut bob = app.user("bob@example.org").await;
    until("the new key's signature", async || {
        bob.renew().await.expect(200);
        (jwt::kid(&bob.access) != jwt::kid(&ann.access)).then_some(())
    })
    .await;
    assert_eq!(app.post("/auth/refresh", &body(&ann.refresh)).await.expect(200).text, first.text);
}

#[tokio::test]
async fn rule06_fifty_concurrent_refreshes_with_one_token_make_one_pair() {
    let app = Plan::new().simple().set("retry_window", "10m").start();
    let ann = app.user("ann@example.org").await;
    let token = body(&ann.refresh);
    let answers = join_all((0..50).map(|_| app.post("/auth/refresh", &token))).await;
    let pairs: HashSet<String> = answers.into_iter().map(|answer| answer.expect(200).text).collect();
    assert_eq!(pairs.len(), 1);
    assert_eq!(app.number("SELECT counter FROM sessions").await, 1, "the counter turned once");
    let pair: Value = serde_json::from_str(pairs.iter().next().unwrap()).unwrap();
    app.post("/auth/refresh", &body(pair["refresh_token"].as_str().unwrap())).await.expect(200);
}

#[tokio::test]
async fn rule06_without_a_window_one_of_fifty_wins_and_the_session_ends() {
    let app = Plan::new().simple().set("retry_window", "0s").start();
    let ann = app.user("ann@example.org").await;
    let token = body(&ann.refresh);
    let answers = join_all((0..50).map(|_| app.post("/auth/refresh", &token))).await;
    let (made, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == StatusCode::OK);
    assert_eq!(made.len(), 1, "never two pairs for one token");
    let reports = refused.into_iter().map(|answer| answer.expect(401)).filter(|answer| answer.json["code"] == "token_reused").count();
    assert_eq!(reports, 1, "the reuse is told and reported once");
    let winner = body(&made[0].str("/refresh_token"));
    app.post("/auth/refresh", &winner).await.problem(401, "token_invalid");
    assert_eq!(app.number("SELECT COUNT(*) FROM audit WHERE action = 'session.reuse'").await, 1);
    ann.get("/me").await.problem(401, "session_ended");
}

#[tokio::test]
async fn rule06_logout_wins_over_a_concurrent_refresh() {
    let app = Plan::new().simple().set("retry_window", "10m").start();
    let ann = app.user("ann@example.org").await;
    let token = body(&ann.refresh);
    let (refreshes, logout) = tokio::join!(join_all((0..10).map(|_| app.post("/auth/refresh", &token))), ann.post("/auth/logout"));
    logout.expect(204);
    app.post("/auth/refresh", &token).await.problem(401, "token_invalid");
    for answer in refreshes.into_iter().filter(|answer| answer.status == StatusCode::OK) {
        app.post("/auth/refresh", &body(&answer.str("/refresh_token"))).await.problem(401, "token_invalid");
        let access = answer.str("/access_token");
        let check = app.http.get(app.url("/auth/check")).bearer_auth(access).send().await.unwrap();
        assert_eq!(check.status(), StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn rule09_rotation_does_not_extend_the_session() {
    let app = Plan::new().simple().set("session_ttl", "1h").set("session_idle", "1h").start();
    let mut ann = app.user("ann@example.org").await;
    let end = jwt::claims(&ann.refresh)["exp"].clone();
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    ann.renew().await.expect(200);
    assert_eq!(jwt::claims(&ann.refresh)["exp"], end);
    let again = app.signin("ann@example.org").await;
    assert_ne!(jwt::claims(&again.access)["sid"], jwt::claims(&ann.access)["sid"], "a sign-in is a new session");
}

#[tokio::test]
async fn rule09_a_session_that_rests_too_long_ends() {
    let app = Plan::new().simple().set("session_idle", "1s").start();
    let mut ann: User<'_> = app.user("ann@example.org").await;
    tokio::time::sleep(std::time::Duration::from_millis(2100)).await;
    ann.renew().await.problem(401, "token_expired");
    ann.get("/me").await.problem(401, "token_expired");
}
