use std::fs;

use reqwest::Method;
use serde_json::json;

use super::column;
use crate::{
    actor::PASSWORD,
    app::{App, guest, install},
};

/// One of each that an administrator can do to others.
#[tokio::test]
async fn rule28_every_administrators_change_is_in_the_log() {
    let app = App::simple();
    let (root, ann) = (app.admin().await, app.user("ann@example.org").await);
    let user = format!("/users/{}", ann.id);
    let secret = "nine blue lanterns";
    for (method, path, body, status) in [
        (Method::PATCH, user.clone(), Some(json!({ "display_name": "Ann", "password": secret })), 200),
        (Method::PATCH, user.clone(), Some(json!({})), 200),
        (Method::PATCH, "/user".to_owned(), Some(json!({ "id": ann.id, "password": PASSWORD })), 200),
        (Method::POST, format!("{user}/logout-all"), None, 204),
        (Method::POST, "/roles".to_owned(), Some(json!({ "name": "editor" })), 201),
        (Method::PUT, format!("{user}/roles/editor"), None, 204),
        (Method::PUT, format!("{user}/roles/editor"), None, 204),
        (Method::DELETE, format!("{user}/roles/editor"), None, 204),
        (Method::DELETE, "/roles/editor".to_owned(), None, 204),
        (Method::PUT, "/providers/simple".to_owned(), Some(json!({ "enabled": true })), 200),
        (Method::POST, "/providers/reload".to_owned(), None, 200),
        (Method::POST, "/providers/facebook/logout-all".to_owned(), None, 200),
        (Method::DELETE, user.clone(), None, 204),
    ] {
        root.send(method, &path, body.as_ref()).await.expect(status);
    }
    let log = root.get(&format!("/audit?actor={}", root.id)).await.expect(200);
    let (mut actions, targets) = (column(&log, "action"), column(&log, "target"));
    actions.reverse();
    let expected = [
        "user.change",
        "user.change",
        "user.logout_all",
        "role.create",
        "user.grant_role",
        "user.revoke_role",
        "role.delete",
        "provider.enable",
        "provider.reload",
        "provider.logout_all",
        "user.delete",
    ];
    assert_eq!(actions, expected);
    assert_eq!((targets[0].as_str(), targets[1].as_str()), (format!("user:{}", ann.id).as_str(), "provider:facebook"));
    assert!(column(&log, "actor_user").iter().all(|id| *id == root.id.to_string()));
    assert_eq!(log.json["items"][10]["detail"], json!("display_name, password"));
    for personal in [secret, PASSWORD, "ann@example.org", "\"Ann\""] {
        assert!(!log.text.contains(personal), "{personal} is in the log");
    }
}

#[tokio::test]
async fn rule28_the_log_is_filtered_and_paged() {
    let app = App::simple();
    let (root, ann) = (app.admin().await, app.user("ann@example.org").await);
    for name in ["a", "b", "c"] {
        root.send(Method::POST, "/roles", Some(&json!({ "name": name }))).await.expect(201);
    }
    root.send(Method::PUT, &format!("/users/{}/roles/b", ann.id), None).await.expect(204);
    let targets = async |query: &str| column(&root.get(&format!("/audit?{query}")).await.expect(200), "target");
    assert_eq!(targets("action=role.create").await, ["role:c", "role:b", "role:a"]);
    assert_eq!(targets("target=role:b").await, ["role:b"]);
    assert_eq!(targets("actor=operator&action=user.set_admin").await, [format!("user:{}", root.id)]);
    assert_eq!(targets("actor=gateway").await, Vec::<String>::new());
    assert_eq!(targets("actor=404").await, Vec::<String>::new());
    let first = root.get("/audit?action=role.create&page_size=2").await.expect(200);
    assert_eq!(first.json["total"], json!(3));
    assert_eq!(targets(&format!("action=role.create&next={}", first.str("/next"))).await, ["role:a"]);
    assert_eq!(root.get("/audit?actor=me").await.problem(400, "invalid_fields").fields(), ["actor:invalid_actor"]);
    assert_eq!(root.get("/audit?page_num=10001&page_size=1").await.problem(400, "invalid_fields").fields(), ["page_num:out_of_range"]);
}

/// What happens in the directory is an operator's doing: dropped in, replaced, refused, removed.
#[tokio::test]
async fn rule28_plugin_changes_are_in_the_log() {
    let app = App::simple();
    let root = app.admin().await;
    let reload = async || root.post("/providers/reload").await.expect(200);
    install(&app.plugins(), "hello", &guest("hello"), None);
    reload().await;
    install(&app.plugins(), "hello", &guest("hello-v2"), None);
    reload().await;
    fs::write(app.plugins().join("hello.wasm"), "\x7fELF").unwrap();
    reload().await;
    fs::remove_file(app.plugins().join("hello.wasm")).unwrap();
    reload().await;
    let mut log = root.get("/audit?actor=operator&target=provider:hello").await.expect(200);
    for _ in 0..500 {
        if log.json["total"].as_u64() >= Some(4) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        log = root.get("/audit?actor=operator&target=provider:hello").await.expect(200);
    }
    let mut actions = column(&log, "action");
    actions.reverse();
    assert_eq!(actions, ["provider.loaded", "provider.replaced", "provider.refused", "provider.removed"], "{}", log.text);
}
