//! Verification of addresses where signing in works meanwhile.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::letter::{letter, letters, send, simple, verify};
use crate::{
    actor::{PASSWORD, User, read},
    app::{App, Plan},
};

const SUBJECT: &str = "Confirm your address";

/// With the default of the setting.
fn app() -> App {
    Plan::new().simple().unset("email_verification").start()
}

#[tokio::test]
async fn f_a_sign_up_gets_a_letter_and_is_signed_in_meanwhile() {
    let app = app();
    let ann = app.user("ann@example.org").await;
    assert_eq!(ann.get("/me").await.expect(200).json["email_verified"], false);
    let mail = letter(&app, "ann@example.org", SUBJECT, 1).await;
    assert!(mail.link().starts_with("http://127.0.0.1:5000/verify-email?token="), "{}", mail.link());
    assert!(mail.html.contains(&mail.token()), "{}", mail.html);
    assert_eq!(mail.some_code(), None, "nobody has the flow that it would belong to");
    let answer = verify(&app, &mail.token()).await.expect(200);
    assert_eq!(answer.json, json!({ "email": "ann@example.org", "email_verified": true, "pending": [] }));
    assert_eq!(ann.get("/me").await.expect(200).json["email_verified"], true, "at once");
    verify(&app, &mail.token()).await.problem(400, "invalid_token");
    ann.post("/auth/verify-email/send").await.problem(400, "nothing_to_verify");
    assert_eq!(app.number("SELECT COUNT(*) FROM audit WHERE action = 'user.verify_email' AND actor_user = 1").await, 1);
}

#[tokio::test]
async fn f_no_letter_is_sent_by_itself_where_it_is_off() {
    let app = App::simple();
    let ann = app.user("ann@example.org").await;
    send(&ann).await;
    letter(&app, "ann@example.org", SUBJECT, 1).await;
    assert_eq!(app.mails().len(), 1, "the one that was asked for");
}

#[tokio::test]
async fn f_a_letter_that_was_asked_for_has_a_code() {
    let app = App::simple();
    let ann = app.user("ann@example.org").await;
    let sent = ann.post("/auth/verify-email/send").await.expect(202);
    assert_eq!(sent.json["expires_in"], 86400);
    let mail = letter(&app, "ann@example.org", SUBJECT, 1).await;
    let code = mail.code();
    let spaced = format!(" {} {}", &code[..3], &code[3..]);
    let answer = app.post("/auth/verify-email", &json!({ "flow": sent.str("/flow"), "code": spaced })).await.expect(200);
    assert_eq!(answer.json["email_verified"], true);
    app.post("/auth/verify-email", &json!({ "flow": sent.str("/flow"), "code": code })).await.problem(400, "invalid_code");
    verify(&app, &mail.token()).await.problem(400, "invalid_token");
    crate::actor::read(app.http.post(app.url("/auth/verify-email/send")).send().await.unwrap()).await.problem(401, "token_missing");
}

#[tokio::test]
async fn rule08_five_codes_may_be_tried_and_the_link_goes_on_working() {
    let app = App::simple();
    let ann = app.user("ann@example.org").await;
    let (flow, other) = (send(&ann).await, send(&ann).await);
    letter(&app, "ann@example.org", SUBJECT, 2).await;
    let mails = letters(&app, "ann@example.org", SUBJECT);
    let tried = async |flow: &str, code: &str| app.post("/auth/verify-email", &json!({ "flow": flow, "code": code })).await;
    // Which of the two mails belongs to which flow is not told by their order.
    let codes: Vec<String> = mails.iter().map(super::letter::Letter::code).collect();
    let bad = (0..3).map(|n| format!("{n:06}")).find(|code| !codes.contains(code)).expect("two codes are not three");
    let answers = join_all((0..20).map(|_| tried(&flow, &bad))).await;
    assert!(answers.iter().all(|answer| answer.json["code"] == "invalid_code"));
    assert_eq!(app.texts("SELECT CAST(attempts AS TEXT) FROM proofs ORDER BY 1 DESC").await, ["5", "0"]);
    for code in &codes {
        tried(&flow, code).await.problem(400, "invalid_code");
    }
    let mut right = 0;
    for code in &codes {
        right += i32::from(tried(&other, code).await.status == 200);
    }
    assert_eq!(right, 1, "the other flow had its tries yet");
    let mut alive = 0;
    for mail in &mails {
        alive += i32::from(verify(&app, &mail.token()).await.status == 200);
    }
    assert_eq!(alive, 1, "the link of the guessed-at flow");
}

#[tokio::test]
async fn rule08_one_of_twenty_concurrent_clicks_counts() {
    let app = App::simple();
    let ann = app.user("ann@example.org").await;
    send(&ann).await;
    let token = letter(&app, "ann@example.org", SUBJECT, 1).await.token();
    let answers = join_all((0..20).map(|_| verify(&app, &token))).await;
    let (good, bad): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
    assert_eq!((good.len(), bad.len()), (1, 19));
    for answer in bad {
        answer.problem(400, "invalid_token");
    }
}

#[tokio::test]
async fn f_a_link_ends_with_its_time() {
    let app = Plan::new().simple().set("verification_ttl", "1s").start();
    let ann = app.user("ann@example.org").await;
    let sent = ann.post("/auth/verify-email/send").await.expect(202);
    assert_eq!(sent.json["expires_in"], 1);
    let mail = letter(&app, "ann@example.org", SUBJECT, 1).await;
    tokio::time::sleep(Duration::from_millis(1100)).await;
    verify(&app, &mail.token()).await.problem(400, "invalid_token");
    app.post("/auth/verify-email", &json!({ "flow": sent.str("/flow"), "code": mail.code() })).await.problem(400, "invalid_code");
    assert_eq!(ann.get("/me").await.expect(200).json["email_verified"], false);
}

#[tokio::test]
async fn f_a_link_counts_for_the_address_it_was_sent_to() {
    let app = App::simple();
    let ann = app.user("ann@example.org").await;
    send(&ann).await;
    let token = letter(&app, "ann@example.org", SUBJECT, 1).await.token();
    super::letter::sql(&app, "UPDATE users SET email = 'eve@example.org'").await;
    verify(&app, &token).await.problem(400, "invalid_token");
    assert_eq!(app.number("SELECT COUNT(*) FROM users WHERE email_verified").await, 0);
}

#[tokio::test]
async fn f_every_mistake_is_named() {
    let app = App::simple();
    let cases: [(Value, &str, &[&str]); 8] = [
        (json!({}), "invalid_fields", &["token:required"]),
        (json!({ "flow": "x" }), "invalid_fields", &["code:required"]),
        (json!({ "code": "123456" }), "invalid_fields", &["flow:required"]),
        (json!({ "token": "x", "code": "123456" }), "invalid_fields", &["token:conflict"]),
        (json!({ "token": "x\u{0}y" }), "invalid_fields", &["token:control_characters"]),
        (json!({ "token": "x".repeat(101), "shoe": 7 }), "invalid_fields", &["token:too_long", "shoe:unknown_field"]),
        (json!({ "token": "x" }), "invalid_token", &[]),
        (json!({ "flow": "x", "code": "123456" }), "invalid_code", &[]),
    ];
    for (body, code, fields) in cases {
        assert_eq!(app.post("/auth/verify-email", &body).await.problem(400, code).fields(), fields, "{body}");
    }
}

#[tokio::test]
async fn f_letters_speak_the_language_of_the_person() {
    let app = app();
    let request =
        app.http.post(app.url("/auth/signup/")).header("accept-language", "ru-RU,ru;q=0.9").json(&simple("ann@example.org", PASSWORD));
    let answer = read(request.send().await.unwrap()).await.expect(200);
    let mail = letter(&app, "ann@example.org", "Подтвердите адрес", 1).await;
    assert!(mail.text.contains("Это ваш адрес?") && mail.html.contains("lang=\"ru\""), "{mail:?}");
    verify(&app, &mail.token()).await.expect(200);
    assert_eq!(User::new(&app, &answer).get("/me").await.expect(200).json["email_verified"], true);
}
