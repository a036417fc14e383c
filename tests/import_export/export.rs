//! Export, and its way back in.

use std::{fs, os::unix::fs::PermissionsExt as _};

use serde_json::{Value, json};

use super::{QUICK, import, imports, outcome, sign_in};
use crate::{actor::PASSWORD, app::App};

/// Exports to a file of this name; its content, and standard error.
#[track_caller]
fn export(app: &App, name: &str, options: &[&str]) -> (String, String) {
    let path = app.data().join(name);
    let arguments: Vec<&str> = ["users", "export", path.to_str().unwrap()].iter().chain(options).copied().collect();
    let (code, out, err) = outcome(&mut app.command(&arguments));
    assert_eq!((code, out.as_str()), (Some(0), ""), "{err}");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    (fs::read_to_string(path).unwrap(), err)
}

/// A gateway with users of every kind.
async fn inhabited() -> App {
    let app = App::simple();
    app.user("ann@example.org").await;
    imports(
        &app,
        &[
            json!({ "email": "bob@example.org", "password_hash": QUICK, "email_verified": true, "roles": ["admin"], "locale": "ru" }),
            json!({ "login": "carl", "password_hash": QUICK, "display_name": "Carl, \"the\" Great\u{2028}", "disabled": true }),
            json!({ "email": "dan@example.org", "identities": [{ "type": "facebook", "subject": "1;2" }, { "type": "facebook", "subject": "3" }] }),
            json!({ "email": "eve@example.org", "profile": { "city": "Łódź, \"old\"", "zip": "=1" }, "created_at": "2001-02-03T04:05:06.789012Z" }),
        ],
    );
    app
}

#[tokio::test]
async fn export_and_import_give_the_same_users() {
    let app = inhabited().await;
    for name in ["users.jsonl", "users.csv"] {
        let (content, err) = export(&app, name, &["--with-hashes"]);
        assert!(err.contains("warning: password hashes are in this export") && err.contains("exported 5 users"), "{err}");
        let other = App::simple();
        let (code, out, err) = import(&other, name, &content);
        assert_eq!((code, out.as_str()), (Some(0), "imported 5, skipped 0 (already there), bad 0\n"), "{err}");
        assert_eq!(export(&other, name, &["--with-hashes"]).0, content, "{name}");
        let body = json!({ "type": "simple", "email": "ann@example.org", "password": PASSWORD });
        other.post("/auth/signin", &body).await.expect(200);
        assert_eq!(sign_in(&other, "bob@example.org", "tiny7").await, 200);
    }
}

#[tokio::test]
async fn export_holds_no_secrets_unless_asked_to() {
    let app = inhabited().await;
    imports(
        &app,
        &[json!({ "email": "fay@example.org", "identities": [
            { "type": "simple", "subject": "fay@example.org" }, { "type": "facebook", "subject": "7", "private": "c2VjcmV0" },
            { "type": "totp", "subject": "7", "factor": true },
        ] })],
    );
    for name in ["users.jsonl", "users.csv"] {
        let (content, err) = export(&app, name, &[]);
        for secret in ["argon2", "pbkdf2", "password_hash", "c2VjcmV0", "totp"] {
            assert!(!content.contains(secret), "{secret} in {content}");
        }
        assert!(content.contains("fay@example.org") && err.contains("left out 2 second factors"), "{err}");
        let other = App::simple();
        let (code, out, err) = import(&other, name, &content);
        assert_eq!((code, out.as_str()), (Some(0), "imported 6, skipped 0 (already there), bad 0\n"), "{err}");
        assert_eq!(export(&other, name, &[]).0, content, "{name}");
    }
    // With them, a second factor stays one.
    let (content, _) = export(&app, "whole.jsonl", &["--with-hashes"]);
    let other = App::simple();
    import(&other, "whole.jsonl", &content);
    assert_eq!(other.texts("SELECT provider FROM identities WHERE is_factor").await, ["totp"]);
    let private: Vec<Vec<u8>> = other.database().await.column("SELECT private_data FROM identities WHERE private_data IS NOT NULL").await;
    assert_eq!(private, [b"secret"]);
    let audit = app.texts("SELECT actor || ' ' || detail FROM audit WHERE action = 'user.export' ORDER BY id").await;
    assert_eq!(
        audit,
        [
            "operator all users, without password hashes",
            "operator all users, without password hashes",
            "operator all users, with password hashes"
        ]
    );
}

#[tokio::test]
async fn export_to_standard_output_has_a_json_object_a_line() {
    let app = inhabited().await;
    let (code, out, err) = outcome(&mut app.command(&["users", "export"]));
    assert_eq!(code, Some(0), "{err}");
    let users: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(users.len(), 5);
    assert_eq!(users[4]["profile"], json!({ "city": "Łódź, \"old\"", "zip": "=1" }));
    assert_eq!(users[4]["created_at"], "2001-02-03T04:05:06.789012Z");
    let (_, out, _) = outcome(&mut app.command(&["users", "export", "-", "--format", "csv"]));
    let header = "email,email_verified,display_name,locale,roles,disabled,created_at,profile.city,profile.zip,identity.facebook,identity.facebook,identity.login,identity.simple";
    assert_eq!(out.lines().next(), Some(header));
}

#[tokio::test]
async fn export_reads_page_by_page() {
    let app = App::simple();
    let lines: Vec<Value> = (0..1201).map(|n| json!({ "email": format!("user{n}@example.org") })).collect();
    imports(&app, &lines);
    let (content, _) = export(&app, "users.jsonl", &[]);
    let emails: Vec<String> =
        content.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["email"].as_str().unwrap().to_owned()).collect();
    assert_eq!(emails, (0..1201).map(|n| format!("user{n}@example.org")).collect::<Vec<_>>());
}
