//! No session before the address is verified.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::letter::{NEW, letter, letters, signin, simple, verify, wrong};
use crate::{
    actor::{Answer, PASSWORD},
    app::{App, Plan},
};

const ANN: &str = "ann@example.org";
const FINISH: &str = "Finish signing up";

fn plan() -> Plan {
    Plan::new().simple().set("email_verification", "required")
}

async fn signup(app: &App, email: &str, password: &str) -> Answer {
    app.post("/auth/signup/", &simple(email, password)).await.expect(200)
}

async fn resume(app: &App, flow: &str, code: &str) -> Answer {
    app.post("/auth/continue", &json!({ "flow": flow, "code": code })).await
}

async fn users(app: &App) -> i64 {
    app.number("SELECT COUNT(*) FROM users").await
}

#[tokio::test]
async fn f_a_sign_up_makes_the_account_after_the_code() {
    let app = plan().start();
    let challenge = signup(&app, ANN, PASSWORD).await;
    assert_eq!((&challenge.json["challenge"]["type"], &challenge.json["challenge"]["expires_in"]), (&json!("simple"), &json!(86400)));
    assert_eq!(challenge.json["challenge"]["fields"][0]["name"], "code", "{}", challenge.text);
    assert_eq!(users(&app).await, 0);
    signin(&app, ANN, PASSWORD).await.problem(400, "invalid_credentials");
    let (flow, mail) = (challenge.str("/challenge/flow"), letter(&app, ANN, FINISH, 1).await);
    let refused = resume(&app, &flow, &wrong(&mail.code())).await.problem(400, "invalid_fields");
    assert_eq!(refused.fields(), ["code:invalid_code"]);
    let answer = resume(&app, &flow, &mail.code()).await.expect(200);
    assert_eq!((&answer.json["user"]["email"], &answer.json["user"]["email_verified"]), (&json!(ANN), &json!(true)));
    app.signin(ANN).await;
    resume(&app, &flow, &mail.code()).await.problem(400, "unknown_flow");
    verify(&app, &mail.token()).await.problem(400, "invalid_token");
    assert_eq!((users(&app).await, app.number("SELECT COUNT(*) FROM proofs").await), (1, 0));
}

#[tokio::test]
async fn f_the_link_finishes_a_sign_up_without_signing_in() {
    let app = plan().start();
    let flow = signup(&app, ANN, PASSWORD).await.str("/challenge/flow");
    let mail = letter(&app, ANN, FINISH, 1).await;
    let answer = verify(&app, &mail.token()).await.expect(200);
    assert_eq!(answer.json, json!({ "email": ANN, "email_verified": true, "pending": [] }));
    assert_eq!(app.number("SELECT COUNT(*) FROM sessions").await, 0);
    assert_eq!(resume(&app, &flow, &mail.code()).await.problem(400, "invalid_fields").fields(), ["code:invalid_code"]);
    app.signin(ANN).await;
}

#[tokio::test]
async fn rule08_a_sign_up_is_finished_once_and_guessed_at_five_times() {
    let app = plan().start();
    let flow = signup(&app, ANN, PASSWORD).await.str("/challenge/flow");
    let mail = letter(&app, ANN, FINISH, 1).await;
    let code = mail.code();
    let answers = join_all((0..20).map(|_| resume(&app, &flow, &code))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == StatusCode::OK).count(), 1);
    assert_eq!(users(&app).await, 1);

    let flow = signup(&app, "bob@example.org", PASSWORD).await.str("/challenge/flow");
    let code = letter(&app, "bob@example.org", FINISH, 1).await.code();
    for _ in 0..5 {
        resume(&app, &flow, &wrong(&code)).await.problem(400, "invalid_fields");
    }
    resume(&app, &flow, &code).await.problem(400, "unknown_flow");
    app.post("/auth/verify-email", &json!({ "flow": flow, "code": code })).await.problem(400, "invalid_code");
    assert_eq!(users(&app).await, 1);
}

/// What an answer says, without what is random.
fn shape(answer: &Answer) -> (u16, Value) {
    let mut json = answer.json.clone();
    json["challenge"]["flow"] = json!("");
    (answer.status.as_u16(), json)
}

/// Rows that a request leaves behind.
async fn rows(app: &App) -> Vec<i64> {
    let mut counts = Vec::new();
    for table in ["steps", "proofs", "outbox", "signins", "sessions", "users"] {
        counts.push(app.number(&format!("SELECT COUNT(*) FROM {table}")).await);
    }
    counts
}

#[tokio::test]
async fn rule23_a_sign_up_does_not_tell_whether_there_is_an_account() {
    let slow = plan().set("password_memory_kib", "65536").set("password_iterations", "10").set("public_url", "http://127.0.0.1:5000");
    let app = slow.start();
    signup(&app, ANN, PASSWORD).await;
    verify(&app, &letter(&app, ANN, FINISH, 1).await.token()).await.expect(200);
    let before = rows(&app).await;
    let begun = Instant::now();
    let known = signup(&app, ANN, NEW).await;
    let known_took = begun.elapsed();
    let between = rows(&app).await;
    let begun = Instant::now();
    let unknown = signup(&app, "bob@example.org", NEW).await;
    let unknown_took = begun.elapsed();
    let after = rows(&app).await;
    let added = |before: &[i64], after: &[i64]| after.iter().zip(before).map(|(after, before)| after - before).collect::<Vec<_>>();
    let (mut known_json, unknown_json) = (shape(&known), shape(&unknown));
    known_json.1["challenge"]["message"] = json!(known.str("/challenge/message").replace(ANN, "bob@example.org"));
    assert_eq!(known_json, unknown_json);
    assert_eq!(added(&before, &between), added(&between, &after), "the same work in the store");
    assert_eq!(added(&between, &after), [1, 1, 1, 0, 0, 0]);
    // Both hash the password, which is what takes the time; below, because a busy machine can only make things slower.
    assert!(known_took > unknown_took / 4 && known_took > Duration::from_millis(50), "{known_took:?} {unknown_took:?}");

    let told = letter(&app, ANN, "You have an account already", 1).await;
    assert_eq!(told.some_code(), None);
    letter(&app, "bob@example.org", FINISH, 1).await;
    for code in ["000000", "999999"] {
        for flow in [&known, &unknown] {
            let refused = resume(&app, &flow.str("/challenge/flow"), code).await;
            assert_eq!(refused.problem(400, "invalid_fields").fields(), ["code:invalid_code"]);
        }
    }
    app.signin(ANN).await;
    let body = json!({ "token": told.token(), "new_password": "a better one, out of seven" });
    app.post("/auth/reset", &body).await.expect(204);
    signin(&app, ANN, "a better one, out of seven").await.expect(200);
}

#[tokio::test]
async fn f_whoever_is_second_for_an_address_is_told_after_the_proof() {
    let app = plan().start();
    let first = signup(&app, ANN, PASSWORD).await.str("/challenge/flow");
    let second = signup(&app, ANN, NEW).await.str("/challenge/flow");
    letter(&app, ANN, FINISH, 2).await;
    let codes: Vec<String> = letters(&app, ANN, FINISH).iter().map(super::letter::Letter::code).collect();
    let mut outcomes = Vec::new();
    for flow in [first, second] {
        for code in &codes {
            let answer = resume(&app, &flow, code).await;
            if answer.json["code"] != "invalid_fields" {
                outcomes.push(if answer.status == 200 { "in".to_owned() } else { answer.str("/code") });
                break;
            }
        }
    }
    assert_eq!(outcomes, ["in", "email_taken"]);
    assert_eq!(users(&app).await, 1);
}

#[tokio::test]
async fn f_an_older_account_proves_its_address_at_the_next_sign_in() {
    let mut app = App::simple();
    app.user(ANN).await;
    app.set("email_verification", "required");
    app.restart();
    signin(&app, ANN, "wrong horse").await.problem(400, "invalid_credentials");
    assert!(app.mails().is_empty(), "only the right password asks for a mail");
    let flow = signin(&app, ANN, PASSWORD).await.expect(200).str("/challenge/flow");
    assert_eq!(app.number("SELECT COUNT(*) FROM sessions").await, 1, "the one of the sign-up");
    let code = letter(&app, ANN, "Confirm your address", 1).await.code();
    let answer = resume(&app, &flow, &code).await.expect(200);
    assert_eq!(answer.json["user"]["email_verified"], true);
    app.signin(ANN).await;
    assert_eq!(app.mails().len(), 1);
}

#[tokio::test]
async fn f_an_account_disabled_meanwhile_stays_out() {
    let mut app = App::simple();
    app.user(ANN).await;
    app.set("email_verification", "required");
    app.restart();
    let flow = signin(&app, ANN, PASSWORD).await.expect(200).str("/challenge/flow");
    let code = letter(&app, ANN, "Confirm your address", 1).await.code();
    super::letter::sql(&app, "UPDATE users SET disabled = TRUE").await;
    resume(&app, &flow, &code).await.problem(400, "account_disabled");
}

#[tokio::test]
async fn f_accounts_of_the_command_line_are_verified() {
    let app = plan().start();
    app.admin().await;
    assert!(app.mails().is_empty());
}

#[tokio::test]
async fn rule08_what_waits_is_sealed() {
    let app = plan().on_file().start();
    signup(&app, ANN, PASSWORD).await;
    letter(&app, ANN, FINISH, 1).await;
    for file in ["vestibule.db", "vestibule.db-wal"] {
        let bytes = std::fs::read(app.data().join(file)).unwrap_or_default();
        assert!(!String::from_utf8_lossy(&bytes).contains("argon2id"), "{file}: a hash waits where it can be read");
    }
}
