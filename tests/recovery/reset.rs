//! Forgotten passwords.

use std::time::Duration;

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use super::letter::{NEW, letter, letters, recover, send, signin, sql, verified, wrong};
use crate::{
    actor::{Answer, PASSWORD},
    app::{App, Plan},
};

const ANN: &str = "ann@example.org";
const SUBJECT: &str = "Set a new password";

fn by_link(token: &str, password: &str) -> Value {
    json!({ "token": token, "new_password": password })
}

async fn reset(app: &App, body: &Value) -> Answer {
    app.post("/auth/reset", body).await
}

#[tokio::test]
async fn f_a_forgotten_password_is_replaced_by_the_link() {
    let app = App::simple();
    let mut ann = verified(&app, ANN).await;
    let sent = app.post("/auth/recover", &json!({ "email": " Ann@Example.ORG " })).await.expect(202);
    assert_eq!(sent.json["expires_in"], 3600);
    let mail = letter(&app, ANN, SUBJECT, 1).await;
    assert!(mail.link().starts_with("http://127.0.0.1:5000/reset?token="), "{}", mail.link());
    ann.get("/me").await.expect(200);
    let done = reset(&app, &by_link(&mail.token(), NEW)).await.expect(204);
    assert_eq!(done.text, "", "no session: a second factor is not gone around");
    ann.get("/me").await.problem(401, "session_ended");
    ann.renew().await.problem(401, "token_invalid");
    signin(&app, ANN, PASSWORD).await.problem(400, "invalid_credentials");
    signin(&app, ANN, NEW).await.expect(200);
    reset(&app, &by_link(&mail.token(), "another of eleven words")).await.problem(400, "invalid_token");
    let told = letter(&app, ANN, "Your password was changed", 1).await;
    assert!(told.text.contains("127.0.0.1"), "{}", told.text);
    assert_eq!(app.number("SELECT COUNT(*) FROM audit WHERE action = 'user.reset_password' AND target = 'user:1'").await, 1);
}

#[tokio::test]
async fn f_a_forgotten_password_is_replaced_by_the_code() {
    let app = App::simple();
    app.user(ANN).await;
    let flow = recover(&app, ANN).await;
    let code = letter(&app, ANN, SUBJECT, 1).await.code();
    let body = |code: &str, password: &str| json!({ "flow": flow, "code": code, "new_password": password });
    reset(&app, &body(&wrong(&code), NEW)).await.problem(400, "invalid_code");
    let weak = reset(&app, &body(&code, "password1")).await.problem(400, "invalid_fields");
    assert_eq!(weak.fields(), ["new_password:too_weak"]);
    reset(&app, &body(&code, NEW)).await.expect(204);
    reset(&app, &body(&code, NEW)).await.problem(400, "invalid_code");
    assert_eq!(signin(&app, ANN, NEW).await.expect(200).json["user"]["email_verified"], true, "the mail was read");
}

#[tokio::test]
async fn f_a_weak_password_does_not_use_up_the_link() {
    let app = App::simple();
    app.user(ANN).await;
    recover(&app, ANN).await;
    let token = letter(&app, ANN, SUBJECT, 1).await.token();
    for (password, code) in [("short", "too_short"), ("password1", "too_weak"), ("ann@example.org", "too_weak"), ("", "too_short")] {
        let refused = reset(&app, &by_link(&token, password)).await.problem(400, "invalid_fields");
        assert_eq!(refused.fields(), [format!("new_password:{code}")], "{password}");
    }
    reset(&app, &json!({ "token": token })).await.problem(400, "invalid_fields");
    signin(&app, ANN, PASSWORD).await.expect(200);
    reset(&app, &by_link(&token, NEW)).await.expect(204);
}

#[tokio::test]
async fn rule23_recovery_does_not_tell_whether_there_is_an_account() {
    let app = App::simple();
    app.user(ANN).await;
    let count = || async { (app.number("SELECT COUNT(*) FROM proofs").await, app.number("SELECT COUNT(*) FROM users").await) };
    let mut flows = Vec::new();
    for (n, email) in [(1, ANN), (2, "nobody@example.org")] {
        let answer = app.post("/auth/recover", &json!({ "email": email })).await.expect(202);
        assert_eq!(answer.json, json!({ "flow": answer.str("/flow"), "expires_in": 3600 }));
        assert_eq!((answer.str("/flow").len(), count().await), (43, (n, 1)), "a row in both cases");
        flows.push(answer.str("/flow"));
    }
    let code = wrong(&letter(&app, ANN, SUBJECT, 1).await.code());
    for _ in 0..7 {
        let mut answers = Vec::new();
        for flow in &flows {
            let body = json!({ "flow": flow, "code": code, "new_password": NEW });
            answers.push(reset(&app, &body).await.problem(400, "invalid_code").json);
        }
        assert_eq!(answers[0], answers[1]);
    }
    let attempts = app.texts("SELECT CAST(attempts AS TEXT) FROM proofs").await;
    assert_eq!(attempts, ["5", "5"], "counted alike");
    assert_eq!(app.mails().len(), 1, "nobody is written to who has no account");
    signin(&app, ANN, PASSWORD).await.expect(200);
}

#[tokio::test]
async fn rule08_one_of_twenty_concurrent_resets_counts() {
    let app = App::simple();
    app.user(ANN).await;
    recover(&app, ANN).await;
    let token = letter(&app, ANN, SUBJECT, 1).await.token();
    let passwords: Vec<String> = (0..20).map(|n| format!("{NEW} number {n}")).collect();
    let answers = join_all(passwords.iter().map(|password| async { reset(&app, &by_link(&token, password)).await })).await;
    let won: Vec<usize> = answers.iter().enumerate().filter(|(_, answer)| answer.status == 204).map(|(n, _)| n).collect();
    assert_eq!(won.len(), 1, "{:?}", answers.iter().map(|answer| answer.status.as_u16()).collect::<Vec<_>>());
    signin(&app, ANN, &passwords[won[0]]).await.expect(200);
}

#[tokio::test]
async fn rule08_the_database_holds_no_link_no_code_and_no_flow() {
    let app = Plan::new().simple().on_file().start();
    let ann = app.user(ANN).await;
    let flows = [recover(&app, ANN).await, send(&ann).await, recover(&app, "nobody@example.org").await];
    let mails = [letter(&app, ANN, SUBJECT, 1).await, letter(&app, ANN, "Confirm your address", 1).await];
    for file in ["vestibule.db", "vestibule.db-wal"] {
        let bytes = std::fs::read(app.data().join(file)).unwrap_or_default();
        let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
        assert!(flows.iter().all(|flow| !holds(flow)), "{file}: a flow id");
        assert!(mails.iter().all(|mail| !holds(&mail.token())), "{file}: a token");
        // Six digits may stand inside a digest by chance; alone they would be the code.
        let alone = |code: &str| {
            let before_and_after = |window: &[u8]| !window[0].is_ascii_alphanumeric() && !window[7].is_ascii_alphanumeric();
            bytes.windows(8).any(|window| &window[1..7] == code.as_bytes() && before_and_after(window))
        };
        assert!(mails.iter().all(|mail| !alone(&mail.code())), "{file}: a code");
    }
    let log = app.log();
    assert!(mails.iter().all(|mail| !log.contains(&mail.token()) && !log.contains(&format!(" {}", mail.code()))));
    let digests = app.texts("SELECT id_hash || token_hash || code_hash FROM proofs").await;
    assert!(digests.len() == 3 && digests.iter().all(|digest| digest.len() == 192), "{digests:?}");
}

#[tokio::test]
async fn f_a_reset_ends_with_its_time() {
    let app = Plan::new().simple().set("recovery_ttl", "1s").start();
    app.user(ANN).await;
    let flow = recover(&app, ANN).await;
    let mail = letter(&app, ANN, SUBJECT, 1).await;
    tokio::time::sleep(Duration::from_millis(1100)).await;
    reset(&app, &by_link(&mail.token(), NEW)).await.problem(400, "invalid_token");
    reset(&app, &json!({ "flow": flow, "code": mail.code(), "new_password": NEW })).await.problem(400, "invalid_code");
    signin(&app, ANN, PASSWORD).await.expect(200);
}

#[tokio::test]
async fn rule13_recovery_of_an_unverified_account_leaves_nothing_of_its_maker() {
    let app = Plan::new().plugin("hello", &crate::app::guest("hello"), None).simple().start();
    let mut mallory = app.user(ANN).await;
    let name = json!({ "display_name": "Mallory", "city": "Graz" });
    mallory.send(Method::PATCH, "/me", Some(&name)).await.expect(200);
    for statement in [
        "INSERT INTO identities (provider, subject, id, user_id, is_factor, created_at) VALUES ('facebook', '666', 901, 1, FALSE, 0)",
        "INSERT INTO identities (provider, subject, id, user_id, is_factor, created_at) VALUES ('totp', '1', 902, 1, TRUE, 0)",
        "INSERT INTO recovery_codes (user_id, code_hash) VALUES (1, 'x')",
    ] {
        sql(&app, statement).await;
    }
    send(&mallory).await;
    recover(&app, ANN).await;
    let token = letter(&app, ANN, SUBJECT, 1).await.token();
    reset(&app, &by_link(&token, NEW)).await.expect(204);
    mallory.get("/me").await.problem(401, "session_ended");
    mallory.renew().await.problem(401, "token_invalid");
    assert_eq!(app.texts("SELECT provider || ' ' || subject FROM identities").await, ["simple ann@example.org"]);
    for table in ["recovery_codes", "proofs", "profile_entries"] {
        assert_eq!(app.number(&format!("SELECT COUNT(*) FROM {table}")).await, 0, "{table}");
    }
    let user = signin(&app, ANN, NEW).await.expect(200).json["user"].clone();
    assert_eq!(
        (&user["id"], &user["email_verified"], &user["display_name"], &user["profile"]),
        (&json!(1), &json!(true), &Value::Null, &json!({}))
    );
}

#[tokio::test]
async fn f_a_verified_account_keeps_its_other_ways_in() {
    let app = App::simple();
    let ann = verified(&app, ANN).await;
    ann.send(Method::PATCH, "/me", Some(&json!({ "display_name": "Ann" }))).await.expect(200);
    sql(&app, "UPDATE identities SET provider = 'facebook', subject = '7'").await;
    sql(&app, "DELETE FROM credentials").await;
    recover(&app, ANN).await;
    reset(&app, &by_link(&letter(&app, ANN, SUBJECT, 1).await.token(), NEW)).await.expect(204);
    assert_eq!(app.texts("SELECT provider FROM identities ORDER BY 1").await, ["facebook", "simple"]);
    assert_eq!(signin(&app, ANN, NEW).await.expect(200).json["user"]["display_name"], "Ann");
}

#[tokio::test]
async fn f_a_disabled_account_is_told_so_after_the_proof_alone() {
    let app = App::simple();
    app.user(ANN).await;
    sql(&app, "UPDATE users SET disabled = TRUE").await;
    recover(&app, ANN).await;
    let token = letter(&app, ANN, SUBJECT, 1).await.token();
    reset(&app, &by_link("nonsense", NEW)).await.problem(400, "invalid_token");
    reset(&app, &by_link(&token, NEW)).await.problem(400, "account_disabled");
    sql(&app, "UPDATE users SET disabled = FALSE").await;
    signin(&app, ANN, PASSWORD).await.expect(200);
}

#[tokio::test]
async fn f_a_change_of_password_ends_what_was_asked_for_before() {
    let app = App::simple();
    let ann = app.user(ANN).await;
    recover(&app, ANN).await;
    let token = letter(&app, ANN, SUBJECT, 1).await.token();
    let change = json!({ "current_password": PASSWORD, "new_password": NEW });
    ann.send(Method::PUT, "/me/password", Some(&change)).await.expect(204);
    letter(&app, ANN, "Your password was changed", 1).await;
    reset(&app, &by_link(&token, PASSWORD)).await.problem(400, "invalid_token");
    recover(&app, ANN).await;
    recover(&app, ANN).await;
    letter(&app, ANN, SUBJECT, 3).await;
    let tokens: Vec<String> = letters(&app, ANN, SUBJECT)[1..].iter().map(super::letter::Letter::token).collect();
    reset(&app, &by_link(&tokens[0], PASSWORD)).await.expect(204);
    reset(&app, &by_link(&tokens[1], NEW)).await.problem(400, "invalid_token");
}

#[tokio::test]
async fn f_a_proof_is_good_for_its_purpose_alone() {
    let app = App::simple();
    let ann = app.user(ANN).await;
    let flows = [recover(&app, ANN).await, send(&ann).await];
    let (to_reset, to_verify) = (letter(&app, ANN, SUBJECT, 1).await, letter(&app, ANN, "Confirm your address", 1).await);
    reset(&app, &by_link(&to_verify.token(), NEW)).await.problem(400, "invalid_token");
    reset(&app, &json!({ "flow": flows[1], "code": to_verify.code(), "new_password": NEW })).await.problem(400, "invalid_code");
    super::letter::verify(&app, &to_reset.token()).await.problem(400, "invalid_token");
    app.post("/auth/verify-email", &json!({ "flow": flows[0], "code": to_reset.code() })).await.problem(400, "invalid_code");
    app.post("/auth/continue", &json!({ "flow": flows[0], "code": to_reset.code() })).await.problem(400, "unknown_flow");
    reset(&app, &by_link(&to_reset.token(), NEW)).await.expect(204);
}
