//! Display name, declared fields, language, and the end of an account.

use reqwest::Method;
use serde_json::json;

use super::{ANN, BOB, ann};
use crate::{
    actor::{PASSWORD, User},
    app::{App, Plan, guest},
};

#[tokio::test]
async fn e4_the_profile_is_changed_with_what_providers_declare() {
    let app = Plan::new().simple().plugin("hello", &guest("hello"), None).start();
    let body = json!({ "type": "hello", "email": ANN, "password": PASSWORD, "city": "Graz" });
    let user = User::new(&app, &app.post("/auth/signup/", &body).await.expect(200));
    let mut browser = app.browser();
    let fields = [("type", "hello"), ("email", ANN), ("password", PASSWORD)];
    browser.fill("/", "/sign-in", &fields).await.expect(200).shows(&["city", "Graz"]);
    let page = browser.open("/account/profile").await.expect(200);
    let form = page.form("/account/profile", &[]);
    assert_eq!((form.value("city"), form.value("display_name"), form.value("locale")), (Some("Graz"), Some(""), None));
    let saved = browser.submit(&page, "/account/profile", &[("display_name", " Ann ☃ "), ("city", "Wien")]).await.expect(200);
    assert_eq!(saved.address, "/?done=profile");
    saved.shows(&["Your profile is saved.", "Ann ☃", "Wien"]).hides(&["Graz"]);
    let me = user.get("/me").await.expect(200).json;
    assert_eq!((&me["display_name"], &me["profile"]), (&json!("Ann ☃"), &json!({ "city": "Wien" })));
    // Empty fields remove what was there.
    browser.fill("/account/profile", "/account/profile", &[("display_name", ""), ("city", " ")]).await.expect(200);
    let me = user.get("/me").await.expect(200).json;
    assert_eq!((&me["display_name"], &me["profile"]), (&json!(null), &json!({})));
}

#[tokio::test]
async fn e4_a_mistake_in_the_profile_stands_beside_its_field() {
    let app = App::simple();
    let (user, mut browser) = ann(&app).await;
    let long = "x".repeat(101);
    let page = browser.fill("/account/profile", "/account/profile", &[("display_name", &long)]).await.expect(400);
    let form = page.form("/account/profile", &[]);
    assert_eq!(form.value("display_name"), Some(long.as_str()), "what was typed stays");
    assert!(page.text.contains("aria-invalid=\"true\"") && page.text.contains("id=\"own-display_name-error\""), "{}", page.text);
    assert_eq!(user.get("/me").await.expect(200).json["display_name"], json!(null));
    // A field that the page does not have is no way around it.
    let token = form.value("form_token").unwrap().to_owned();
    let sent = [("form_token".to_owned(), token), ("roles".to_owned(), "admin".to_owned())];
    browser.send(Method::POST, "/account/profile", Some(&sent)).await.expect(400).shows(&["roles"]);
    assert_eq!(user.get("/me").await.expect(200).json["roles"], json!([]));
}

#[tokio::test]
async fn e4_the_language_is_kept_with_the_account() {
    let app = App::simple();
    let (user, mut browser) = ann(&app).await;
    browser.fill("/", "/language", &[("language", "ru")]).await.expect(200).shows(&["Мой профиль"]);
    assert_eq!(user.get("/me").await.expect(200).json["locale"], "ru");
    let mut elsewhere = app.browser();
    elsewhere.sign_in(ANN).await.shows(&["Мой профиль"]);
}

#[tokio::test]
async fn e4_an_account_is_deleted_after_asking_again() {
    let app = App::simple();
    let (user, mut browser) = ann(&app).await;
    let page = browser.open("/account/delete").await.expect(200).shows(&["cannot be undone", ANN]);
    let refused =
        browser.submit(&page, "/account/delete", &[("confirm", BOB)]).await.expect(400).shows(&["This is not what was asked for."]);
    assert_eq!(refused.form("/account/delete", &[]).value("confirm"), Some(BOB));
    browser.submit(&page, "/account/delete", &[("confirm", "")]).await.expect(400);
    user.get("/me").await.expect(200);
    let gone = browser.submit(&page, "/account/delete", &[("confirm", " Ann@example.org ")]).await.expect(200);
    assert_eq!(gone.address, "/account/deleted");
    gone.shows(&["The account is deleted"]);
    assert!(browser.open("/").await.has_form("/sign-in"));
    user.get("/me").await.problem(401, "session_ended");
    assert_eq!(app.number("SELECT COUNT(*) FROM users").await, 0);
    assert_eq!(app.number("SELECT COUNT(*) FROM audit WHERE action = 'user.delete' AND actor_user = 1").await, 1);
}

#[tokio::test]
async fn b10_the_last_administrator_stays_and_is_told_why() {
    let app = App::simple();
    app.admin().await;
    let mut root = app.browser();
    root.sign_in("root@example.org").await;
    let page = root.fill("/account/delete", "/account/delete", &[("confirm", "root@example.org")]).await.expect(400);
    page.shows(&["The last administrator cannot be removed."]);
    assert!(root.open("/").await.has_form("/sign-out"));
}
