//! `POST /auth/introspect` (RFC 7662): who may ask, and what is said.

use reqwest::Method;
use serde_json::json;

use super::{SECRET, answer, in_both_ways, plan};
use crate::{
    actor::{PASSWORD, User},
    app::{App, Plan},
    auth::jwt,
};

#[tokio::test]
async fn f_introspection_tells_whose_a_good_token_is() {
    let app = plan().start();
    let ann = app.user("ann@example.org").await;
    let told = app.ask(&[("token", &ann.access)]).await.expect(200);
    assert_eq!(told.headers["cache-control"], "no-store");
    let claims = jwt::claims(&ann.access);
    for name in ["iss", "sub", "aud", "exp", "iat", "jti", "sid", "user_id", "roles", "amr"] {
        assert_eq!(told.json[name], claims[name], "{name}");
    }
    assert_eq!((&told.json["active"], &told.json["token_type"]), (&json!(true), &json!("Bearer")));
    assert_eq!(told.json["username"], "ann@example.org");
    let wrong_hint = app.ask(&[("token", &ann.access), ("token_type_hint", "refresh_token")]).await.expect(200);
    assert_eq!(wrong_hint.json, told.json, "a wrong hint costs nothing (RFC 7009, 2.1)");
    let as_json = app.http.post(app.url("/auth/introspect/")).basic_auth("shop", Some(SECRET)).json(&json!({ "token": ann.access }));
    assert_eq!(answer(as_json).await.expect(200).json, told.json);
}

#[tokio::test]
async fn f_introspection_tells_of_refresh_tokens_to_who_hints_at_one() {
    let app = plan().set("retry_window", "0s").start();
    let mut ann = app.user("ann@example.org").await;
    for hint in [None, Some("access_token"), Some("magic")] {
        let form: Vec<_> =
            [Some(("token", ann.refresh.as_str())), hint.map(|hint| ("token_type_hint", hint))].into_iter().flatten().collect();
        assert_eq!(app.ask(&form).await.expect(200).json, json!({ "active": false }), "{hint:?}: it opens nothing");
    }
    let spent = ann.refresh.clone();
    let told = app.ask(&[("token", &spent), ("token_type_hint", "refresh_token")]).await.expect(200).json;
    assert_eq!((&told["active"], &told["token_type"], &told["aud"]), (&json!(true), &json!("N_A"), &json!("http://127.0.0.1:5000")));
    assert_eq!(told["sid"], jwt::claims(&ann.access)["sid"]);
    ann.renew().await.expect(200);
    app.is_inactive(&spent).await;
    let next = app.ask(&[("token", &ann.refresh), ("token_type_hint", "refresh_token")]).await.expect(200);
    assert_eq!(next.json["active"], true, "asking about a spent one ends nothing");
}

#[tokio::test]
async fn f_introspection_is_silent_about_everything_that_is_not_good() {
    let app = plan().set("access_token_ttl", "8s").start();
    let ann = app.user("ann@example.org").await;
    let (kid, claims) = (jwt::kid(&ann.access), jwt::claims(&ann.access));
    let (signed, _) = ann.access.rsplit_once('.').unwrap();
    let none = format!("{}.{}.", jwt::encode(&json!({ "alg": "none", "kid": kid, "typ": "at+jwt" })), jwt::encode(&claims));
    for token in [
        "x",
        &"x".repeat(20_000),
        "a.b.c",
        &format!("{signed}.AAAA"),
        &none,
        &jwt::foreign(&kid, "at+jwt", &claims),
        &jwt::foreign("k", "JWT", &claims),
    ] {
        app.is_inactive(token).await;
    }
    let late = app.signin("ann@example.org").await;
    assert_eq!(app.ask(&[("token", &late.access)]).await.expect(200).json["active"], true);
    tokio::time::sleep(std::time::Duration::from_secs(9)).await;
    app.is_inactive(&ann.access).await;
    app.is_inactive(&late.access).await;
}

#[tokio::test]
async fn f_introspection_looks_at_session_user_and_roles_as_they_are() {
    let app = plan().start();
    let (root, ann, bob) = (app.admin().await, app.user("ann@example.org").await, app.user("bob@example.org").await);
    let left = app.signin("ann@example.org").await;
    root.send(Method::POST, "/roles", Some(&json!({ "name": "editor", "description": "Edits" }))).await.expect(201);
    root.send(Method::PUT, &format!("/users/{}/roles/editor", ann.id), None).await.expect(204);
    assert_eq!(app.ask(&[("token", &ann.access)]).await.expect(200).json["roles"], json!(["editor"]), "not those of the token");
    left.post("/auth/logout").await.expect(204);
    for token in [&left.access, &left.refresh] {
        app.is_inactive(token).await;
    }
    root.send(Method::PATCH, &format!("/users/{}", bob.id), Some(&json!({ "disabled": true }))).await.expect(200);
    for token in [&bob.access, &bob.refresh] {
        app.is_inactive(token).await;
    }
    let password = json!({ "current_password": PASSWORD, "new_password": "another horse battery staple" });
    let here = app.signin("ann@example.org").await;
    here.send(Method::PUT, "/me/password", Some(&password)).await.expect(204);
    app.is_inactive(&ann.access).await;
    here.send(Method::DELETE, "/me", None).await.expect(204);
    app.is_inactive(&here.access).await;
}

const FORM: &str = "application/x-www-form-urlencoded";

/// The statuses and codes of asking in this way.
async fn refused(app: &App, ann: &User<'_>, form: &[(&str, &str)], header: Option<String>, status: u16, code: &str, error: &str) {
    let form: Vec<_> = [("token", ann.access.as_str())].into_iter().chain(form.iter().copied()).collect();
    let request = app.token_request("/auth/introspect", &form);
    let request = if let Some(header) = &header { request.header("authorization", header) } else { request };
    let told = in_both_ways(answer(request).await, status, code, error);
    if status == 401 {
        assert!(told.headers.contains_key("www-authenticate"), "{}", told.text);
    }
    assert!(!told.text.contains("active") && !told.text.contains(SECRET), "{}", told.text);
}

#[tokio::test]
async fn f_introspection_is_for_services_and_administrators_alone() {
    let app = plan().start();
    let (root, ann) = (app.admin().await, app.user("ann@example.org").await);
    let wrong = "f".repeat(32);
    refused(&app, &ann, &[], None, 401, "invalid_client", "invalid_client").await;
    refused(&app, &ann, &[], Some("Basic !".to_owned()), 401, "invalid_client", "invalid_client").await;
    refused(&app, &ann, &[("client_id", "shop"), ("client_secret", &wrong)], None, 401, "invalid_client", "invalid_client").await;
    refused(&app, &ann, &[("client_id", "bank"), ("client_secret", SECRET)], None, 401, "invalid_client", "invalid_client").await;
    refused(&app, &ann, &[("client_id", "shop")], None, 401, "invalid_client", "invalid_client").await;
    refused(&app, &ann, &[("client_secret", SECRET)], None, 400, "ambiguous_credentials", "invalid_request").await;
    let both = Some(format!("Bearer {}", root.access));
    refused(&app, &ann, &[("client_id", "shop"), ("client_secret", SECRET)], both, 400, "ambiguous_credentials", "invalid_request").await;
    refused(&app, &ann, &[], Some(format!("Bearer {}", ann.access)), 403, "forbidden", "insufficient_scope").await;
    refused(&app, &ann, &[], Some("Bearer a.b.c".to_owned()), 401, "token_malformed", "invalid_token").await;

    let by_body = [("token", ann.access.as_str()), ("client_id", "shop"), ("client_secret", SECRET)];
    let by_body = answer(app.token_request("/auth/introspect", &by_body)).await.expect(200);
    let by_administrator =
        answer(app.token_request("/auth/introspect", &[("token", &ann.access)]).bearer_auth(&root.access)).await.expect(200);
    assert_eq!((&by_body.json["active"], &by_body.json), (&json!(true), &by_administrator.json));
    let challenge = answer(app.token_request("/auth/introspect", &[("token", "x")])).await;
    assert_eq!(challenge.headers["www-authenticate"], "Basic realm=\"vestibule\", Bearer");
    assert!(!app.log().contains(SECRET) && !app.log().contains(&wrong));
}

#[tokio::test]
async fn f_introspection_is_for_nobody_where_no_service_is_configured() {
    let app = App::simple();
    let ann = app.user("ann@example.org").await;
    refused(&app, &ann, &[("client_id", "shop"), ("client_secret", SECRET)], None, 401, "invalid_client", "invalid_client").await;
}

#[tokio::test]
async fn f_introspection_reads_bodies_as_strictly_as_everything_else() {
    let app = plan().start();
    let send = |body: String, kind: &'static str| {
        let request = app.http.post(app.url("/auth/introspect")).basic_auth("shop", Some(SECRET)).header("content-type", kind);
        answer(request.body(body))
    };
    for (body, field) in [
        (String::new(), "token:required"),
        ("token=a&token=b".to_owned(), "token:repeated"),
        ("token=a&colour=red".to_owned(), "colour:unknown_field"),
        (format!("token={}", "x".repeat(60_001)), "token:too_long"),
    ] {
        let told = in_both_ways(send(body, FORM).await, 400, "invalid_fields", "invalid_request");
        assert_eq!(told.fields(), [field], "{}", told.text);
    }
    in_both_ways(send("token=%ff".to_owned(), FORM).await, 400, "malformed_body", "invalid_request");
    in_both_ways(send("token=x".to_owned(), "text/plain").await, 415, "unsupported_media_type", "invalid_request");
    // Refused at the door, before anything knows what it is for.
    send(format!("token={}", "x".repeat(70_000)), FORM).await.problem(413, "body_too_large");
}

#[tokio::test]
async fn f_a_service_without_a_good_secret_stops_the_start_and_is_named() {
    for (clients, secret, said) in [
        ("shop={env:SHOP_SECRET}", "short", "the secret of shop is in SHOP_SECRET, which holds no secret of 32"),
        ("shop={env:NOT_THERE}", SECRET, "the secret of shop is in NOT_THERE, which is not set"),
        ("shop={file:/nowhere/secret}", SECRET, "the secret of shop is in /nowhere/secret, which cannot be read"),
        ("shop=plain-text-secret", SECRET, "expected ID={env:NAME} or ID={file:PATH}"),
    ] {
        let plan = Plan::new().simple().set("introspection_clients", clients).env("SHOP_SECRET", secret);
        for command in ["serve", "doctor"] {
            let ended = plan.command(&[command]).output().unwrap();
            let text = [ended.stdout, ended.stderr].concat();
            let text = String::from_utf8_lossy(&text);
            assert!(!ended.status.success() && text.contains(said), "{command}: {text}");
            assert!(!text.contains(SECRET));
        }
    }
    let plan = Plan::new().simple();
    let file = plan.path().join("secret");
    std::fs::write(&file, format!("{SECRET}\n")).unwrap();
    let app = plan.set("introspection_clients", &format!("shop={{file:{}}}", file.display())).start();
    assert_eq!(app.ask(&[("token", "x")]).await.expect(200).json, json!({ "active": false }));
}
