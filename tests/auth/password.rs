//! Passwords: how they are kept, and how they change.

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    actor::PASSWORD,
    app::{App, Plan},
};

const NEW: &str = "nine blue lanterns at sea";

fn change(current: &str, new: &str) -> Value {
    json!({ "current_password": current, "new_password": new })
}

fn body(email: &str, password: &str) -> Value {
    json!({ "type": "simple", "email": email, "password": password })
}

async fn hash(app: &App) -> String {
    app.texts("SELECT password_hash FROM credentials").await.remove(0)
}

#[tokio::test]
async fn e1_passwords_are_stored_as_argon2id_with_a_salt_of_their_own() {
    let app = Plan::new().simple().on_file().start();
    app.user("ann@example.org").await;
    app.user("bob@example.org").await;
    let hashes = app.texts("SELECT password_hash FROM credentials ORDER BY user_id").await;
    assert_eq!(hashes.len(), 2);
    for hash in &hashes {
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        let parts: Vec<&str> = hash.split('$').collect();
        assert_eq!((parts.len(), parts[4].len(), parts[5].len()), (6, 22, 43), "16 bytes of salt, 32 of hash: {hash}");
    }
    assert_ne!(hashes[0], hashes[1], "one password, two salts");
    for file in ["vestibule.db", "vestibule.db-wal"] {
        let bytes = std::fs::read(app.data().join(file)).unwrap_or_default();
        assert!(!bytes.windows(PASSWORD.len()).any(|window| window == PASSWORD.as_bytes()), "{file}");
    }
    assert!(!app.log().contains(PASSWORD));
}

#[tokio::test]
async fn rule01_a_hash_is_made_anew_after_success_alone() {
    let old = Plan::new().simple().set("password_memory_kib", "1024").set("password_iterations", "1");
    let mut app = old.start();
    app.user("ann@example.org").await;
    let before = hash(&app).await;
    assert!(before.starts_with("$argon2id$v=19$m=1024,t=1,p=1$"), "{before}");
    app.signin("ann@example.org").await;
    assert_eq!(hash(&app).await, before, "the parameters are today's: nothing to do");

    app.set("password_memory_kib", "2048");
    app.set("password_iterations", "3");
    app.restart();
    app.post("/auth/signin/", &body("ann@example.org", "wrong horse")).await.problem(400, "invalid_credentials");
    assert_eq!(hash(&app).await, before, "whoever does not know the password changes nothing");
    app.signin("ann@example.org").await;
    let after = hash(&app).await;
    assert!(after.starts_with("$argon2id$v=19$m=2048,t=3,p=1$"), "{after}");
    app.signin("ann@example.org").await;
    assert_eq!(hash(&app).await, after);
}

#[tokio::test]
async fn rule05_a_stored_hash_beyond_the_ceiling_costs_its_owner_the_sign_in_and_nobody_else() {
    let app = App::simple();
    app.user("ann@example.org").await;
    app.user("bob@example.org").await;
    let monster = "$argon2id$v=19$m=4194304,t=1000,p=1$c29tZXNhbHRzb21lc2FsdA$aXQgZG9lcyBub3QgbWF0dGVyIHdoYXQgc3RhbmRzIGhlcmU";
    app.run(&format!("UPDATE credentials SET password_hash = '{monster}' WHERE user_id = 1")).await;
    let answer = app.post("/auth/signin/", &body("ann@example.org", PASSWORD)).await;
    assert!(!answer.status.is_success(), "{}", answer.text);
    app.signin("bob@example.org").await;
}

#[tokio::test]
async fn rule10_a_new_password_ends_all_other_sessions() {
    let app = App::simple();
    let (mut here, mut elsewhere) = (app.user("ann@example.org").await, app.signin("ann@example.org").await);
    let bob = app.user("bob@example.org").await;
    elsewhere.get("/me").await.expect(200);
    here.send(Method::PUT, "/me/password", Some(&change(PASSWORD, NEW))).await.expect(204);
    elsewhere.get("/me").await.problem(401, "session_ended");
    elsewhere.renew().await.problem(401, "token_invalid");
    here.get("/me").await.expect(200);
    here.renew().await.expect(200);
    bob.get("/me").await.expect(200);
    app.post("/auth/signin/", &body("ann@example.org", PASSWORD)).await.problem(400, "invalid_credentials");
    app.post("/auth/signin/", &body("ann@example.org", NEW)).await.expect(200);
}

#[tokio::test]
async fn e4_a_password_change_that_is_refused_changes_nothing() {
    let app = App::simple();
    let (here, elsewhere) = (app.user("ann@example.org").await, app.signin("ann@example.org").await);
    let before = hash(&app).await;
    let cases = [
        (change("wrong horse", NEW), vec!["current_password:wrong_password"]),
        (change("", NEW), vec!["current_password:wrong_password"]),
        (change(&"\u{fdfa}".repeat(20), NEW), vec!["current_password:wrong_password"]),
        (change("wrong horse", "short"), vec!["current_password:wrong_password", "new_password:too_short"]),
        (change(PASSWORD, "short"), vec!["new_password:too_short"]),
        (change(PASSWORD, ""), vec!["new_password:too_short"]),
        (change(PASSWORD, "password1"), vec!["new_password:too_weak"]),
        (change(PASSWORD, "ann@example.org"), vec!["new_password:too_weak"]),
        (change(PASSWORD, &"x".repeat(129)), vec!["new_password:too_long"]),
        (change(PASSWORD, &"\u{fdfa}".repeat(20)), vec!["new_password:too_long"]),
        (json!({ "new_password": NEW }), vec!["current_password:required"]),
        (json!({}), vec!["current_password:required", "new_password:required"]),
    ];
    for (body, fields) in &cases {
        let answer = here.send(Method::PUT, "/me/password", Some(body)).await.problem(400, "invalid_fields");
        assert_eq!(answer.fields(), *fields, "{body}");
        assert!(!answer.text.contains(NEW) && !answer.text.contains(PASSWORD));
    }
    crate::actor::read(app.http.put(app.url("/me/password")).json(&change(PASSWORD, NEW)).send().await.unwrap())
        .await
        .problem(401, "token_missing");
    assert_eq!(hash(&app).await, before);
    elsewhere.get("/me").await.expect(200);
    app.signin("ann@example.org").await;
}
