//! `vestibule set-admin`.

use std::{io::Write as _, process::Stdio};

use serde_json::json;

use super::{fails, select, succeeds};
use crate::{
    actor::PASSWORD,
    app::{App, Plan},
};

#[tokio::test]
async fn b10_set_admin_creates_an_administrator() {
    let app = App::simple();
    let said = succeeds(&mut app.command(&["set-admin", " Root@Example.ORG", PASSWORD]));
    assert_eq!(said, "created the administrator root@example.org (user 1)\n");
    let root = app.signin("root@example.org").await;
    assert_eq!(root.get("/me").await.expect(200).json["roles"], json!(["admin"]));
    root.get("/providers").await.expect(200);
    assert_eq!(
        select(&app, "SELECT actor || ' ' || action || ' ' || target FROM audit WHERE action = 'user.set_admin'").await,
        ["operator user.set_admin user:1"]
    );
}

/// Whoever signed up under that address before does not keep a session or a password.
#[tokio::test]
async fn b10_set_admin_promotes_an_account_and_ends_its_sessions() {
    let app = App::simple();
    let mut ann = app.user("ann@example.org").await;
    ann.get("/providers").await.problem(403, "forbidden");
    let said = succeeds(&mut app.command(&["set-admin", "ann@example.org", "another lantern in the dusk"]));
    assert!(said.starts_with(&format!("ann@example.org (user {}) is an administrator now", ann.id)), "{said}");
    ann.renew().await.problem(401, "token_invalid");
    let signin = |password: &str| json!({ "type": "simple", "email": "ann@example.org", "password": password });
    app.post("/auth/signin/", &signin(PASSWORD)).await.problem(400, "invalid_credentials");
    let answer = app.post("/auth/signin/", &signin("another lantern in the dusk")).await.expect(200);
    assert_eq!(answer.json["user"]["roles"], json!(["admin"]));
}

#[tokio::test]
async fn b10_set_admin_reads_the_password_from_standard_input() {
    let app = App::simple();
    for ending in ["\n", "\r\n", ""] {
        let mut command = app.command(&["set-admin", "root@example.org", "-"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        write!(child.stdin.take().unwrap(), "{PASSWORD}{ending}").unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        app.signin("root@example.org").await;
    }
}

#[test]
fn rule04_set_admin_refuses_weak_passwords_with_a_reason() {
    let plan = Plan::new();
    let refused = |password: &str| fails(&mut plan.command(&["set-admin", "root@example.org", password]));
    for (password, reason) in [("short", "8"), ("", "8"), ("password1", "guess"), ("root@example.org", "guess")] {
        let said = refused(password);
        assert!(said.starts_with("vestibule: password ") && said.contains(reason), "{password:?}: {said}");
        assert!(password.is_empty() || password.contains('@') || !said.contains(password), "the password is shown: {said}");
    }
    assert!(refused(&"long ".repeat(40)).contains("128"));
}

#[test]
fn set_admin_refuses_what_is_no_address() {
    let said = fails(&mut Plan::new().command(&["set-admin", "root", PASSWORD]));
    assert!(said.contains("\"root\"") && !said.contains(PASSWORD), "{said}");
}
