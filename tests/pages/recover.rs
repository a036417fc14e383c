//! Forgotten passwords in the pages (rows B1, B7, security rule 23).

use super::by_password;
use crate::{
    actor::PASSWORD,
    app::{App, Plan},
    recovery::letter::{NEW, letter, sql, wrong},
};

const ANN: &str = "ann@example.org";

#[tokio::test]
async fn b7_a_forgotten_password_is_replaced_with_the_code_of_the_mail() {
    let app = App::simple();
    app.user(ANN).await;
    let mut browser = app.browser();
    assert!(browser.open("/").await.has_link("/recover"));
    let page = browser.open("/recover").await.expect(200);
    let mistake = browser.submit(&page, "/recover", &[("email", "ann")]).await.expect(400);
    assert!(mistake.text.contains("aria-invalid=\"true\"") && mistake.text.contains("value=\"ann\""), "{}", mistake.text);
    let asked = browser.submit(&mistake, "/recover", &[("email", " ANN@example.org ")]).await.expect(200);
    assert_eq!(asked.address, "/recover/code");
    let code = letter(&app, ANN, "Set a new password", 1).await.code();
    let weak = browser.submit(&asked, "/recover/code", &[("code", &code), ("new_password", "password1")]).await.expect(400);
    let weak = weak.shows(&["easy to guess"]).hides(&["password1"]);
    let bad = browser.submit(&weak, "/recover/code", &[("code", &wrong(&code)), ("new_password", NEW)]).await.expect(400);
    let bad = bad.shows(&["This is wrong, was used, or is too old"]);
    // Whoever looks for the mail meanwhile finds the page again.
    browser.open("/recover/code").await.expect(200);
    let done = browser.submit(&bad, "/recover/code", &[("code", &code), ("new_password", NEW)]).await.expect(200);
    let done = done.shows(&["Your password is set."]);
    assert!(!browser.cookies.contains_key("vestibule_recovery") && !browser.cookies.contains_key("vestibule_session"));
    let old = browser.submit(&done, "/sign-in", &by_password(ANN, PASSWORD)).await.expect(400);
    browser.submit(&old, "/sign-in", &by_password(ANN, NEW)).await.expect(200).shows(&[ANN, "Sign out"]);
    app.browser().open("/recover/code").await.expect(200).shows(&["Send the mail"]);
    app.browser().open("/?done=<b>").await.expect(200).hides(&["<b>", "Your password is set."]);
}

#[tokio::test]
async fn rule23_nobody_learns_who_has_an_account() {
    let app = App::simple();
    app.user(ANN).await;
    let mut seen = Vec::new();
    for email in [ANN, "nobody@example.org"] {
        let mut browser = app.browser();
        let asked = browser.fill("/recover", "/recover", &[("email", email)]).await.expect(200);
        let form = asked.form("/recover/code", &[]);
        let wrong = browser.submit(&asked, "/recover/code", &[("code", "12345x"), ("new_password", NEW)]).await.expect(400);
        let plain = |text: &str| text.replace(form.value("flow").unwrap(), "F").replace(form.value("form_token").unwrap(), "T");
        seen.push((plain(&asked.text), plain(&wrong.text)));
        assert!(!asked.text.contains(email), "{}", asked.text);
    }
    assert_eq!(seen[0], seen[1]);
    letter(&app, ANN, "Set a new password", 1).await;
    assert_eq!(app.mails().len(), 1);
}

#[tokio::test]
async fn b7_in_russian_too() {
    let app = App::simple();
    app.user(ANN).await;
    let mut browser = app.browser().language("ru");
    let page = browser.open("/recover").await.expect(200).shows(&["Забыли пароль?", "Отправить письмо"]);
    let asked = browser.submit(&page, "/recover", &[("email", ANN)]).await.expect(200).shows(&["Новый пароль", "Сохранить пароль"]);
    browser.submit(&asked, "/recover/code", &[("code", "1"), ("new_password", NEW)]).await.expect(400).shows(&["Код неверен."]);
}

#[tokio::test]
async fn b7_trouble_stands_beside_the_form() {
    let app = Plan::new().simple().start();
    app.user(ANN).await;
    let mut browser = app.browser();
    let asked = browser.fill("/recover", "/recover", &[("email", ANN)]).await.expect(200);
    let code = letter(&app, ANN, "Set a new password", 1).await.code();
    sql(&app, "UPDATE users SET disabled = TRUE").await;
    let told = browser.submit(&asked, "/recover/code", &[("code", &code), ("new_password", NEW)]).await.expect(400);
    told.shows(&["This account is disabled."]);
}
