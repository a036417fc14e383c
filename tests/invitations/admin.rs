//! Administrators make, see and take back invitations.

use reqwest::Method;
use serde_json::{Value, json};

use super::invite::{ANN, BOB, INVITED, accept, invite, invited, plan, revoke, state};
use crate::{
    actor::read,
    app::{App, Plan},
    recovery::letter::{letter, letters, sql},
};

#[tokio::test]
async fn b2_an_invitation_sends_a_letter_and_shows_no_token() {
    let app = App::simple();
    let root = app.admin().await;
    root.send(Method::PATCH, "/me", Some(&json!({ "display_name": "Root <b>Rot</b>" }))).await.expect(200);
    root.send(Method::POST, "/roles", Some(&json!({ "name": "editor" }))).await.expect(201);
    let body = json!({ "email": " Ann@Example.org", "roles": ["editor", "admin", "editor"], "expires_in": 3600, "note": "from sales" });
    let made = invite(&root, &body).await.expect(201);
    for (name, value) in [
        ("email", json!(ANN)),
        ("roles", json!(["admin", "editor"])),
        ("note", json!("from sales")),
        ("state", json!("pending")),
        ("created_by", json!(root.id)),
        ("used_at", Value::Null),
        ("used_by", Value::Null),
        ("revoked_at", Value::Null),
    ] {
        assert_eq!(made.json[name], value, "{name}");
    }
    let mail = letter(&app, ANN, INVITED, 1).await;
    assert!(mail.link().starts_with("http://127.0.0.1:5000/invite?token="), "{}", mail.link());
    assert!(mail.text.contains("Root <b>Rot</b>") && mail.html.contains("Root &lt;b&gt;Rot"), "{}", mail.html);
    assert!(!mail.text.contains("root@example.org") && !mail.text.contains("sales"), "{}", mail.text);
    let token = mail.token();
    let listed = root.get("/invites").await.expect(200);
    assert_eq!((&listed.json["items"], &listed.json["total"]), (&json!([made.json]), &json!(1)));
    for text in [&made.text, &listed.text, &app.log()] {
        assert!(!text.contains(&token));
    }
    let (id, audit) = (&made.json["id"], root.get("/audit?action=invitation.create").await.expect(200));
    assert_eq!(
        (&audit.json["items"][0]["target"], &audit.json["items"][0]["detail"]),
        (&json!(format!("invitation:{id}")), &json!("admin, editor"))
    );
    assert!(!audit.text.contains(ANN), "the audit log names people by number");
}

#[tokio::test]
async fn b2_the_letter_comes_in_the_invited_persons_language() {
    let app = App::simple();
    let root = app.admin().await;
    invite(&root, &json!({ "email": ANN, "locale": "ru-RU" })).await.expect(201);
    assert!(letter(&app, ANN, "Вас приглашают", 1).await.text.contains("root@example.org"));
    let answer = accept(&app, &letter(&app, ANN, "приглашают", 1).await.token()).await.expect(200);
    letter(&app, ANN, "Ваша учётная запись", 1).await;
    assert_eq!(answer.json["user"]["locale"], Value::Null, "what somebody else chose is not the user's choice");
}

#[tokio::test]
async fn b7_every_mistake_is_told_at_once() {
    let app = App::simple();
    let root = app.admin().await;
    for (body, expected) in [
        (json!({}), vec!["email:required"]),
        (
            json!({ "email": "x", "roles": ["king"], "expires_in": 59, "note": "a\u{0}b", "locale": "_", "more": 1 }),
            vec![
                "email:invalid_email",
                "expires_in:out_of_range",
                "locale:invalid_locale",
                "more:unknown_field",
                "note:control_characters",
                "roles:unknown_role",
            ],
        ),
        (json!({ "email": ANN, "roles": "admin" }), vec!["roles:wrong_type"]),
        (json!({ "email": ANN, "roles": [1] }), vec!["roles:wrong_type"]),
        (json!({ "email": ANN, "roles": ["\u{0}"] }), vec!["roles:control_characters"]),
        (json!({ "email": ANN, "roles": vec!["admin"; 51] }), vec!["roles:too_many"]),
        (json!({ "email": ANN, "roles": ["x".repeat(61)] }), vec!["roles:too_long"]),
        (json!({ "email": ANN, "expires_in": 31_536_001 }), vec!["expires_in:out_of_range"]),
        (json!({ "email": ANN, "expires_in": -9_223_372_036_854_775_808_i64 }), vec!["expires_in:out_of_range"]),
    ] {
        let mut fields = invite(&root, &body).await.problem(400, "invalid_fields").fields();
        fields.sort();
        assert_eq!(fields, expected, "{body}");
    }
    assert_eq!(app.number("SELECT (SELECT COUNT(*) FROM invitations) + (SELECT COUNT(*) FROM outbox)").await, 0);
    invite(&root, &json!({ "email": ANN, "roles": [], "expires_in": 31_536_000 })).await.expect(201);
    let form = app.http.post(app.url("/invites/")).bearer_auth(&root.access).form(&[("email", BOB), ("roles", "admin, ")]);
    assert_eq!(read(form.send().await.unwrap()).await.expect(201).json["roles"], json!(["admin"]));
}

#[tokio::test]
async fn b2_only_administrators_invite() {
    let app = App::simple();
    let (root, ann) = (app.admin().await, app.user(ANN).await);
    let (id, _) = invited(&app, &root, BOB, 1).await;
    ann.get("/invites").await.problem(403, "forbidden");
    invite(&ann, &json!({ "email": BOB })).await.problem(403, "forbidden");
    revoke(&ann, id).await.problem(403, "forbidden");
    app.get("/invites").await.problem(401, "token_missing");
    app.post("/invites", &json!({ "email": BOB })).await.problem(401, "token_missing");
    read(app.http.delete(app.url(&format!("/invites/{id}"))).send().await.unwrap()).await.problem(401, "token_missing");
    assert_eq!(letters(&app, BOB, "").len(), 1);
}

#[tokio::test]
async fn b6_revoked_expired_and_used_are_told_apart() {
    let app = App::simple();
    let root = app.admin().await;
    let (first, revoked) = invited(&app, &root, ANN, 1).await;
    let (second, expired) = invited(&app, &root, ANN, 2).await;
    let (third, used) = invited(&app, &root, ANN, 3).await;
    for _ in 0..2 {
        revoke(&root, first).await.expect(204);
    }
    sql(&app, "UPDATE invitations SET created_at = 1, expires_at = 2 WHERE id = 2").await;
    accept(&app, &revoked).await.problem(400, "invitation_revoked");
    accept(&app, &expired).await.problem(400, "invitation_expired");
    accept(&app, &used).await.expect(200);
    accept(&app, &used).await.problem(400, "invitation_used");
    accept(&app, "no-such-token").await.problem(400, "invalid_token");
    revoke(&root, third).await.problem(400, "invitation_used");
    revoke(&root, 99).await.problem(404, "invitation_not_found");
    for (id, expected) in [(first, "revoked"), (second, "expired"), (third, "used")] {
        assert_eq!(state(&root, id).await["state"], expected);
        let only = root.get(&format!("/invites?state={expected}")).await.expect(200).json;
        assert_eq!((&only["total"], &only["items"][0]["id"]), (&json!(1), &json!(id)));
    }
    assert_eq!(root.get("/invites?state=pending").await.expect(200).json["items"], json!([]));
    let audit = root.get("/audit?action=invitation.revoke").await.expect(200).json;
    assert_eq!((&audit["total"], &audit["items"][0]["target"]), (&json!(2), &json!(format!("invitation:{first}"))));
}

#[tokio::test]
async fn b6_pages_by_number_cursor_state_and_address() {
    let app = plan().start();
    let root = app.admin().await;
    for n in 0..5 {
        invite(&root, &json!({ "email": if n % 2 == 0 { ANN } else { BOB }, "expires_in": 1000 - n })).await.expect(201);
    }
    let ids = |json: &Value| json["items"].as_array().unwrap().iter().map(|item| item["id"].as_i64().unwrap()).collect::<Vec<_>>();
    let page = async |query: &str| root.get(&format!("/invites?{query}")).await.expect(200).json;
    assert_eq!(ids(&page("page_size=2&page_num=2").await), [3, 2]);
    assert_eq!(ids(&page("email=Ann@example.org").await), [5, 3, 1]);
    assert_eq!(ids(&page("email=ann@example.org&state=pending&page_size=2").await), [5, 3]);
    assert_eq!(ids(&page("state=pending").await), [1, 2, 3, 4, 5], "the last to end is the first");
    for query in ["page_size=2", "page_size=2&state=pending"] {
        let (mut seen, mut next) = (Vec::new(), String::new());
        loop {
            let json = page(&format!("{query}{next}")).await;
            assert_eq!(json["total"], 5);
            seen.extend(ids(&json));
            let Some(cursor) = json["next"].as_str() else { break };
            next = format!("&next={cursor}");
        }
        assert_eq!(seen.len(), 5, "{query}: {seen:?}");
    }
    assert_eq!(root.get("/invites?email=x").await.problem(400, "invalid_fields").fields(), ["email:invalid_email"]);
    assert_eq!(root.get("/invites?page_num=300&page_size=200").await.problem(400, "invalid_fields").fields(), ["page_num:out_of_range"]);
    root.get("/invites?state=lost").await.expect(400);
}

#[tokio::test]
async fn b2_a_letter_that_cannot_be_kept_leaves_no_invitation() {
    let app = Plan::new().simple().on_file().start();
    let root = app.admin().await;
    sql(&app, "CREATE TRIGGER full BEFORE INSERT ON outbox BEGIN SELECT RAISE(ABORT, 'full'); END").await;
    invite(&root, &json!({ "email": ANN })).await.problem(503, "store_unavailable");
    assert_eq!(app.number("SELECT COUNT(*) FROM invitations").await, 0);
}
