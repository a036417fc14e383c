//! Administration in the browser: who gets in, and what every page of it keeps.

mod history;
mod invitation;
mod outbox;
mod role;
mod user;

use reqwest::Method;
use serde_json::{Value, json};

use super::browser::{Browser, Page};
use crate::{actor::User, app::App};

pub const ROOT: &str = "root@example.org";
pub const ANN: &str = "ann@example.org";

/// An administrator's browser.
async fn root(app: &App) -> Browser<'_> {
    let mut browser = app.browser();
    browser.sign_in(ROOT).await;
    browser
}

/// Actions and details of the log about something, newest first.
async fn audited(admin: &User<'_>, target: &str) -> Vec<String> {
    let log = admin.get(&format!("/audit?target={target}&page_size=200")).await.expect(200).json;
    let line = |entry: &Value| format!("{} {}", entry["action"].as_str().unwrap(), entry["detail"].as_str().unwrap());
    log["items"].as_array().unwrap().iter().map(|entry| line(entry).trim().to_owned()).collect()
}

/// All pages of administration, about somebody.
fn paths(id: i64) -> Vec<(String, &'static str)> {
    let own = vestibule::http::html::paths().filter(|(path, _)| path.starts_with("/admin"));
    let fill = |path: &str| {
        let parts = path.split('/').map(|part| match part {
            "{id}" => id.to_string(),
            "{name}" => "admin".to_owned(),
            "{identity}" => "1".to_owned(),
            "{digest}" => "0".repeat(64),
            part if part.starts_with('{') => "simple".to_owned(),
            part => part.to_owned(),
        });
        parts.collect::<Vec<_>>().join("/")
    };
    let paths: Vec<_> = own.map(|(path, methods)| (fill(path), methods)).collect();
    assert!(paths.len() > 15, "{paths:?}");
    paths
}

async fn post(browser: &mut Browser<'_>, path: &str, fields: &[(&str, &str)]) -> Page {
    let fields: Vec<(String, String)> = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    browser.send(Method::POST, path, Some(&fields)).await
}

/// Everything that the pages of administration could change.
async fn everything(app: &App) -> Vec<String> {
    app.texts(
        "SELECT 'user ' || id || coalesce(email, '') || coalesce(display_name, '') || disabled FROM users
         UNION ALL SELECT 'role ' || user_id || role FROM user_roles
         UNION ALL SELECT 'roles ' || name FROM roles
         UNION ALL SELECT 'identity ' || id FROM identities
         UNION ALL SELECT 'session ' || id || CASE WHEN ended_at IS NULL THEN '' ELSE ended_at || '' END FROM sessions
         UNION ALL SELECT 'invitation ' || id || CASE WHEN revoked_at IS NULL THEN '' ELSE revoked_at || '' END FROM invitations
         UNION ALL SELECT 'audit ' || action || target FROM audit
         ORDER BY 1",
    )
    .await
}

#[tokio::test]
async fn b10_only_administrators_get_in() {
    let app = App::simple();
    app.admin().await;
    let ann = app.user(ANN).await;
    let (mut nobody, mut somebody) = (app.browser(), app.browser());
    nobody.open("/").await.expect(200);
    let token = somebody.sign_in(ANN).await.form("/sign-out", &[]).value("form_token").unwrap().to_owned();
    let before = everything(&app).await;
    for (path, methods) in paths(ann.id) {
        for method in [Method::GET, Method::POST].into_iter().filter(|method| methods.contains(method.as_str())) {
            let form = (method == Method::POST).then(|| vec![("form_token".to_owned(), token.clone())]);
            let led = nobody.send(method.clone(), &path, form.as_deref()).await.expect(303);
            let back: String = url::form_urlencoded::byte_serialize(path.as_bytes()).collect();
            assert_eq!(led.location(), Some(format!("/?return_to={back}")), "{method} {path}");
            let refused = somebody.send(method.clone(), &path, form.as_deref()).await.expect(403);
            refused.shows(&["Not for you", "administrators only"]).hides(&[ROOT]);
        }
    }
    assert_eq!(everything(&app).await, before);
}

#[tokio::test]
async fn b10_a_visitor_signs_in_and_comes_back() {
    let app = App::simple();
    app.admin().await;
    let mut browser = app.browser();
    let asked = browser.open("/admin/audit?action=user.set_admin").await.expect(200);
    let fields = [("type", "simple"), ("email", ROOT), ("password", crate::actor::PASSWORD)];
    let page = browser.submit(&asked, "/sign-in", &fields).await.expect(200);
    assert_eq!(page.address, "/admin/audit?action=user.set_admin");
    page.shows(&["Audit log", "user.set_admin"]);
}

#[tokio::test]
async fn rule19_forms_of_administration_need_their_token() {
    let app = App::simple();
    app.admin().await;
    let ann = app.user(ANN).await;
    let mut browser = root(&app).await;
    let token = browser.open("/admin/users").await.form("/sign-out", &[]).value("form_token").unwrap().to_owned();
    let before = everything(&app).await;
    for (path, _) in paths(ann.id).into_iter().filter(|(_, methods)| methods.contains("POST")) {
        post(&mut browser, &path, &[]).await.expect(403).shows(&["open too long"]);
        post(&mut browser, &path, &[("form_token", "x")]).await.expect(403).shows(&["open too long"]);
        let mut elsewhere = app.browser().header("origin", "https://evil.example");
        elsewhere.cookies = browser.cookies.clone();
        post(&mut elsewhere, &path, &[("form_token", &token)]).await.expect(403).shows(&["another site"]);
    }
    assert_eq!(everything(&app).await, before);
}

#[tokio::test]
async fn rule20_looking_changes_nothing() {
    let app = App::simple();
    let admin = app.admin().await;
    let ann = app.user(ANN).await;
    let mut browser = root(&app).await;
    admin.send(Method::POST, "/invites", Some(&json!({ "email": "bob@example.org" }))).await.expect(201);
    let before = everything(&app).await;
    for (path, _) in paths(ann.id) {
        for method in [Method::GET, Method::HEAD] {
            let page = browser.send(method, &path, None).await;
            assert!(page.status < 500 && page.status != 403, "{path}: {}", page.status);
        }
    }
    assert_eq!(everything(&app).await, before);
}

#[tokio::test]
async fn b10_the_pages_speak_both_languages() {
    let app = App::simple();
    app.admin().await;
    let ann = app.user(ANN).await;
    let mut russian = app.browser().language("ru");
    russian.sign_in(ROOT).await;
    for (path, title) in [
        ("/admin/users", "Пользователи"),
        ("/admin/invitations", "Приглашения"),
        ("/admin/roles", "Роли"),
        ("/admin/signins", "Входы"),
        ("/admin/audit", "Журнал изменений"),
        ("/admin/outbox", "Почта"),
        (&format!("/admin/users/{}", ann.id), "Последние входы"),
        (&format!("/admin/users/{}/delete", ann.id), "Удалить пользователя?"),
    ] {
        let page = russian.open(path).await.expect(200).shows(&[title]);
        assert!(page.text.contains("<html lang=\"ru\"") && page.text.contains("aria-current=\"page\""), "{path}");
    }
    for path in ["/admin/users/x", "/admin/users/999", "/admin/users/999/delete", "/admin/roles/nothing", "/admin/invitations/999"] {
        russian.open(path).await.expect(404).shows(&["Здесь ничего нет"]);
    }
}
