//! `/reset`.

use super::visitor::Visitor;
use crate::{
    actor::PASSWORD,
    app::App,
    recovery::letter::{NEW, letter, recover, signin},
};

const ANN: &str = "ann@example.org";

#[tokio::test]
#[cfg_attr(not(browser), ignore = "no browser here, NOT RUN: use `cargo xtask test`")]
async fn f_a_forgotten_password_is_set_anew() {
    let app = App::simple();
    app.user(ANN).await;
    recover(&app, ANN).await;
    let ann = Visitor::new(&app).await;
    ann.open(&letter(&app, ANN, "Set a new password", 1).await.link()).await;
    assert_eq!(ann.title().await, "Set a new password");
    ann.sees(ANN).await;
    assert_eq!(ann.focus().await, "New password");
    ann.accessible().await;
    ann.screenshot("reset").await;
    ann.fill("New password", "password1").await;
    ann.press("Set the password").await;
    ann.sees("easy to guess").await;
    ann.accessible().await;
    ann.screenshot("reset-refused").await;
    ann.fill("New password", NEW).await;
    ann.press("Set the password").await;
    ann.sees("Your password is set").await;
    ann.accessible().await;
    ann.screenshot("reset-done").await;
    signin(&app, ANN, PASSWORD).await.expect(400);
    signin(&app, ANN, NEW).await.expect(200);
    assert_eq!(ann.complaints().await, Vec::<String>::new());
}

#[tokio::test]
#[cfg_attr(not(browser), ignore = "no browser here, NOT RUN: use `cargo xtask test`")]
async fn f_a_password_is_set_in_russian_without_javascript_on_a_phone() {
    let app = App::simple();
    app.user(ANN).await;
    recover(&app, ANN).await;
    let ann = Visitor::speaking(&app, "ru-RU,ru").await.without_javascript().await.phone().await;
    ann.open(&letter(&app, ANN, "Set a new password", 1).await.link()).await;
    assert_eq!((ann.title().await.as_str(), ann.language().await.as_str()), ("Новый пароль", "ru"));
    ann.accessible().await;
    ann.screenshot("reset-ru").await;
    ann.fill("Новый пароль", "password1").await;
    ann.press("Сохранить пароль").await;
    ann.sees("легко угадать").await;
    ann.accessible().await;
    ann.fill("Новый пароль", NEW).await;
    ann.press("Сохранить пароль").await;
    ann.sees("Теперь войдите с новым паролем").await;
    ann.accessible().await;
    signin(&app, ANN, NEW).await.expect(200);
}
