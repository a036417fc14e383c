//! The literal rows D2 to D7.

use base64::Engine as _;
use reqwest::Method;
use serde_json::{Value, json};

use super::both;
use crate::{
    actor::{Answer, PASSWORD, User},
    app::App,
    patience::eventually,
};

fn credentials(login: &str, password: &str) -> Value {
    json!({ "login": login, "password": password })
}

async fn register(app: &App, login: &str) -> i64 {
    app.post("/user", &credentials(login, PASSWORD)).await.expect(201).json["id"].as_i64().unwrap()
}

async fn signin<'a>(app: &'a App, login: &str) -> User<'a> {
    User::new(app, &app.post("/", &credentials(login, PASSWORD)).await.expect(200))
}

fn is_json(answer: &Answer) {
    let kind = answer.headers["content-type"].to_str().unwrap();
    assert!(kind.starts_with("application/json") || kind == "application/problem+json", "{kind}: {}", answer.text);
    assert!(!answer.json.is_null(), "{}", answer.text);
}

#[tokio::test]
async fn d2_registers_by_address_and_by_name() {
    let app = both();
    let made = app.post("/user/", &credentials(" Ann@Example.org", PASSWORD)).await.expect(201);
    assert_eq!((made.str("/login"), made.str("/email")), ("ann@example.org".to_owned(), "ann@example.org".to_owned()));
    let made = app.post("/user", &credentials("Bob_7", PASSWORD)).await.expect(201);
    assert_eq!((made.str("/login"), &made.json["email"]), ("bob_7".to_owned(), &Value::Null));
    is_json(&made);
    assert_eq!(app.number("SELECT COUNT(*) FROM sessions").await, 0, "registering signs nobody in");
    // The same accounts by the other door.
    app.signin("ann@example.org").await;
    app.post("/auth/signin/", &json!({ "type": "login", "login": "BOB_7", "password": PASSWORD })).await.expect(200);
}

#[tokio::test]
async fn d2_mistakes_are_told_at_login_and_password() {
    let app = both();
    register(&app, "ann@example.org").await;
    register(&app, "ann").await;
    let wrong = async |body: Value| app.post("/user", &body).await;
    for login in ["ann@example.org", "ANN@example.org", "ann", "Ann"] {
        let answer = wrong(credentials(login, PASSWORD)).await.problem(400, "login_taken");
        assert_eq!(answer.fields(), ["login:login_taken"], "{login}");
    }
    for (login, code) in
        [("ab", "invalid_login"), ("a b c", "invalid_login"), ("x@", "invalid_email"), ("", "empty"), ("a\u{0}b", "control_characters")]
    {
        let answer = wrong(credentials(login, PASSWORD)).await.problem(400, "invalid_fields");
        assert_eq!(answer.fields(), [format!("login:{code}")], "{login}");
    }
    for login in ["new@example.org", "new"] {
        let answer = wrong(credentials(login, "password")).await.problem(400, "invalid_fields");
        assert!(answer.fields().len() == 1 && answer.fields()[0].starts_with("password:"), "{}", answer.text);
    }
    let mut none = wrong(json!({ "email": "x" })).await.problem(400, "invalid_fields").fields();
    none.sort();
    assert_eq!(none, ["email:unknown_field", "login:required", "password:required"]);
    assert_eq!(app.number("SELECT COUNT(*) FROM users").await, 2);
}

#[tokio::test]
async fn d2_goes_with_its_providers() {
    let app = both();
    let root = app.admin().await;
    let switch = async |kind: &str, on: bool| {
        root.send(Method::PUT, &format!("/providers/{kind}"), Some(&json!({ "enabled": on }))).await.expect(200);
    };
    switch("login", false).await;
    for path in ["/user", "/"] {
        app.post(path, &credentials("ann", PASSWORD)).await.problem(400, "not_offered");
    }
    register(&app, "ann@example.org").await;
    switch("simple", false).await;
    app.post("/", &credentials("ann@example.org", PASSWORD)).await.problem(400, "not_offered");
    switch("login", true).await;
    register(&app, "ann").await;
    let app = App::simple();
    app.post("/user", &credentials("ann", PASSWORD)).await.problem(400, "not_offered");
}

#[tokio::test]
async fn d3_shows_a_user() {
    let app = both();
    let root = app.admin().await;
    let (bob, ann) = (register(&app, "bob").await, register(&app, "ann@example.org").await);
    let own = signin(&app, "bob").await;
    for caller in [&own, &root] {
        let shown = caller.get(&format!("/user?id={bob}")).await.expect(200);
        is_json(&shown);
        assert_eq!((shown.json["id"].as_i64(), shown.str("/login")), (Some(bob), "bob".to_owned()));
    }
    own.get(&format!("/user/?id={ann}")).await.problem(403, "forbidden");
    own.get("/user?id=404").await.problem(403, "forbidden");
    root.get("/user?id=404").await.problem(404, "user_not_found");
    root.get("/user?id=x").await.expect(400);
    root.get("/user").await.expect(400);
    app.get(&format!("/user?id={bob}")).await.problem(401, "token_missing");
}

#[tokio::test]
async fn d4_deletes_a_user() {
    let app = both();
    let root = app.admin().await;
    let (bob, ann) = (register(&app, "bob").await, register(&app, "ann@example.org").await);
    let own = signin(&app, "bob").await;
    own.send(Method::DELETE, &format!("/user?id={ann}"), None).await.problem(403, "forbidden");
    let deleted = own.send(Method::DELETE, &format!("/user?id={bob}"), None).await.expect(200);
    assert_eq!(deleted.json, json!({ "id": bob, "deleted": true }));
    own.get("/me").await.problem(401, "session_ended");
    app.post("/", &credentials("bob", PASSWORD)).await.problem(400, "invalid_credentials");
    root.send(Method::DELETE, &format!("/user/?id={ann}"), None).await.expect(200);
    root.send(Method::DELETE, &format!("/user?id={ann}"), None).await.problem(404, "user_not_found");
    // The history stays, and says nobody's name.
    assert_eq!(app.number(&format!("SELECT COUNT(*) FROM signins WHERE user_id IN ({bob}, {ann})")).await, 0);
    assert_eq!(app.number("SELECT COUNT(*) FROM signins WHERE provider = 'login' AND result = 'ok'").await, 1);
    assert_eq!(app.number("SELECT COUNT(*) FROM identities WHERE subject IN ('bob', 'ann@example.org')").await, 0);
    assert!(register(&app, "bob").await > ann, "the name is free, the id is not given again");
}

#[tokio::test]
async fn d5_changes_a_password() {
    let app = both();
    let root = app.admin().await;
    let (bob, ann) = (register(&app, "bob").await, register(&app, "ann").await);
    let (own, elsewhere) = (signin(&app, "bob").await, signin(&app, "bob").await);
    let set = async |caller: &User<'_>, id: i64, password: &str| {
        caller.send(Method::PATCH, "/user", Some(&json!({ "id": id, "password": password }))).await
    };
    assert_eq!(set(&own, bob, "nine blue lanterns").await.expect(200).json["id"], json!(bob));
    own.get("/me").await.expect(200);
    elsewhere.get("/me").await.problem(401, "session_ended");
    app.post("/", &credentials("bob", PASSWORD)).await.problem(400, "invalid_credentials");
    app.post("/", &credentials("bob", "nine blue lanterns")).await.expect(200);
    set(&own, ann, "nine blue lanterns").await.problem(403, "forbidden");
    set(&root, ann, "seven red kettles").await.expect(200);
    app.post("/", &credentials("ann", "seven red kettles")).await.expect(200);
    set(&root, 404, "seven red kettles").await.problem(404, "user_not_found");
    let weak = set(&own, bob, "password").await.problem(400, "invalid_fields").fields();
    assert!(weak.len() == 1 && weak[0].starts_with("password:"), "{weak:?}");
    let none = own.send(Method::PATCH, "/user", Some(&json!({ "id": "x" }))).await.problem(400, "invalid_fields");
    assert_eq!(none.fields(), ["id:wrong_type", "password:required"]);
}

/// A stolen token must not be enough to lock its owner out.
#[tokio::test]
async fn d5_ones_own_password_needs_a_recent_signin() {
    let plan = crate::app::Plan::new().simple().set("reauthentication_window", "1s");
    let app = plan.start();
    let (root, ann) = (app.admin().await, app.user("ann@example.org").await);
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    let body = |id: i64| json!({ "id": id, "password": "nine blue lanterns" });
    ann.send(Method::PATCH, "/user", Some(&body(ann.id))).await.problem(403, "reauthentication_required");
    let own = json!({ "password": "nine blue lanterns" });
    root.send(Method::PATCH, &format!("/users/{}", root.id), Some(&own)).await.problem(403, "reauthentication_required");
    app.signin("ann@example.org").await;
    root.send(Method::PATCH, "/user", Some(&body(ann.id))).await.expect(200);
}

#[tokio::test]
async fn d6_signs_in_by_login() {
    let app = both();
    for login in ["ann@example.org", "bob"] {
        let id = register(&app, login).await;
        let answer = app.post("/", &credentials(login, PASSWORD)).await.expect(200);
        is_json(&answer);
        assert_eq!(answer.str("/token"), answer.str("/access_token"));
        let payload = answer.str("/token").split('.').nth(1).unwrap().to_owned();
        let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).unwrap();
        let claims: Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!((&claims["user_id"], &claims["iss"]), (&json!(id), &json!("http://127.0.0.1:5000")));
        assert!(claims["exp"].as_i64().unwrap() > claims["iat"].as_i64().unwrap());
        let mut user = User::new(&app, &answer);
        user.get("/me").await.expect(200);
        user.renew().await.expect(200);
        for (login, password) in [(login, "wrong horse"), ("nobody", PASSWORD), ("nobody@example.org", PASSWORD), (login, "")] {
            let refused = app.post("/", &credentials(login, password)).await.problem(400, "invalid_credentials");
            assert!(refused.json["errors"].is_null());
        }
    }
    assert_eq!(app.post("/", &credentials("a@", "x")).await.problem(400, "invalid_fields").fields(), ["login:invalid_email"]);
}

#[tokio::test]
async fn d7_json_in_every_answer() {
    let app = both();
    let root = app.admin().await;
    let id = register(&app, "bob").await;
    let bob = signin(&app, "bob").await;
    for (status, answer) in [
        (201, app.post("/user", &credentials("ann", PASSWORD)).await),
        (400, app.post("/user", &credentials("ann", PASSWORD)).await),
        (200, app.post("/", &credentials("ann", PASSWORD)).await),
        (400, app.post("/", &json!([])).await),
        (401, app.get("/users").await),
        (403, bob.get("/users").await),
        (200, root.get("/users?page_num=1&page_size=2").await),
        (400, root.get("/users?page_num=0").await),
        (404, root.get("/user?id=404").await),
        (400, root.get("/user?id=99999999999999999999").await),
        (401, app.get(&format!("/user?id={id}")).await),
        (200, root.send(Method::DELETE, &format!("/user?id={id}"), None).await),
        (404, root.send(Method::DELETE, &format!("/user?id={id}"), None).await),
    ] {
        is_json(&answer.expect(status));
    }
}

/// Whoever did not do it has to learn of it.
#[tokio::test]
async fn d5_a_user_is_told_of_a_new_password() {
    let app = App::simple();
    let ann = app.user("ann@example.org").await;
    let body = json!({ "id": ann.id, "password": "nine blue lanterns" });
    ann.send(Method::PATCH, "/user", Some(&body)).await.expect(200);
    eventually("the letter", || app.mails().iter().any(|mail| mail.contains("Your password was changed")).then_some(())).await;
}
