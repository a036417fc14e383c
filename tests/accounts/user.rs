use reqwest::Method;
use serde_json::{Value, json};

use super::for_administrators;
use crate::{
    actor::{Answer, PASSWORD, User},
    app::App,
};

async fn change(admin: &User<'_>, id: i64, body: Value) -> Answer {
    admin.send(Method::PATCH, &format!("/users/{id}"), Some(&body)).await
}

async fn signin(app: &App, email: &str, password: &str) -> Answer {
    app.post("/auth/signin/", &json!({ "type": "simple", "email": email, "password": password })).await
}

#[tokio::test]
async fn rule28_users_are_for_administrators() {
    let app = App::simple();
    let (root, ann) = (app.admin().await, app.user("ann@example.org").await);
    let (user, body) = (format!("/users/{}", root.id), json!({ "disabled": true }));
    for (method, path, body) in [
        (Method::GET, "/users".to_owned(), None),
        (Method::GET, user.clone(), None),
        (Method::PATCH, user.clone(), Some(&body)),
        (Method::DELETE, user.clone(), None),
        (Method::POST, format!("{user}/logout-all"), None),
        (Method::GET, format!("{user}/sessions"), None),
        (Method::GET, format!("{user}/signins"), None),
        (Method::PUT, format!("{user}/roles/admin"), None),
        (Method::DELETE, format!("{user}/roles/admin"), None),
        (Method::GET, "/roles".to_owned(), None),
        (Method::DELETE, "/roles/admin".to_owned(), None),
        (Method::GET, "/signins".to_owned(), None),
        (Method::GET, "/audit".to_owned(), None),
        (Method::POST, "/providers/simple/logout-all".to_owned(), None),
    ] {
        for_administrators(&app, &ann, method, &path, body).await;
    }
    for_administrators(&app, &ann, Method::POST, "/roles", Some(&json!({ "name": "x" }))).await;
    root.get("/auth/check?role=admin").await.expect(200);
    assert_eq!(app.number("SELECT COUNT(*) FROM audit WHERE actor = 'user'").await, 0);
}

#[tokio::test]
async fn e4_an_administrator_changes_a_user() {
    let app = App::simple();
    let (root, ann) = (app.admin().await, app.user("ann@example.org").await);
    let body = json!({ "display_name": "Ann", "locale": "pt-BR", "email": "Anna@Example.org", "email_verified": true });
    let changed = change(&root, ann.id, body).await.expect(200);
    for (name, value) in [
        ("display_name", json!("Ann")),
        ("locale", json!("pt-BR")),
        ("email", json!("anna@example.org")),
        ("login", json!("anna@example.org")),
        ("email_verified", json!(true)),
        ("disabled", json!(false)),
    ] {
        assert_eq!(changed.json[name], value, "{name}");
    }
    assert_eq!(root.get(&format!("/users/{}", ann.id)).await.expect(200).json, changed.json);
    let me = ann.get("/me").await.expect(200);
    assert_eq!((me.str("/email"), me.str("/locale")), ("anna@example.org".to_owned(), "pt-BR".to_owned()));
    signin(&app, "ann@example.org", PASSWORD).await.problem(400, "invalid_credentials");
    signin(&app, "anna@example.org", PASSWORD).await.expect(200);
    app.user("ann@example.org").await;
    assert_eq!(change(&root, ann.id, json!({ "display_name": null, "locale": "" })).await.expect(200).json["display_name"], Value::Null);
    assert_eq!(change(&root, ann.id, json!({})).await.expect(200).json["locale"], Value::Null);
    assert!(!change(&root, ann.id, json!({ "email": "a@example.org" })).await.expect(200).json["email_verified"].as_bool().unwrap());
}

#[tokio::test]
async fn e4_users_choose_their_language() {
    let app = App::simple();
    let ann = app.user("ann@example.org").await;
    let set = async |locale: Value| ann.send(Method::PATCH, "/me", Some(&json!({ "locale": locale }))).await;
    assert_eq!(set(json!("ru")).await.expect(200).json["locale"], json!("ru"));
    for wrong in ["e", "en_US", "englishlang", "1", "en-", "ru\u{e9}"] {
        assert_eq!(set(json!(wrong)).await.problem(400, "invalid_fields").fields(), ["locale:invalid_locale"], "{wrong}");
    }
    assert_eq!(set(Value::Null).await.expect(200).json["locale"], Value::Null);
}

#[tokio::test]
async fn e4_all_mistakes_are_told_and_nothing_happens() {
    let app = App::simple();
    let (root, ann) = (app.admin().await, app.user("ann@example.org").await);
    let body = json!({ "display_name": "X", "email": "no", "disabled": "yes", "password": "password", "locale": "?", "roles": [] });
    let mut fields = change(&root, ann.id, body).await.problem(400, "invalid_fields").fields();
    fields.sort();
    let weak = fields.remove(3);
    assert!(weak.starts_with("password:"), "{weak}");
    assert_eq!(fields, ["disabled:wrong_type", "email:invalid_email", "locale:invalid_locale", "roles:unknown_field"]);
    let taken = change(&root, ann.id, json!({ "display_name": "X", "email": "root@example.org" })).await.problem(400, "email_taken");
    assert_eq!(taken.fields(), ["email:email_taken"]);
    assert_eq!(ann.get("/me").await.expect(200).json["display_name"], Value::Null);
    change(&root, 404, json!({ "display_name": "X" })).await.problem(404, "user_not_found");
}

#[tokio::test]
async fn rule10_a_disabled_user_is_signed_out_at_once() {
    let app = App::simple();
    let (root, mut ann) = (app.admin().await, app.user("ann@example.org").await);
    ann.get("/auth/check").await.expect(200);
    assert!(change(&root, ann.id, json!({ "disabled": true })).await.expect(200).json["disabled"].as_bool().unwrap());
    ann.get("/auth/check").await.problem(401, "session_ended");
    ann.renew().await.problem(401, "token_invalid");
    signin(&app, "ann@example.org", PASSWORD).await.problem(400, "account_disabled");
    signin(&app, "ann@example.org", "wrong horse").await.problem(400, "invalid_credentials");
    change(&root, ann.id, json!({ "disabled": false })).await.expect(200);
    ann.get("/auth/check").await.problem(401, "session_ended");
    app.signin("ann@example.org").await;
}

#[tokio::test]
async fn rule10_another_password_ends_the_sessions() {
    let app = App::simple();
    let (root, ann) = (app.admin().await, app.user("ann@example.org").await);
    change(&root, ann.id, json!({ "password": "nine blue lanterns" })).await.expect(200);
    ann.get("/me").await.problem(401, "session_ended");
    signin(&app, "ann@example.org", PASSWORD).await.problem(400, "invalid_credentials");
    signin(&app, "ann@example.org", "nine blue lanterns").await.expect(200);
    let elsewhere = app.signin("root@example.org").await;
    change(&root, root.id, json!({ "password": "seven red kettles" })).await.expect(200);
    root.get("/me").await.expect(200);
    elsewhere.get("/me").await.problem(401, "session_ended");
}

#[tokio::test]
async fn e7_an_administrator_signs_a_user_out_everywhere() {
    let app = App::simple();
    let (root, ann) = (app.admin().await, app.user("ann@example.org").await);
    let elsewhere = app.signin("ann@example.org").await;
    let sessions = root.get(&format!("/users/{}/sessions", ann.id)).await.expect(200);
    assert_eq!(sessions.json.as_array().unwrap().len(), 2);
    assert!(sessions.json.as_array().unwrap().iter().all(|session| session["current"] == json!(false)));
    root.post(&format!("/users/{}/logout-all", ann.id)).await.expect(204);
    for session in [&ann, &elsewhere] {
        session.get("/me").await.problem(401, "session_ended");
    }
    root.get("/me").await.expect(200);
    assert_eq!(root.get(&format!("/users/{}/sessions", ann.id)).await.expect(200).json, json!([]));
    root.post("/users/404/logout-all").await.problem(404, "user_not_found");
    root.get("/users/404/sessions").await.problem(404, "user_not_found");
}

#[tokio::test]
async fn e7_an_administrator_deletes_a_user() {
    let app = App::simple();
    let (root, ann) = (app.admin().await, app.user("ann@example.org").await);
    let path = format!("/users/{}", ann.id);
    root.send(Method::DELETE, &path, None).await.expect(204);
    ann.get("/me").await.problem(401, "session_ended");
    root.get(&path).await.problem(404, "user_not_found");
    root.send(Method::DELETE, &path, None).await.problem(404, "user_not_found");
    assert_eq!(app.number("SELECT COUNT(*) FROM users").await, 1);
}

#[tokio::test]
async fn e7_a_deleted_user_leaves_neither_mails_nor_devices() {
    let app = App::simple();
    let (root, ann) = (app.admin().await, app.user("ann@example.org").await);
    let _bob = app.user("bob@example.org").await;
    let recover = json!({ "email": "ann@example.org" });
    app.post("/auth/recover", &recover).await.expect(202);
    // She asks for addresses that belong to others: their mails are not hers to remove.
    app.post("/auth/recover", &json!({ "email": "bob@example.org" })).await.expect(202);
    ann.send(Method::PUT, "/me/email", Some(&json!({ "email": "anna@example.org" }))).await.expect(202);
    assert_eq!(app.number("SELECT COUNT(*) FROM outbox WHERE recipient LIKE 'ann%'").await, 2);
    let others = app.number("SELECT COUNT(*) FROM outbox WHERE recipient = 'bob@example.org'").await;
    assert!(others > 0);
    root.send(Method::DELETE, &format!("/users/{}", ann.id), None).await.expect(204);
    assert_eq!(app.number("SELECT COUNT(*) FROM outbox WHERE recipient LIKE 'ann%'").await, 0);
    assert_eq!(app.number("SELECT COUNT(*) FROM outbox WHERE recipient = 'bob@example.org'").await, others);
    assert_eq!(app.number(&format!("SELECT COUNT(*) FROM sessions WHERE user_id = {}", ann.id)).await, 0);
    // The audit log stays, and names people by number alone.
    assert_eq!(app.number("SELECT COUNT(*) FROM audit WHERE action = 'user.request_email' AND detail = ''").await, 1);
    assert_eq!(app.number("SELECT COUNT(*) FROM audit WHERE detail LIKE '%@%'").await, 0);
    ann.get("/me").await.problem(401, "session_ended");
}

#[tokio::test]
async fn d3_a_parameter_that_is_missing_or_no_number_is_named() {
    let app = App::simple();
    let root = app.admin().await;
    assert_eq!(root.get("/user").await.problem(400, "invalid_fields").fields(), ["id:required"]);
    for path in ["/user?id=x", "/user?id=9223372036854775808"] {
        assert_eq!(root.get(path).await.problem(400, "invalid_fields").fields(), ["id:invalid"], "{path}");
    }
    root.get("/users/x").await.problem(404, "not_found");
    assert_eq!(root.get("/users?page_num=x").await.problem(400, "invalid_fields").fields(), ["page_num:invalid"]);
}

#[tokio::test]
async fn rule28_the_last_enabled_administrator_stays() {
    let app = App::simple();
    let (root, ann) = (app.admin().await, app.user("ann@example.org").await);
    let (own, role) = (format!("/users/{}", root.id), format!("/users/{}/roles/admin", root.id));
    root.send(Method::PUT, &format!("/users/{}/roles/admin", ann.id), None).await.expect(204);
    change(&root, ann.id, json!({ "disabled": true })).await.expect(200);
    change(&root, root.id, json!({ "disabled": true })).await.problem(400, "last_administrator");
    root.send(Method::DELETE, &own, None).await.problem(400, "last_administrator");
    root.send(Method::DELETE, &role, None).await.problem(400, "last_administrator");
    root.send(Method::DELETE, &format!("/user?id={}", root.id), None).await.problem(400, "last_administrator");
    root.send(Method::DELETE, "/me", None).await.problem(400, "last_administrator");
    change(&root, ann.id, json!({ "disabled": false })).await.expect(200);
    root.send(Method::DELETE, &role, None).await.expect(204);
    root.get("/users").await.problem(403, "forbidden");
    let ann = app.signin("ann@example.org").await;
    change(&ann, ann.id, json!({ "disabled": true })).await.problem(400, "last_administrator");
}

/// Two administrators who act on each other at the same time: one of them remains.
#[tokio::test]
async fn rule28_administrators_cannot_end_each_other() {
    let app = App::simple();
    let root = app.admin().await;
    for round in 0..6 {
        let other = app.user(&format!("admin{round}@example.org")).await;
        let role = format!("/users/{}/roles/admin", other.id);
        root.send(Method::PUT, &role, None).await.expect(204);
        let (own, body) = (format!("/users/{}", root.id), json!({ "disabled": true }));
        let (first, second) = tokio::join!(root.send(Method::DELETE, &role, None), other.send(Method::PATCH, &own, Some(&body)));
        let left = "SELECT COUNT(*) FROM user_roles JOIN users ON users.id = user_id WHERE role = 'admin' AND NOT disabled";
        assert_eq!(app.number(left).await, 1, "{} and {}", first.text, second.text);
        if second.status == 200 {
            // The other remains: the roles are turned round again.
            other.send(Method::PATCH, &own, Some(&json!({ "disabled": false }))).await.expect(200);
            return;
        }
    }
}

#[tokio::test]
async fn b10_a_disabled_account_that_is_made_an_administrator_is_enabled() {
    let app = App::simple();
    let (root, ann) = (app.admin().await, app.user("ann@example.org").await);
    change(&root, ann.id, json!({ "disabled": true })).await.expect(200);
    let made = app.command(&["set-admin", "ann@example.org", PASSWORD]).output().unwrap();
    assert!(made.status.success());
    app.signin("ann@example.org").await.get("/users").await.expect(200);
}
