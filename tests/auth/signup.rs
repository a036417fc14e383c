//! Sign-up by e-mail and password, and everything that a caller can get wrong about it.

use serde_json::{Value, json};

use crate::{
    actor::{Answer, PASSWORD, User, read},
    app::{App, Plan, plugin},
};

/// A form body from a JSON object of texts.
async fn post_form(app: &App, path: &str, body: &Value) -> Answer {
    let pairs = body.as_object().unwrap().iter().map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()));
    read(app.http.post(app.url(path)).form(&pairs.collect::<Vec<_>>()).send().await.unwrap()).await
}

async fn users(app: &App) -> i64 {
    app.number("SELECT COUNT(*) FROM users").await
}

#[tokio::test]
async fn a1_signup_simple_makes_a_user() {
    let app = App::simple();
    let answer =
        app.post("/auth/signup/", &json!({ "type": "simple", "email": " Ann@Example.ORG ", "password": PASSWORD })).await.expect(200);
    let user = &answer.json["user"];
    assert_eq!(user["email"], "ann@example.org");
    assert_eq!((&user["email_verified"], &user["profile"], &user["roles"]), (&json!(false), &json!({}), &json!([])));
    assert!(user["created_at"].as_str().unwrap().ends_with('Z'), "{user}");
    assert_eq!((&answer.json["token_type"], &answer.json["expires_in"]), (&json!("Bearer"), &json!(900)));
    assert_eq!(answer.headers["cache-control"], "no-store", "tokens are nobody's to keep");
    assert_eq!(User::new(&app, &answer).get("/me").await.expect(200).json, *user);
    assert_eq!(app.texts("SELECT email FROM users").await, ["ann@example.org"]);
}

#[tokio::test]
async fn a1_signup_takes_forms_and_both_spellings_of_the_path() {
    let app = App::simple();
    for (n, path) in ["/auth/signup/", "/auth/signup"].into_iter().enumerate() {
        let body = |kind: &str| json!({ "type": "simple", "email": format!("{kind}{n}@example.org"), "password": PASSWORD });
        app.post(path, &body("json")).await.expect(200);
        post_form(&app, path, &body("form")).await.expect(200);
    }
    for path in ["/auth/signin/", "/auth/signin"] {
        post_form(&app, path, &json!({ "type": "simple", "email": "json0@example.org", "password": PASSWORD })).await.expect(200);
    }
    assert_eq!(users(&app).await, 4);
}

#[tokio::test]
async fn a1_every_mistake_is_named_field_by_field() {
    let app = App::simple();
    app.user("taken@example.org").await;
    let long = format!("{}@example.org", "a".repeat(250));
    let good = "ann@example.org";
    let cases = [
        (json!({}), "invalid_fields", vec!["type:required"]),
        (json!({ "email": good, "password": PASSWORD }), "invalid_fields", vec!["type:required"]),
        (json!({ "type": "simple" }), "invalid_fields", vec!["email:required", "password:required"]),
        (json!({ "type": "simple", "password": PASSWORD }), "invalid_fields", vec!["email:required"]),
        (json!({ "type": "simple", "email": good }), "invalid_fields", vec!["password:required"]),
        (json!({ "type": "simple", "email": "ann", "password": PASSWORD }), "invalid_fields", vec!["email:invalid_email"]),
        (json!({ "type": "simple", "email": "", "password": PASSWORD }), "invalid_fields", vec!["email:empty"]),
        (json!({ "type": "simple", "email": long, "password": PASSWORD }), "invalid_fields", vec!["email:too_long"]),
        (json!({ "type": "simple", "email": good, "password": "short" }), "invalid_fields", vec!["password:too_short"]),
        (json!({ "type": "simple", "email": good, "password": "" }), "invalid_fields", vec!["password:too_short"]),
        (json!({ "type": "simple", "email": good, "password": "password" }), "invalid_fields", vec!["password:too_weak"]),
        (json!({ "type": "simple", "email": good, "password": "x".repeat(129) }), "invalid_fields", vec!["password:too_long"]),
        (json!({ "type": "simple", "email": good, "password": PASSWORD, "admin": "1" }), "invalid_fields", vec!["admin:unknown_field"]),
        (
            json!({ "type": "simple", "email": "@", "shoe": "44", "hat": "7" }),
            "invalid_fields",
            vec!["email:invalid_email", "password:required", "hat:unknown_field", "shoe:unknown_field"],
        ),
        (
            json!({ "type": "simple", "email": "ann", "password": "password", "hat": "7" }),
            "invalid_fields",
            vec!["email:invalid_email", "hat:unknown_field", "password:too_weak"],
        ),
        (json!({ "type": "simple", "email": "TAKEN@example.org", "password": PASSWORD }), "email_taken", vec!["email:email_taken"]),
        (json!({ "type": "fax", "email": good, "password": PASSWORD }), "unknown_type", vec!["type:unknown_type"]),
        (json!({ "type": "SIMPLE", "email": good, "password": PASSWORD }), "unknown_type", vec!["type:unknown_type"]),
        (json!({ "type": "../simple", "email": good, "password": PASSWORD }), "unknown_type", vec!["type:unknown_type"]),
        (json!({ "type": "", "email": good, "password": PASSWORD }), "invalid_fields", vec!["type:empty"]),
        (json!({ "type": "x".repeat(61), "email": good, "password": PASSWORD }), "invalid_fields", vec!["type:too_long"]),
    ];
    for (body, code, fields) in &cases {
        for path in ["/auth/signup/", "/auth/signup"] {
            let mut json = app.post(path, body).await.problem(400, code);
            assert_eq!(json.fields(), *fields, "{body}");
            let mut form = post_form(&app, path, body).await.problem(400, code);
            assert_eq!(form.fields(), *fields, "{body}");
            assert_eq!(json.json.take(), form.json.take(), "both kinds of body are told the same");
        }
    }
    assert_eq!(users(&app).await, 1, "no mistake made a user");
    assert_eq!(app.number("SELECT COUNT(*) FROM sessions").await, 1);
}

#[tokio::test]
async fn a1_a_type_that_is_switched_off_is_told_apart_from_an_unknown_one() {
    let app = Plan::new().simple().plugin("off", &plugin("simple"), Some("enabled = false")).start();
    let admin = app.admin().await;
    let body = |kind: &str| json!({ "type": kind, "email": "ann@example.org", "password": PASSWORD });
    for path in ["/auth/signup/", "/auth/signin/"] {
        let answer = app.post(path, &body("off")).await.problem(400, "provider_disabled");
        assert_eq!(answer.fields(), ["type:provider_disabled"]);
        post_form(&app, path, &body("off")).await.problem(400, "provider_disabled");
    }
    admin.send(reqwest::Method::PUT, "/providers/simple", Some(&json!({ "enabled": false }))).await.expect(200);
    app.post("/auth/signup/", &body("simple")).await.problem(400, "provider_disabled");
    let unknown = app.post("/auth/signup/", &body("fax")).await.problem(400, "unknown_type");
    assert!(unknown.str("/detail").contains("there are: none"), "{}", unknown.text);
    assert_eq!(users(&app).await, 1);
}

#[tokio::test]
async fn a1_sign_up_can_be_closed_while_sign_in_stays_open() {
    let app = Plan::new().plugin("simple", &plugin("simple"), Some("signup = false")).start();
    let body = json!({ "type": "simple", "email": "ann@example.org", "password": PASSWORD });
    app.post("/auth/signup/", &body).await.problem(400, "not_offered");
    app.admin().await;
    let providers = app.get("/auth/providers").await.expect(200);
    assert!(providers.json[0]["signup"].is_null() && providers.json[0]["signin"].is_object(), "{}", providers.text);
}

#[tokio::test]
async fn a1_one_of_many_concurrent_sign_ups_gets_the_address() {
    let app = App::simple();
    let body = json!({ "type": "simple", "email": "ann@example.org", "password": PASSWORD });
    let answers = futures_util::future::join_all((0..8).map(|_| app.post("/auth/signup/", &body))).await;
    let (made, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
    assert_eq!((made.len(), refused.len()), (1, 7));
    for answer in refused {
        answer.problem(400, "email_taken");
    }
    assert_eq!(users(&app).await, 1);
}

#[tokio::test]
async fn a7_sign_up_and_sign_in_by_password() {
    let app = App::simple();
    let signed_up = app.user("ann@example.org").await;
    let signed_in = app.signin("ann@example.org").await;
    assert_eq!(signed_up.id, signed_in.id);
    assert_ne!(signed_up.refresh, signed_in.refresh);
    for user in [signed_up, signed_in] {
        assert_eq!(user.get("/me").await.expect(200).json["email"], "ann@example.org");
    }
}
