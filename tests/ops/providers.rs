//! `GET /providers`, the switch, and the reading of the directory on demand.

use std::fs;

use reqwest::Method;
use serde_json::{Value, json};

use super::select;
use crate::{
    actor::{Answer, PASSWORD, User, read},
    app::{App, Plan, guest, install, plugin},
};

async fn switch(admin: &User<'_>, kind: &str, enabled: bool) -> Answer {
    admin.send(Method::PUT, &format!("/providers/{kind}"), Some(&json!({ "enabled": enabled }))).await
}

/// The types that the public list names.
async fn listed(app: &App) -> Vec<String> {
    let answer = app.get("/auth/providers").await.expect(200);
    answer.json.as_array().unwrap().iter().map(|provider| provider["type"].as_str().unwrap().to_owned()).collect()
}

fn state<'a>(answer: &'a Answer, kind: &str) -> &'a Value {
    let states = answer.json.as_array().unwrap();
    states.iter().find(|state| state["type"] == json!(kind)).unwrap_or_else(|| panic!("no {kind} in {}", answer.text))
}

#[tokio::test]
async fn rule28_providers_are_for_administrators() {
    let app = App::simple();
    let (ann, body) = (app.user("ann@example.org").await, json!({ "enabled": false }));
    for (method, path, body) in
        [(Method::GET, "/providers", None), (Method::PUT, "/providers/simple", Some(&body)), (Method::POST, "/providers/reload", None)]
    {
        let request = app.http.request(method.clone(), app.url(path));
        let request = if let Some(body) = body { request.json(body) } else { request };
        read(request.send().await.unwrap()).await.problem(401, "token_missing");
        ann.send(method, path, body).await.problem(403, "forbidden");
    }
    assert_eq!(listed(&app).await, ["simple"]);
    assert_eq!(select(&app, "SELECT action FROM audit WHERE actor = 'user'").await, Vec::<String>::new());
}

#[tokio::test]
async fn g1_states_name_what_was_refused_and_why() {
    let plan = Plan::new().simple().plugin("off", &plugin("simple"), Some("enabled = false"));
    fs::write(plan.path().join("plugins/broken.wasm"), "(component)").unwrap();
    let app = plan.start();
    let states = app.admin().await.get("/providers").await.expect(200);
    let simple = state(&states, "simple");
    assert_eq!((&simple["status"], &simple["file"], &simple["reason"]), (&json!("live"), &json!("simple.wasm"), &Value::Null));
    assert_eq!(simple["sha256"].as_str().unwrap().len(), 64);
    assert!(simple["since"].as_str().unwrap().ends_with('Z'), "{simple}");
    assert_eq!(state(&states, "off")["status"], json!("disabled"));
    let broken = state(&states, "broken");
    assert_eq!(broken["status"], json!("refused"));
    assert!(broken["reason"].as_str().unwrap().contains("broken.wasm is text"), "{broken}");
}

#[tokio::test]
async fn a5_a_provider_is_switched_off_and_on() {
    let app = Plan::new().simple().plugin("hello", &guest("hello"), None).start();
    let root = app.admin().await;
    let ann = app.user("ann@example.org").await;
    let body = json!({ "type": "simple", "email": "ann@example.org", "password": PASSWORD });
    let off = switch(&root, "simple", false).await.expect(200);
    assert_eq!(off.json["status"], json!("disabled"));
    let refused = app.post("/auth/signin/", &body).await.problem(400, "provider_disabled");
    assert_eq!(refused.fields(), ["type:provider_disabled"]);
    app.post("/auth/signup/", &body).await.problem(400, "provider_disabled");
    assert_eq!(listed(&app).await, ["hello"]);
    let document = app.get("/api/openapi.json").await.expect(200);
    assert!(!document.text.contains("SignIn.simple") && document.text.contains("SignIn.hello"));
    ann.get("/me").await.expect(200);
    assert_eq!(switch(&root, "simple", true).await.expect(200).json["status"], json!("live"));
    app.post("/auth/signin/", &body).await.expect(200);
    assert_eq!(listed(&app).await, ["hello", "simple"]);
    assert!(app.get("/api/openapi.json").await.expect(200).text.contains("SignIn.simple"));
    let audit = select(&app, "SELECT action || ' ' || target || ' ' || actor_user FROM audit WHERE actor = 'user' ORDER BY id").await;
    assert_eq!(audit, [format!("provider.disable provider:simple {}", root.id), format!("provider.enable provider:simple {}", root.id)]);
}

#[tokio::test]
async fn a5_the_switch_outlives_a_restart() {
    let mut app = App::simple();
    switch(&app.admin().await, "simple", false).await.expect(200);
    app.restart();
    assert_eq!(listed(&app).await, Vec::<String>::new());
    let body = json!({ "type": "simple", "email": "root@example.org", "password": PASSWORD });
    app.post("/auth/signin/", &body).await.problem(400, "provider_disabled");
}

#[tokio::test]
async fn a5_the_file_stands_above_the_switch() {
    let app = Plan::new().simple().plugin("hello", &guest("hello"), Some("enabled = false")).start();
    let root = app.admin().await;
    let answer = switch(&root, "hello", true).await.problem(400, "disabled_in_file");
    assert!(answer.text.contains("hello.toml says enabled = false"), "{}", answer.text);
    assert_eq!(listed(&app).await, ["simple"]);
}

#[tokio::test]
async fn a5_the_switch_refuses_what_makes_no_sense() {
    let app = App::simple();
    let root = app.admin().await;
    switch(&root, "absent", false).await.problem(404, "provider_not_found");
    switch(&root, "Simple", false).await.problem(404, "provider_not_found");
    for (body, mistake) in [
        (json!({}), "enabled:required"),
        (json!({ "enabled": "no" }), "enabled:wrong_type"),
        (json!({ "enabled": null }), "enabled:required"),
        (json!({ "enabled": true, "by": "me" }), "by:unknown_field"),
    ] {
        let answer = root.send(Method::PUT, "/providers/simple", Some(&body)).await.problem(400, "invalid_fields");
        assert_eq!(answer.fields(), [mistake]);
    }
    assert_eq!(listed(&app).await, ["simple"]);
    assert_eq!(select(&app, "SELECT action FROM audit WHERE actor = 'user'").await, Vec::<String>::new());
}

#[tokio::test]
async fn g1_reload_answers_when_all_is_live_or_refused() {
    let app = App::simple();
    let root = app.admin().await;
    install(&app.plugins(), "hello", &guest("hello"), None);
    fs::write(app.plugins().join("broken.wasm"), "\x7fELF").unwrap();
    let states = root.post("/providers/reload").await.expect(200);
    assert_eq!(state(&states, "hello")["status"], json!("live"));
    assert_eq!(state(&states, "broken")["status"], json!("refused"));
    assert_eq!(listed(&app).await, ["hello", "simple"]);
    let audit = select(&app, "SELECT actor || ' ' || action || ' ' || target FROM audit WHERE action LIKE 'provider.reload'").await;
    assert_eq!(audit, ["user provider.reload provider:*"]);
}

/// Changes of the directory are an operator's doing, and in the audit as such.
#[tokio::test]
async fn rule28_changes_of_the_directory_are_audited() {
    let app = App::simple();
    let root = app.admin().await;
    install(&app.plugins(), "hello", &guest("hello"), None);
    root.post("/providers/reload").await.expect(200);
    fs::remove_file(app.plugins().join("hello.wasm")).unwrap();
    root.post("/providers/reload").await.expect(200);
    let mut rows = Vec::new();
    for _ in 0..500 {
        rows = select(&app, "SELECT action FROM audit WHERE actor = 'operator' AND target = 'provider:hello' ORDER BY id").await;
        if rows.len() >= 2 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(rows, ["provider.loaded", "provider.removed"]);
}
