//! The sessions of a provider, or of one version of it (security rule 32).

use reqwest::Method;
use serde_json::json;

use crate::{
    actor::{Answer, PASSWORD, User},
    app::{App, Plan, guest, install},
};

/// Signs up by `hello`.
async fn hello<'a>(app: &'a App, name: &str) -> User<'a> {
    let body = json!({ "type": "hello", "email": format!("{name}@example.org"), "password": PASSWORD, "city": "Graz" });
    User::new(app, &app.post("/auth/signup/", &body).await.expect(200))
}

async fn end(root: &User<'_>, kind: &str, digest: Option<&str>) -> Answer {
    let body = digest.map(|digest| json!({ "digest": digest }));
    root.send(Method::POST, &format!("/providers/{kind}/logout-all"), body.as_ref()).await
}

async fn digest(root: &User<'_>, kind: &str) -> String {
    let states = root.get("/providers").await.expect(200).json;
    let state = states.as_array().unwrap().iter().find(|state| state["type"] == json!(kind)).unwrap().clone();
    state["sha256"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn rule32_an_ordinary_upgrade_ends_no_session_and_an_administrator_ends_those_of_one_version() {
    let app = Plan::new().simple().plugin("hello", &guest("hello"), None).start();
    let root = app.admin().await;
    let (mut old, simple) = (hello(&app, "old").await, app.user("ann@example.org").await);
    let first = digest(&root, "hello").await;
    install(&app.plugins(), "hello", &guest("hello-v2"), None);
    root.post("/providers/reload").await.expect(200);
    let second = digest(&root, "hello").await;
    assert_ne!(first, second);
    old.get("/auth/check").await.expect(200);
    old.renew().await.expect(200);
    let new = hello(&app, "new").await;
    assert_eq!(end(&root, "hello", Some(&first.to_uppercase())).await.expect(200).json, json!({ "ended": 1 }));
    old.get("/auth/check").await.problem(401, "session_ended");
    old.renew().await.problem(401, "token_invalid");
    new.get("/auth/check").await.expect(200);
    assert_eq!(end(&root, "hello", Some(&first)).await.expect(200).json, json!({ "ended": 0 }));
    assert_eq!(end(&root, "hello", None).await.expect(200).json, json!({ "ended": 1 }));
    new.get("/auth/check").await.problem(401, "session_ended");
    for other in [&simple, &root] {
        other.get("/auth/check").await.expect(200);
    }
    let log = root.get("/audit?action=provider.logout_all").await.expect(200);
    assert_eq!(log.json["total"], json!(3));
    assert_eq!(log.str("/items/2/detail"), format!("1 sessions of {first}"));
}

/// A compromised provider has often been taken out of the directory first.
#[tokio::test]
async fn rule32_the_sessions_of_a_removed_provider_can_be_ended() {
    let app = Plan::new().simple().plugin("hello", &guest("hello"), None).start();
    let (root, old) = (app.admin().await, hello(&app, "old").await);
    std::fs::remove_file(app.plugins().join("hello.wasm")).unwrap();
    root.post("/providers/reload").await.expect(200);
    old.get("/auth/check").await.expect(200);
    assert_eq!(end(&root, "hello", None).await.expect(200).json, json!({ "ended": 1 }));
    old.get("/auth/check").await.problem(401, "session_ended");
}

#[tokio::test]
async fn rule32_what_makes_no_sense_is_told() {
    let app = App::simple();
    let root = app.admin().await;
    assert_eq!(end(&root, "simple", Some("abc")).await.problem(400, "invalid_fields").fields(), ["digest:invalid_digest"]);
    end(&root, "Simple", None).await.problem(404, "provider_not_found");
    end(&root, "%00", None).await.problem(404, "provider_not_found");
    let request = app.http.post(app.url("/providers/simple/logout-all")).bearer_auth(&root.access).body("digest");
    crate::actor::read(request.send().await.unwrap()).await.problem(415, "unsupported_media_type");
    let unknown = root.send(Method::POST, "/providers/simple/logout-all", Some(&json!({ "all": true }))).await;
    assert_eq!(unknown.problem(400, "invalid_fields").fields(), ["all:unknown_field"]);
    root.get("/auth/check").await.expect(200);
}
