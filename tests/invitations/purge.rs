//! What remains when invitations, or their users, go.

use serde_json::json;

use super::invite::{ANN, BOB, accept, invited, plan, revoke};
use crate::{actor::User, app::App, patience::eventually, recovery::letter::sql};

#[tokio::test]
async fn b6_the_user_keeps_the_id_after_the_invitation_has_been_purged() {
    let mut app = App::simple();
    let root = app.admin().await;
    let (used, token) = invited(&app, &root, ANN, 1).await;
    let ann = User::new(&app, &accept(&app, &token).await.expect(200));
    let (id, access) = (ann.id, ann.access.clone());
    let (revoked, _) = invited(&app, &root, BOB, 1).await;
    revoke(&root, revoked).await.expect(204);
    let (expired, _) = invited(&app, &root, BOB, 2).await;
    let (young, _) = invited(&app, &root, BOB, 3).await;
    let root_access = root.access.clone();
    assert_eq!((used, revoked, expired, young), (1, 2, 3, 4));
    sql(&app, "UPDATE invitations SET created_at = 1, used_at = 2 WHERE id = 1").await;
    sql(&app, "UPDATE invitations SET created_at = 1, revoked_at = 2 WHERE id = 2").await;
    sql(&app, "UPDATE invitations SET created_at = 1, expires_at = 2 WHERE id = 3").await;
    // Housekeeping begins with the gateway.
    app.restart();
    let mut left = app.texts("SELECT CAST(id AS TEXT) FROM invitations").await;
    for _ in 0..200 {
        if left == ["4"] {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        left = app.texts("SELECT CAST(id AS TEXT) FROM invitations").await;
    }
    assert_eq!(left, ["4"]);
    let get = |path: String, access: &str| app.http.get(app.url(&path)).bearer_auth(access).send();
    let me = crate::actor::read(get("/me".to_owned(), &access).await.unwrap()).await.expect(200);
    assert_eq!(me.json["invitation_id"], used);
    let seen = crate::actor::read(get(format!("/users/{id}"), &root_access).await.unwrap()).await.expect(200);
    assert_eq!(seen.json["invitation_id"], used);
    let listed = crate::actor::read(get("/users".to_owned(), &root_access).await.unwrap()).await.expect(200);
    assert_eq!(
        listed.json["items"].as_array().unwrap().iter().map(|user| user["invitation_id"].clone()).collect::<Vec<_>>(),
        [json!(null), json!(used)]
    );
    accept(&app, &token).await.problem(400, "invalid_token");
}

#[tokio::test]
async fn b6_ids_are_never_given_again_and_a_user_goes_with_the_invitations() {
    let app = plan().start();
    let root = app.admin().await;
    let (_, token) = invited(&app, &root, ANN, 1).await;
    invited(&app, &root, ANN, 2).await;
    let ann = User::new(&app, &accept(&app, &token).await.expect(200));
    ann.send(reqwest::Method::DELETE, "/me", None).await.expect(204);
    assert_eq!(app.number("SELECT COUNT(*) FROM invitations").await, 0, "they say who was here");
    accept(&app, &token).await.problem(400, "invalid_token");
    let (id, _) = invited(&app, &root, BOB, 1).await;
    assert_eq!(id, 3);
    eventually("the letter", || (!app.mails().is_empty()).then_some(())).await;
}

#[tokio::test]
async fn b6_who_does_not_own_an_address_removes_no_invitation_to_it() {
    let app = plan().start();
    let root = app.admin().await;
    // Somebody signs up with an address that is not known to be theirs.
    let mallory = app.user(ANN).await;
    let (_, token) = invited(&app, &root, ANN, 1).await;
    accept(&app, &token).await.problem(400, "email_taken");
    mallory.send(reqwest::Method::DELETE, "/me", None).await.expect(204);
    accept(&app, &token).await.expect(200);
}

#[tokio::test]
async fn b6_an_administrator_goes_and_the_invitations_stay() {
    let app = plan().start();
    let root = app.admin().await;
    let other = app.user(BOB).await;
    root.send(reqwest::Method::PUT, &format!("/users/{}/roles/admin", other.id), None).await.expect(204);
    root.send(reqwest::Method::POST, "/roles", Some(&json!({ "name": "editor" }))).await.expect(201);
    let body = json!({ "email": ANN, "roles": ["editor"] });
    let made = super::invite::invite(&other, &body).await.expect(201);
    let token = crate::recovery::letter::letter(&app, ANN, super::invite::INVITED, 1).await.token();
    other.send(reqwest::Method::DELETE, "/me", None).await.expect(204);
    root.send(reqwest::Method::DELETE, "/roles/editor", None).await.expect(204);
    let stored = super::invite::state(&root, made.json["id"].as_i64().unwrap()).await;
    assert_eq!((&stored["created_by"], &stored["roles"], &stored["state"]), (&json!(null), &json!([]), &json!("pending")));
    assert_eq!(accept(&app, &token).await.expect(200).json["user"]["roles"], json!([]));
}
