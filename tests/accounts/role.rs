use base64::Engine as _;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{actor::User, app::App};

fn roles_in(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).unwrap();
    serde_json::from_slice::<Value>(&bytes).unwrap()["roles"].clone()
}

async fn give(admin: &User<'_>, id: i64, role: &str) -> crate::actor::Answer {
    admin.send(Method::PUT, &format!("/users/{id}/roles/{role}"), None).await
}

async fn take(admin: &User<'_>, id: i64, role: &str) -> crate::actor::Answer {
    admin.send(Method::DELETE, &format!("/users/{id}/roles/{role}"), None).await
}

async fn make(admin: &User<'_>, body: Value) -> crate::actor::Answer {
    admin.send(Method::POST, "/roles", Some(&body)).await
}

#[tokio::test]
async fn e5_a_role_is_made_given_and_taken_away() {
    let app = App::simple();
    let (root, mut ann) = (app.admin().await, app.user("ann@example.org").await);
    let made = make(&root, json!({ "name": "editor", "description": "Edits" })).await.expect(201);
    assert_eq!(made.json, json!({ "name": "editor", "description": "Edits", "built_in": false }));
    assert_eq!(root.get("/roles/").await.expect(200).json[1], made.json);
    ann.get("/auth/check?role=editor").await.problem(403, "forbidden");
    for _ in 0..2 {
        give(&root, ann.id, "editor").await.expect(204);
    }
    // At once for guards, in tokens from the next refresh.
    let check = ann.get("/auth/check?role=editor").await.expect(200);
    assert_eq!(check.headers["x-auth-roles"], "editor");
    assert_eq!(roles_in(&ann.access), json!([]));
    ann.renew().await.expect(200);
    assert_eq!(roles_in(&ann.access), json!(["editor"]));
    assert_eq!(ann.get("/me").await.expect(200).json["roles"], json!(["editor"]));
    take(&root, ann.id, "editor").await.expect(204);
    ann.get("/auth/check?role=editor").await.problem(403, "forbidden");
    take(&root, ann.id, "editor").await.problem(404, "role_not_found");
    ann.renew().await.expect(200);
    assert_eq!(roles_in(&ann.access), json!([]));
}

#[tokio::test]
async fn e5_a_deleted_role_is_taken_from_everybody_at_once() {
    let app = App::simple();
    let (root, ann) = (app.admin().await, app.user("ann@example.org").await);
    make(&root, json!({ "name": "editor" })).await.expect(201);
    give(&root, ann.id, "editor").await.expect(204);
    ann.get("/auth/check?role=editor").await.expect(200);
    root.send(Method::DELETE, "/roles/editor", None).await.expect(204);
    ann.get("/auth/check?role=editor").await.problem(403, "forbidden");
    root.send(Method::DELETE, "/roles/editor", None).await.problem(404, "role_not_found");
    root.send(Method::DELETE, "/roles/admin", None).await.problem(400, "built_in_role");
    root.get("/auth/check?role=admin").await.expect(200);
}

#[tokio::test]
async fn e5_a_new_administrator_is_one_at_once() {
    let app = App::simple();
    let (root, ann) = (app.admin().await, app.user("ann@example.org").await);
    ann.get("/users").await.problem(403, "forbidden");
    give(&root, ann.id, "admin").await.expect(204);
    ann.get("/users").await.expect(200);
    take(&root, ann.id, "admin").await.expect(204);
    ann.get("/users").await.problem(403, "forbidden");
}

#[tokio::test]
async fn e5_what_makes_no_sense_is_told() {
    let app = App::simple();
    let root = app.admin().await;
    for name in ["Editor", "2x", "a b", "-a", "é", "a,b"] {
        assert_eq!(make(&root, json!({ "name": name })).await.problem(400, "invalid_fields").fields(), ["name:invalid_name"], "{name}");
    }
    let wrong = make(&root, json!({ "name": "Editor", "description": "x".repeat(501), "rights": [] })).await;
    assert_eq!(wrong.problem(400, "invalid_fields").fields(), ["description:too_long", "rights:unknown_field", "name:invalid_name"]);
    let long = make(&root, json!({ "name": "a".repeat(61) })).await.problem(400, "invalid_fields");
    assert_eq!(long.fields(), ["name:too_long"]);
    assert_eq!(make(&root, json!({})).await.problem(400, "invalid_fields").fields(), ["name:required"]);
    assert_eq!(make(&root, json!({ "name": "admin" })).await.problem(400, "role_taken").fields(), ["name:role_taken"]);
    give(&root, root.id, "nobody").await.problem(404, "role_not_found");
    give(&root, root.id, "%00").await.problem(404, "role_not_found");
    give(&root, 404, "admin").await.problem(404, "user_not_found");
    take(&root, 404, "admin").await.problem(404, "user_not_found");
}

/// Tokens and headers have no room for more.
#[tokio::test]
async fn e5_more_roles_than_a_token_holds_are_refused() {
    let app = App::simple();
    let (root, mut ann) = (app.admin().await, app.user("ann@example.org").await);
    let name = |n: usize| format!("r{n:0>56}");
    let mut given = 0;
    loop {
        root.send(Method::POST, "/roles", Some(&json!({ "name": name(given), "description": "" }))).await.expect(201);
        let granted = root.send(Method::PUT, &format!("/users/{}/roles/{}", ann.id, name(given)), None).await;
        if granted.status == 400 {
            granted.problem(400, "invalid_fields");
            break;
        }
        granted.expect(204);
        given += 1;
    }
    assert!(given > 70, "{given}");
    ann.renew().await.expect(200);
    ann.get(&format!("/auth/check?role={}", name(given - 1))).await.expect(200);
}
