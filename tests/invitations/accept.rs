//! Following the link.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::invite::{ACCEPTED, ANN, BOB, INVITED, accept, invite, invited, password, plan, revoke, state};
use crate::{
    actor::{PASSWORD, User, read},
    app::{App, Plan},
    recovery::letter::{letter, recover, signin, sql},
};

#[tokio::test]
async fn b3_accepting_makes_the_user_and_signs_in() {
    let app = App::simple();
    let root = app.admin().await;
    let made = invite(&root, &json!({ "email": ANN, "roles": ["admin"] })).await.expect(201);
    let token = letter(&app, ANN, INVITED, 1).await.token();
    let answer = accept(&app, &token).await.expect(200);
    let user = &answer.json["user"];
    for (name, value) in [
        ("email", json!(ANN)),
        ("login", json!(ANN)),
        ("email_verified", json!(true)),
        ("roles", json!(["admin"])),
        ("invitation_id", made.json["id"].clone()),
    ] {
        assert_eq!(user[name], value, "{name}");
    }
    assert_eq!((answer.str("/token_type"), answer.json["expires_in"].as_i64()), ("Bearer".to_owned(), Some(900)));
    let mut ann = User::new(&app, &answer);
    ann.get("/users").await.expect(200);
    ann.renew().await.expect(200);
    let me = ann.get("/me").await.expect(200);
    assert_eq!(me.json["invitation_id"], made.json["id"]);
    assert_eq!(ann.get("/me/sessions").await.expect(200).json[0]["amr"], json!(["invitation"]));
    let history = ann.get("/me/signins").await.expect(200).json;
    assert_eq!((&history["items"][0]["provider"], &history["items"][0]["result"]), (&json!("invitation"), &json!("ok")));
    let audit = root.get("/audit?action=invitation.accept").await.expect(200).json;
    assert_eq!(audit["items"][0]["target"], json!(format!("invitation:{}", made.json["id"])));
    assert_eq!(root.get(&format!("/users/{}", ann.id)).await.expect(200).json["invitation_id"], made.json["id"]);
}

#[tokio::test]
async fn b3_looking_changes_nothing_and_mistakes_are_told() {
    let app = App::simple();
    let root = app.admin().await;
    let (id, token) = invited(&app, &root, ANN, 1).await;
    for path in ["/invites/accept", &format!("/invites/accept?token={token}"), &format!("/invites/{id}")] {
        for _ in 0..3 {
            app.get(path).await;
            read(app.http.head(app.url(path)).send().await.unwrap()).await;
        }
    }
    for (body, field) in [
        (json!({}), "token:required"),
        (json!({ "token": "" }), "token:empty"),
        (json!({ "token": "a\u{0}" }), "token:control_characters"),
        (json!({ "token": "x".repeat(101) }), "token:too_long"),
        (json!({ "token": 7 }), "token:wrong_type"),
        (json!({ "token": token, "email": BOB }), "email:unknown_field"),
    ] {
        assert_eq!(app.post("/invites/accept/", &body).await.problem(400, "invalid_fields").fields(), [field], "{body}");
    }
    assert_eq!(state(&root, id).await["state"], "pending");
    accept(&app, &token).await.expect(200);
}

#[tokio::test]
async fn b4_login_and_password_follow_by_mail() {
    let app = App::simple();
    let root = app.admin().await;
    let mut passwords = BTreeSet::new();
    for email in [ANN, BOB] {
        let (_, token) = invited(&app, &root, email, 1).await;
        let answer = accept(&app, &token).await.expect(200);
        let mail = letter(&app, email, ACCEPTED, 1).await;
        assert!(mail.text.contains(&format!("Login: {email}")), "{}", mail.text);
        let password = password(&mail);
        assert!(password.len() == 23 && !answer.text.contains(&password) && !app.log().contains(&password), "{password}");
        let signed_in = signin(&app, email, &password).await.expect(200);
        assert_eq!(signed_in.json["user"]["id"], answer.json["user"]["id"]);
        signin(&app, email, PASSWORD).await.problem(400, "invalid_credentials");
        passwords.insert(password);
    }
    assert_eq!(passwords.len(), 2);
    let identities = app.texts("SELECT provider || ' ' || subject FROM identities ORDER BY subject").await;
    assert_eq!(identities[0], format!("simple {ANN}"));
}

#[tokio::test]
async fn b4_the_mail_survives_a_dead_server_and_a_killed_gateway() {
    let mut app = App::simple();
    let root = app.admin().await;
    let (_, token) = invited(&app, &root, ANN, 1).await;
    let files = format!("file:{}", app.data().parent().unwrap().join("mail").display());
    // Nobody listens there.
    app.set("mail_url", "smtp://127.0.0.1:9?tls=off");
    app.set("mail_timeout", "1s");
    app.restart();
    accept(&app, &token).await.expect(200);
    let sealed: Vec<Vec<u8>> = app.database().await.column("SELECT sealed FROM outbox WHERE template = 'invitation-accepted'").await;
    let plain = sealed[0].windows(8).any(|window| window == b"Password");
    assert!(sealed.len() == 1 && sealed[0].len() > 500 && !plain, "kept, and sealed");
    app.set("mail_url", &files);
    app.restart();
    sql(&app, "UPDATE outbox SET next_at = 0, claimed_by = NULL, claimed_until = NULL WHERE state = 'pending'").await;
    let mail = letter(&app, ANN, ACCEPTED, 1).await;
    signin(&app, ANN, &password(&mail)).await.expect(200);
}

#[tokio::test]
async fn b4_no_account_without_its_mail() {
    let app = Plan::new().simple().on_file().start();
    let root = app.admin().await;
    let (id, token) = invited(&app, &root, ANN, 1).await;
    sql(&app, "CREATE TRIGGER full BEFORE INSERT ON outbox BEGIN SELECT RAISE(ABORT, 'full'); END").await;
    accept(&app, &token).await.problem(503, "store_unavailable");
    assert_eq!(app.number("SELECT COUNT(*) FROM users").await, 1);
    assert_eq!(state(&root, id).await["state"], "pending");
    sql(&app, "DROP TRIGGER full").await;
    accept(&app, &token).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b5_a_hundred_clicks_at_two_gateways_make_one_user() {
    let app = Plan::new().simple().set("password_memory_kib", "8").set("password_iterations", "1").start();
    let root = app.admin().await;
    let twin = app.beside();
    let (id, token) = invited(&app, &root, ANN, 1).await;
    let answers = join_all((0..100).map(|n| accept(if n % 2 == 0 { &app } else { &twin }, &token))).await;
    let (made, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
    assert_eq!((made.len(), refused.len()), (1, 99));
    for answer in refused {
        answer.problem(400, "invitation_used");
    }
    let user = &made[0].json["user"]["id"];
    let stored = state(&root, id).await;
    assert_eq!((&stored["state"], &stored["used_by"]), (&json!("used"), user));
    for (what, count) in [
        ("users WHERE email = 'ann@example.org'", 1),
        ("identities", 2),
        ("sessions WHERE amr LIKE '%invitation%'", 1),
        ("outbox WHERE template = 'invitation-accepted'", 1),
        ("audit WHERE action = 'invitation.accept'", 1),
    ] {
        assert_eq!(app.number(&format!("SELECT COUNT(*) FROM {what}")).await, count, "{what}");
    }
}

#[tokio::test]
async fn b5_revoking_and_accepting_race_for_one_row() {
    let app = Plan::new().simple().set("password_memory_kib", "8").set("password_iterations", "1").start();
    let root = app.admin().await;
    for n in 0..10 {
        let email = format!("u{n}@example.org");
        let (id, token) = invited(&app, &root, &email, 1).await;
        let (accepted, revoked) = futures_util::join!(accept(&app, &token), revoke(&root, id));
        match accepted.status.as_u16() {
            200 => drop(revoked.problem(400, "invitation_used")),
            _ => drop((accepted.problem(400, "invitation_revoked"), revoked.expect(204))),
        }
        let made = app.number(&format!("SELECT COUNT(*) FROM users WHERE email = '{email}'")).await;
        assert_eq!(made == 1, state(&root, id).await["state"] == "used");
    }
}

#[tokio::test]
async fn b6_several_invitations_of_one_address_make_one_account() {
    let app = App::simple();
    let root = app.admin().await;
    let (_, first) = invited(&app, &root, ANN, 1).await;
    let (second, other) = invited(&app, &root, ANN, 2).await;
    accept(&app, &first).await.expect(200);
    accept(&app, &other).await.problem(400, "email_taken");
    assert_eq!(state(&root, second).await["state"], "pending", "it stays as it is");
    assert_eq!(app.number("SELECT COUNT(*) FROM outbox WHERE template = 'invitation-accepted'").await, 1);
    recover(&app, ANN).await;
}

#[tokio::test]
async fn rule22_wrong_tokens_count_against_the_client() {
    let app = Plan::new().simple().set("auth_rate_per_minute", "1").set("auth_rate_burst", "5").start();
    for _ in 0..5 {
        accept(&app, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").await.problem(400, "invalid_token");
    }
    accept(&app, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").await.problem(429, "rate_limited");
}

#[tokio::test]
async fn rule08_only_digests_of_invitations_are_kept() {
    let app = plan().on_file().start();
    let root = app.admin().await;
    let (_, token) = invited(&app, &root, ANN, 1).await;
    let stored = app.texts("SELECT token_hash FROM invitations").await;
    assert_ne!(stored[0], token);
    // Who reads the store cannot accept.
    accept(&app, &stored[0]).await.problem(400, "invalid_token");
    let database = std::fs::read(app.data().join("vestibule.db")).unwrap();
    let wal = std::fs::read(app.data().join("vestibule.db-wal")).unwrap_or_default();
    for bytes in [database, wal] {
        assert!(!bytes.windows(token.len()).any(|window| window == token.as_bytes()));
    }
    assert_eq!(accept(&app, &token).await.expect(200).json["user"]["roles"], Value::Array(Vec::new()));
}
