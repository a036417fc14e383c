//! What no page of an account lets through: forged forms, foreign markup, changes by looking.

use reqwest::Method;
use serde_json::json;

use super::{ANN, BOB, ann, plan};
use crate::{
    actor::{PASSWORD, User},
    app::{Plan, guest},
};

/// Every form, with fields that would be taken.
const FORMS: [(&str, &[(&str, &str)]); 10] = [
    ("/account/profile", &[("display_name", "Mallory")]),
    ("/account/email", &[("email", "mallory@example.org")]),
    ("/account/email", &[("action", "verify")]),
    ("/account/password", &[("current_password", PASSWORD), ("new_password", "nine blue lanterns at sea")]),
    ("/account/sessions/1", &[]),
    ("/account/sessions/end", &[("scope", "all")]),
    ("/account/identities/1", &[]),
    ("/account/add/false-factor", &[]),
    ("/account/recovery-codes", &[]),
    ("/account/delete", &[("confirm", ANN)]),
];

fn with(fields: &[(&str, &str)], token: Option<&str>) -> Vec<(String, String)> {
    let fields = fields.iter().copied().chain(token.map(|token| ("form_token", token)));
    fields.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

#[tokio::test]
async fn rule19_forms_of_an_account_are_taken_from_its_own_pages_alone() {
    let app = plan().start();
    let (user, mut browser) = ann(&app).await;
    app.user(BOB).await;
    let mut bob = app.browser();
    bob.sign_in(BOB).await;
    let token = |page: &crate::pages::browser::Page| page.forms()[0].value("form_token").unwrap().to_owned();
    let (own, foreign) = (token(&browser.open("/").await), token(&bob.open("/").await));
    let mut elsewhere = app.browser().header("sec-fetch-site", "cross-site");
    elsewhere.cookies = browser.cookies.clone();
    let before = app.texts("SELECT action FROM audit").await;
    for (path, fields) in FORMS {
        for token in [None, Some(foreign.as_str()), Some("x")] {
            browser.send(Method::POST, path, Some(&with(fields, token))).await.expect(403).shows(&["This page was open too long"]);
        }
        elsewhere.send(Method::POST, path, Some(&with(fields, Some(&own)))).await.expect(403).shows(&["another site"]);
    }
    user.get("/me").await.expect(200);
    let me = user.get("/me").await.expect(200).json;
    assert_eq!((&me["display_name"], &me["email"]), (&json!(null), &json!(ANN)));
    assert_eq!(app.texts("SELECT action FROM audit").await, before);
    assert_eq!(app.number("SELECT COUNT(*) FROM proofs").await + app.number("SELECT COUNT(*) FROM steps").await, 0);
}

#[tokio::test]
async fn rule20_looking_changes_nothing() {
    let app = plan().start();
    let (_, mut browser) = ann(&app).await;
    let state = async || {
        let tables = ["users", "sessions WHERE ended_at IS NULL", "identities", "proofs", "steps", "audit", "outbox", "signins"];
        let mut counts = Vec::new();
        for table in tables {
            counts.push(app.number(&format!("SELECT COUNT(*) FROM {table}")).await);
        }
        counts
    };
    let before = state().await;
    let others =
        ["/", "/account/sessions", "/account/identities", "/account/history", "/account/add/totp", "/reauthenticate", "/account/deleted"];
    for path in FORMS.iter().map(|(path, _)| *path).chain(others) {
        for method in [Method::GET, Method::HEAD] {
            let page = browser.send(method, &format!("{path}?action=verify&confirm={ANN}&scope=all&email={BOB}"), None).await;
            assert!(matches!(page.status, 200 | 303), "{path}: {}", page.status);
        }
        for method in [Method::PUT, Method::DELETE, Method::PATCH] {
            let page = browser.send(method, path, None).await;
            assert_eq!(page.status, 405, "{path}");
            assert!(page.headers["allow"].to_str().unwrap().starts_with("GET, HEAD"), "{path}: {:?}", page.headers);
        }
    }
    assert_eq!(state().await, before);
}

#[tokio::test]
async fn rule19_foreign_text_is_text() {
    const EVIL: &str = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>&amp;";
    let app = Plan::new().simple().plugin("hello", &guest("hello"), None).start();
    let body = json!({ "type": "hello", "email": ANN, "password": PASSWORD, "city": &EVIL[..60] });
    let user = User::new(&app, &app.post("/auth/signup/", &body).await.expect(200));
    user.send(Method::PATCH, "/me", Some(&json!({ "display_name": EVIL }))).await.expect(200);
    let mut browser = app.browser().header("user-agent", EVIL);
    let fields = [("type", "hello"), ("email", ANN), ("password", PASSWORD)];
    browser.fill("/", "/sign-in", &fields).await.expect(200);
    let evil = EVIL.replace('\'', "''");
    let signins = format!("UPDATE signins SET result = '{evil}', provider = '{evil}', address = '{evil}'");
    let sessions = format!("UPDATE sessions SET address = '{evil}'");
    app.database().await.run(&format!("{signins}; {sessions}")).await;
    let mut shown = 0;
    for path in
        ["/", "/account/profile", "/account/sessions", "/account/history", "/account/email", "/account/delete", "/account/identities"]
    {
        let page = browser.open(path).await.expect(200);
        assert!(!page.text.contains("<script") && !page.text.contains("<img"), "{path}: {}", page.text);
        shown += page.text.matches("&lt;script&gt;").count();
    }
    assert!(shown > 8, "it was there to be escaped: {shown}");
    for path in ["/?done=%3Cscript%3E", "/account/email?done=%22%3E%3Cscript%3E", "/reauthenticate?return_to=%22%3E%3Cscript%3E"] {
        let page = browser.open(path).await.expect(200);
        assert!(!page.text.contains("<script"), "{path}: {}", page.text);
    }
    let page = browser.fill("/account/profile", "/account/profile", &[("city", EVIL.repeat(20).as_str())]).await.expect(400);
    assert!(!page.text.contains("<script") && page.text.contains("&lt;script&gt;"));
}

#[tokio::test]
async fn rule27_no_page_shows_what_opens_the_account() {
    let app = plan().start();
    let (user, mut browser) = ann(&app).await;
    let hash = app.texts("SELECT password_hash FROM credentials").await.pop().expect("a hash");
    let cookie = browser.cookies["vestibule_session"].clone();
    for path in
        ["/", "/account/profile", "/account/sessions", "/account/history", "/account/email", "/account/password", "/account/identities"]
    {
        let page = browser.open(path).await.expect(200);
        for secret in [hash.as_str(), &cookie, &user.access, &user.refresh, PASSWORD] {
            assert!(!page.text.contains(secret), "{path}");
        }
    }
}
