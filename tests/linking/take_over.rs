//! Security rule 13: whose address it is, gets an account that was made with it unverified, and nothing of what it held.

use reqwest::Method;
use serde_json::json;

use super::{app, by_mail, enrol_false, go_on, signin, to_factor};
use crate::{
    actor::{PASSWORD, User},
    app::App,
};

/// Somebody signs up with an address that is not theirs, and settles in.
async fn squatter(app: &App) -> User<'_> {
    let mallory = app.user("ann@example.org").await;
    mallory.send(Method::PATCH, "/me", Some(&json!({ "display_name": "Mallory" }))).await.expect(200);
    enrol_false(&mallory).await;
    let proof = format!(
        "INSERT INTO proofs (id_hash, token_hash, code_hash, purpose, user_id, email, attempts, created_at, expires_at)
         VALUES ('i', 't', 'c', 'email_new', {}, 'mallory@example.org', 0, 0, 9000000000000000)",
        mallory.id
    );
    app.run(&proof).await;
    let entry = format!("INSERT INTO profile_entries VALUES ({}, 'city', '', 'Graz')", mallory.id);
    app.run(&entry).await;
    mallory
}

async fn gone(app: &App, mut mallory: User<'_>, pending: &str, owner: User<'_>) {
    assert_eq!(owner.id, mallory.id);
    let me = owner.get("/me").await.expect(200).json;
    assert_eq!((&me["email_verified"], &me["display_name"], &me["profile"]), (&json!(true), &json!(null), &json!({})));
    mallory.get("/me").await.problem(401, "session_ended");
    mallory.renew().await.expect(401);
    signin(app, "ann@example.org", PASSWORD).await.problem(400, "invalid_credentials");
    go_on(app, pending, "code", "right").await.problem(400, "unknown_flow");
    assert_eq!(app.texts("SELECT provider FROM identities").await, ["email-code"]);
    for table in ["credentials", "recovery_codes", "profile_entries", "proofs"] {
        assert_eq!(app.number(&format!("SELECT COUNT(*) FROM {table}")).await, 0, "{table}");
    }
    assert_eq!(app.number("SELECT COUNT(*) FROM sessions WHERE ended_at IS NULL").await, 1);
    assert_eq!(app.number("SELECT COUNT(*) FROM audit WHERE action = 'user.take_over'").await, 1);
}

#[tokio::test]
async fn rule13_the_owner_of_the_address_takes_over_at_sign_in() {
    let app = app();
    let mallory = squatter(&app).await;
    let pending = to_factor(&app, "ann@example.org").await.str("/challenge/flow");
    let owner = User::new(&app, &by_mail(&app, "email-code", "signin", "ann@example.org").await.expect(200));
    gone(&app, mallory, &pending, owner).await;
}

#[tokio::test]
async fn rule13_the_owner_of_the_address_takes_over_at_sign_up() {
    let app = app();
    let mallory = squatter(&app).await;
    let pending = to_factor(&app, "ann@example.org").await.str("/challenge/flow");
    let owner = User::new(&app, &by_mail(&app, "email-code", "signup", "ann@example.org").await.expect(200));
    gone(&app, mallory, &pending, owner).await;
}

#[tokio::test]
async fn rule13_a_disabled_account_is_not_taken_over() {
    let app = app();
    app.user("ann@example.org").await;
    app.run("UPDATE users SET disabled = TRUE").await;
    by_mail(&app, "email-code", "signin", "ann@example.org").await.problem(400, "account_disabled");
    assert_eq!(app.texts("SELECT provider FROM identities").await, ["simple"]);
}

/// Rights that were given to an account are not to be had by an address alone.
#[tokio::test]
async fn rule13_an_administrator_is_not_taken_over_but_asked() {
    let app = app();
    let root = app.admin().await;
    app.run("UPDATE users SET email_verified = FALSE").await;
    let asked = by_mail(&app, "email-code", "signin", "root@example.org").await.expect(200);
    assert_eq!(asked.json["challenge"]["fields"][0]["name"], json!("password"));
    root.get("/me").await.expect(200);
    let linked = go_on(&app, &asked.str("/challenge/flow"), "password", PASSWORD).await.expect(200);
    assert_eq!(User::new(&app, &linked).id, root.id);
    assert_eq!(app.texts("SELECT provider FROM identities ORDER BY id").await, ["simple", "email-code"]);
}
