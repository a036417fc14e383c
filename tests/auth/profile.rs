//! What providers keep about a user, and what users change of it.

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    actor::{Answer, PASSWORD, User},
    app::{App, Plan, guest, install},
    patience::until,
};

fn plan() -> Plan {
    Plan::new().plugin("hello", &guest("hello"), None)
}

fn ann(extra: &Value) -> Value {
    let mut body = json!({ "type": "hello", "email": "ann@example.org", "password": PASSWORD });
    body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    body
}

async fn sign_up<'a>(app: &'a App, extra: &Value) -> User<'a> {
    User::new(app, &app.post("/auth/signup/", &ann(extra)).await.expect(200))
}

async fn profile(user: &User<'_>) -> Value {
    user.get("/me").await.expect(200).json["profile"].clone()
}

async fn patch(user: &User<'_>, body: Value) -> Answer {
    user.send(Method::PATCH, "/me", Some(&body)).await
}

#[tokio::test]
async fn a8_declared_attributes_are_kept_and_returned_after_a_restart_too() {
    let mut app = plan().start();
    let answer = app.post("/auth/signup/", &ann(&json!({ "city": " Graz ", "age": 41 }))).await.expect(200);
    let kept = json!({ "city": "Graz", "age": "41" });
    assert_eq!(answer.json["user"]["profile"], kept);
    let user = User::new(&app, &answer);
    assert_eq!(profile(&user).await, kept);
    let signed_in = app.post("/auth/signin/", &ann(&json!({}))).await.expect(200);
    assert_eq!(signed_in.json["user"]["profile"], kept);
    let access = user.access.clone();
    app.restart();
    let me = app.http.get(app.url("/me")).bearer_auth(access).send().await.unwrap().json::<Value>().await.unwrap();
    assert_eq!(me["profile"], kept);
}

#[tokio::test]
async fn a8_what_a_provider_does_not_take_or_refuses_is_not_kept() {
    let app = plan().start();
    for (extra, field) in [
        (json!({ "city": "Graz", "age": 131 }), "age:out_of_range"),
        (json!({ "city": "Graz", "age": -1 }), "age:out_of_range"),
        (json!({ "city": "Graz", "age": "old" }), "age:wrong_type"),
        (json!({ "city": "Graz", "age": 1.5 }), "age:wrong_type"),
        (json!({ "city": "Graz", "age": 9_223_372_036_854_775_808_u64 }), "age:wrong_type"),
        (json!({ "city": "x".repeat(81) }), "city:too_long"),
        (json!({ "age": 41 }), "city:required"),
        (json!({ "city": "Graz", "pet": "cat" }), "pet:unknown_field"),
        (json!({ "city": "Gr\u{0}az" }), "city:control_characters"),
    ] {
        let answer = app.post("/auth/signup/", &ann(&extra)).await.problem(400, "invalid_fields");
        assert_eq!(answer.fields(), [field], "{extra}");
    }
    assert_eq!(app.number("SELECT COUNT(*) FROM users").await, 0);
    assert_eq!(app.number("SELECT COUNT(*) FROM profile_entries").await, 0);
}

#[tokio::test]
async fn a8_an_upgrade_with_a_further_attribute_needs_no_migration() {
    let app = plan().start();
    let user = sign_up(&app, &json!({ "city": "Graz", "age": 41 })).await;
    patch(&user, json!({ "pet": "cat" })).await.problem(400, "invalid_fields");
    let schema = app.database().await.schema().await;

    install(&app.plugins(), "hello", &guest("hello-v2"), None);
    until("the new version", async || (app.get("/auth/providers").await.json[0]["version"] == "2.0.0").then_some(())).await;
    assert_eq!(profile(&user).await, json!({ "city": "Graz", "age": "41" }), "the session and what was kept stay");
    patch(&user, json!({ "pet": "cat" })).await.expect(200);
    assert_eq!(profile(&user).await, json!({ "city": "Graz", "age": "41", "pet": "cat" }));
    let bob = json!({ "type": "hello", "email": "bob@example.org", "password": PASSWORD, "city": "Linz", "pet": "dog" });
    assert_eq!(app.post("/auth/signup/", &bob).await.expect(200).json["user"]["profile"], json!({ "city": "Linz", "pet": "dog" }));
    assert_eq!(app.database().await.schema().await, schema);
}

#[tokio::test]
async fn e4_display_name_and_declared_fields_change_and_the_rest_stays() {
    let app = plan().start();
    let user = sign_up(&app, &json!({ "city": "Graz", "age": 41 })).await;
    let me = patch(&user, json!({ "display_name": " Ann Ünal ", "city": "Linz" })).await.expect(200).json;
    assert_eq!((&me["display_name"], &me["profile"]), (&json!("Ann Ünal"), &json!({ "city": "Linz", "age": "41" })));
    assert_eq!(user.get("/me").await.json, me, "at once");
    assert_eq!(patch(&user, json!({})).await.expect(200).json, me, "nothing said, nothing changed");
    // A sign-in does not bring the provider's value back.
    app.post("/auth/signin/", &ann(&json!({}))).await.expect(200);
    assert_eq!(profile(&user).await["city"], "Linz");
    let me = patch(&user, json!({ "city": null, "display_name": "" })).await.expect(200).json;
    assert_eq!((&me["display_name"], &me["profile"]), (&Value::Null, &json!({ "age": "41" })));
    assert_eq!(user.get("/me").await.json, me);
}

#[tokio::test]
async fn e4_a_change_with_a_mistake_changes_nothing() {
    let app = plan().start();
    let user = sign_up(&app, &json!({ "city": "Graz" })).await;
    let before = user.get("/me").await.json;
    for (body, fields) in [
        (json!({ "display_name": "Ann", "shoe": 44 }), vec!["shoe:unknown_field"]),
        (json!({ "display_name": "Ann", "shoe": null, "hat": "" }), vec!["hat:unknown_field", "shoe:unknown_field"]),
        (json!({ "display_name": "Ann", "city": 7 }), vec!["city:wrong_type"]),
        (json!({ "display_name": ["Ann"], "city": "Linz" }), vec!["display_name:wrong_type"]),
        (json!({ "display_name": "x".repeat(101), "city": "Linz" }), vec!["display_name:too_long"]),
        (json!({ "city": "x".repeat(1025), "age": "1" }), vec!["city:too_long"]),
        (json!({ "display_name": "An\nn" }), vec!["display_name:control_characters"]),
        (json!({ "display_name": "An\u{0}n" }), vec!["display_name:control_characters"]),
        (json!({ "email": "eve@example.org" }), vec!["email:unknown_field"]),
        (json!({ "roles": ["admin"], "id": 2 }), vec!["id:unknown_field", "roles:unknown_field"]),
        (json!({ "email_verified": true }), vec!["email_verified:unknown_field"]),
    ] {
        let answer = patch(&user, body.clone()).await.problem(400, "invalid_fields");
        assert_eq!(answer.fields(), fields, "{body}");
    }
    assert_eq!(user.get("/me").await.json, before);
}

#[tokio::test]
async fn e4_people_change_their_own_account_alone() {
    let app = plan().start();
    let user = sign_up(&app, &json!({ "city": "Graz" })).await;
    let bob = json!({ "type": "hello", "email": "bob@example.org", "password": PASSWORD, "city": "Linz" });
    let bob = User::new(&app, &app.post("/auth/signup/", &bob).await.expect(200));
    patch(&user, json!({ "city": "Wien" })).await.expect(200);
    assert_eq!(profile(&bob).await, json!({ "city": "Linz" }));
    let request = app.http.patch(app.url("/me")).json(&json!({ "city": "Wien" }));
    crate::actor::read(request.send().await.unwrap()).await.problem(401, "token_missing");
}

#[tokio::test]
async fn a8_what_a_sign_in_adds_shows_at_once() {
    let grants = "mail = true\nhosts = [\"example.org\"]\n[settings]\nattack = \"good_attribute\"\n";
    let app = Plan::new().plugin("noted", &guest("hostile"), Some(grants)).start();
    let body = json!({ "type": "noted", "email": "ann@example.org", "password": crate::actor::PASSWORD });
    let ann = User::new(&app, &app.post("/auth/signup/", &body).await.expect(200));
    assert_eq!(profile(&ann).await, json!({}));
    let answer = app.post("/auth/signin/", &body).await.expect(200);
    assert_eq!(answer.json["user"]["profile"], json!({ "note": "kept" }), "in the answer itself");
    assert_eq!(profile(&ann).await, json!({ "note": "kept" }), "and for a session that was asked about a moment ago");
}
