//! Change of address.

use std::time::Duration;

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::json;

use super::letter::{change, letter, letters, recover, signin, verified, verify};
use crate::{
    actor::PASSWORD,
    app::{App, Plan},
};

const ANN: &str = "ann@example.org";
const ANNA: &str = "anna@example.com";
const CONFIRM: &str = "Confirm your new address";
const AGREE: &str = "Your address is to change";

#[tokio::test]
async fn e4_an_unverified_address_is_replaced_by_one_that_is() {
    let app = App::simple();
    let (ann, elsewhere) = (app.user(ANN).await, app.signin(ANN).await);
    let sent = change(&ann, " Anna@Example.COM ").await.expect(202);
    assert_eq!((&sent.json["old_flow"], &sent.json["expires_in"]), (&json!(null), &json!(86400)));
    let mail = letter(&app, ANNA, CONFIRM, 1).await;
    assert_eq!(ann.get("/me").await.expect(200).json["email"], ANN, "nothing changes before the proof");
    let body = json!({ "flow": sent.str("/flow"), "code": mail.code() });
    let answer = app.post("/auth/verify-email", &body).await.expect(200);
    assert_eq!(answer.json, json!({ "email": ANNA, "email_verified": true, "pending": [] }));
    let me = ann.get("/me").await.expect(200).json;
    assert_eq!((&me["email"], &me["email_verified"]), (&json!(ANNA), &json!(true)));
    elsewhere.get("/me").await.problem(401, "session_ended");
    app.signin(ANNA).await;
    signin(&app, ANN, PASSWORD).await.problem(400, "invalid_credentials");
    assert!(letter(&app, ANN, "Your address was changed", 1).await.text.contains(ANNA));
    verify(&app, &mail.token()).await.problem(400, "invalid_token");
    assert_eq!(app.number("SELECT COUNT(*) FROM audit WHERE action = 'user.change_email' AND actor_user = 1").await, 1);
}

#[tokio::test]
async fn e4_both_addresses_agree_in_any_order() {
    for old_first in [true, false] {
        let app = App::simple();
        let ann = verified(&app, ANN).await;
        let sent = change(&ann, ANNA).await.expect(202);
        let (to_old, to_new) = (letter(&app, ANN, AGREE, 1).await, letter(&app, ANNA, CONFIRM, 1).await);
        assert!(to_old.text.contains(ANNA), "{}", to_old.text);
        let old = json!({ "flow": sent.str("/old_flow"), "code": to_old.code() });
        let new = json!({ "token": to_new.token() });
        let (first, second, pending) = if old_first { (old, new, "new") } else { (new, old, "old") };
        let answer = app.post("/auth/verify-email", &first).await.expect(200);
        assert_eq!(answer.json, json!({ "email": ANNA, "email_verified": false, "pending": [pending] }));
        assert_eq!(app.post("/auth/verify-email", &first).await.status, 400, "each word counts once");
        assert_eq!(ann.get("/me").await.expect(200).json["email"], ANN);
        let answer = app.post("/auth/verify-email", &second).await.expect(200);
        assert_eq!(answer.json, json!({ "email": ANNA, "email_verified": true, "pending": [] }));
        assert_eq!(ann.get("/me").await.expect(200).json["email"], ANNA);
        app.signin(ANNA).await;
        letter(&app, ANN, "Your address was changed", 1).await;
    }
}

#[tokio::test]
async fn e4_both_words_at_once_change_it_once() {
    let app = App::simple();
    let ann = verified(&app, ANN).await;
    change(&ann, ANNA).await.expect(202);
    let tokens = [letter(&app, ANN, AGREE, 1).await.token(), letter(&app, ANNA, CONFIRM, 1).await.token()];
    let answers = join_all(tokens.iter().cycle().take(20).map(|token| verify(&app, token))).await;
    let good: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
    assert_eq!(good.len(), 2, "each word once");
    assert!(good.iter().any(|answer| answer.json["email_verified"] == true));
    assert_eq!(ann.get("/me").await.expect(200).json["email"], ANNA);
    letter(&app, ANN, "Your address was changed", 1).await;
    assert_eq!(app.number("SELECT COUNT(*) FROM audit WHERE action = 'user.change_email'").await, 1);
}

#[tokio::test]
async fn rule23_a_new_address_with_an_account_is_answered_alike() {
    let app = App::simple();
    let (ann, _bob) = (verified(&app, ANN).await, app.user("bob@example.org").await);
    let free = change(&ann, ANNA).await.expect(202);
    let taken = change(&ann, "bob@example.org").await.expect(202);
    let keys = |answer: &crate::actor::Answer| answer.json.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!((keys(&free), &free.json["expires_in"]), (keys(&taken), &taken.json["expires_in"]));
    let told = letter(&app, "bob@example.org", "You have an account already", 1).await;
    assert!(told.some_code().is_none() && !told.text.contains("token="), "{}", told.text);
    // Of the two letters to the old address the second counts.
    letter(&app, ANN, AGREE, 2).await;
    let mut agreed = Vec::new();
    for mail in letters(&app, ANN, AGREE) {
        let answer = verify(&app, &mail.token()).await;
        if answer.status == 200 {
            agreed.push(answer.json);
        }
    }
    assert_eq!(agreed, [json!({ "email": "bob@example.org", "email_verified": false, "pending": ["new"] })]);
    assert_eq!(ann.get("/me").await.expect(200).json["email"], ANN);
    verify(&app, &letter(&app, ANNA, CONFIRM, 1).await.token()).await.problem(400, "invalid_token");
}

#[tokio::test]
async fn e4_an_address_taken_meanwhile_is_not_given_twice() {
    let app = App::simple();
    let ann = app.user(ANN).await;
    change(&ann, ANNA).await.expect(202);
    let token = letter(&app, ANNA, CONFIRM, 1).await.token();
    app.user(ANNA).await;
    verify(&app, &token).await.problem(400, "email_taken");
    assert_eq!(ann.get("/me").await.expect(200).json["email"], ANN);
}

#[tokio::test]
async fn e4_a_change_can_be_given_up() {
    let app = App::simple();
    let ann = verified(&app, ANN).await;
    change(&ann, ANNA).await.expect(202);
    let tokens = [letter(&app, ANN, AGREE, 1).await.token(), letter(&app, ANNA, CONFIRM, 1).await.token()];
    for _ in 0..2 {
        ann.send(Method::DELETE, "/me/email", None).await.expect(204);
    }
    for token in &tokens {
        verify(&app, token).await.problem(400, "invalid_token");
    }
    assert_eq!(ann.get("/me").await.expect(200).json["email"], ANN);
}

#[tokio::test]
async fn e4_a_stolen_session_changes_no_address() {
    let app = Plan::new().simple().set("reauthentication_window", "4s").start();
    let ann = app.user(ANN).await;
    tokio::time::sleep(Duration::from_millis(4100)).await;
    change(&ann, ANNA).await.problem(403, "reauthentication_required");
    assert!(app.mails().is_empty());
    let again = app.signin(ANN).await;
    change(&again, ANNA).await.expect(202);
    letter(&app, ANNA, CONFIRM, 1).await;
}

#[tokio::test]
async fn e4_a_session_that_was_ended_from_elsewhere_changes_no_address() {
    let app = App::simple();
    let (thief, ann) = (app.user(ANN).await, app.signin(ANN).await);
    change(&thief, ANNA).await.expect(202);
    let token = letter(&app, ANNA, CONFIRM, 1).await.token();
    ann.post("/auth/logout-all").await.expect(204);
    verify(&app, &token).await.problem(400, "invalid_token");
    // Who signs out on their own still means it.
    let ann = app.signin(ANN).await;
    change(&ann, ANNA).await.expect(202);
    let token = letter(&app, ANNA, CONFIRM, 2).await.token();
    ann.post("/auth/logout").await.expect(204);
    verify(&app, &token).await.expect(200);
}

#[tokio::test]
async fn e4_a_change_of_address_ends_what_was_asked_for_before() {
    let app = App::simple();
    let ann = app.user(ANN).await;
    recover(&app, ANN).await;
    let reset = letter(&app, ANN, "Set a new password", 1).await.token();
    change(&ann, ANNA).await.expect(202);
    verify(&app, &letter(&app, ANNA, CONFIRM, 1).await.token()).await.expect(200);
    app.post("/auth/reset", &json!({ "token": reset, "new_password": super::letter::NEW })).await.problem(400, "invalid_token");
    app.signin(ANNA).await;
    assert_eq!(app.number("SELECT COUNT(*) FROM proofs").await, 0);
}

#[tokio::test]
async fn e4_mistakes_in_an_address_are_named() {
    let app = App::simple();
    let ann = app.user(ANN).await;
    for (email, code) in
        [("ann", "invalid_email"), ("", "empty"), (" ANN@example.org", "unchanged"), ("a\u{0}b@example.org", "control_characters")]
    {
        assert_eq!(change(&ann, email).await.problem(400, "invalid_fields").fields(), [format!("email:{code}")], "{email:?}");
    }
    assert!(app.mails().is_empty());
}
