//! Signing up, in and out.

use super::visitor::Visitor;
use crate::{
    actor::PASSWORD,
    app::{App, Plan, plugin},
    recovery::letter::letter,
};

const ANN: &str = "ann@example.org";

#[tokio::test]
#[cfg_attr(not(browser), ignore = "no browser here, NOT RUN: use `cargo xtask test`")]
async fn b1_somebody_signs_up_out_and_in() {
    let app = App::simple();
    let ann = Visitor::new(&app).await;
    ann.open("/").await;
    ann.sees("Sign in").await;
    ann.accessible().await;
    ann.screenshot("sign-in").await;
    ann.press("Sign up").await;
    ann.arrives("/sign-up").await;
    ann.accessible().await;
    ann.fill("E-mail", ANN).await;
    ann.fill("Password", "password1").await;
    ann.press("Sign up").await;
    ann.sees("easy to guess").await;
    assert_eq!(ann.value("E-mail").await, ANN, "what was typed is there, and no password");
    assert_eq!(ann.value("Password").await, "");
    ann.accessible().await;
    ann.screenshot("sign-up-mistake").await;
    ann.fill("Password", PASSWORD).await;
    ann.press("Sign up").await;
    ann.sees("My account").await;
    ann.sees(ANN).await;
    ann.press("Sign out").await;
    ann.sees("Forgot password?").await;
    ann.fill("E-mail", ANN).await;
    ann.fill("Password", "wrong horse battery staple").await;
    ann.press("Sign in").await;
    ann.sees("The credentials are not right").await;
    ann.accessible().await;
    ann.screenshot("sign-in-mistake").await;
    ann.fill("Password", PASSWORD).await;
    ann.press("Sign in").await;
    ann.sees("My account").await;
    ann.arrives("/").await;
    assert_eq!(ann.complaints().await, Vec::<String>::new());
}

#[tokio::test]
#[cfg_attr(not(browser), ignore = "no browser here, NOT RUN: use `cargo xtask test`")]
async fn b1_the_same_in_russian_without_javascript_on_a_phone() {
    let app = App::simple();
    let ann = Visitor::speaking(&app, "ru-RU,ru,en").await.without_javascript().await.phone().await;
    ann.open("/sign-up").await;
    assert_eq!(ann.language().await, "ru");
    ann.accessible().await;
    ann.screenshot("sign-up-ru").await;
    ann.fill("Электронная почта", ANN).await;
    ann.fill("Пароль", PASSWORD).await;
    ann.press("Зарегистрироваться").await;
    ann.sees("Мой профиль").await;
    ann.accessible().await;
    ann.screenshot("account-ru").await;
    ann.press("Выйти").await;
    ann.sees("Вход").await;
    ann.fill("Электронная почта", ANN).await;
    ann.fill("Пароль", "wrong horse battery staple").await;
    ann.press("Войти").await;
    ann.sees("Неверные данные для входа").await;
    ann.fill("Пароль", PASSWORD).await;
    ann.press("Войти").await;
    ann.sees("Мой профиль").await;
}

#[tokio::test]
#[cfg_attr(not(browser), ignore = "no browser here, NOT RUN: use `cargo xtask test`")]
async fn g4_a_code_by_mail_leads_in() {
    let code = plugin("email-code");
    let app = Plan::new().plugin("email-code", &code, Some("vouch = true\nmail = true\n")).start();
    let ann = Visitor::new(&app).await;
    ann.open("/sign-up").await;
    ann.fill("E-mail", ANN).await;
    ann.press("Sign up").await;
    ann.sees("One more step").await;
    ann.accessible().await;
    ann.screenshot("challenge").await;
    ann.fill("Code", "000000").await;
    ann.press("Go on").await;
    ann.sees("This is not the code in the mail").await;
    ann.accessible().await;
}

#[tokio::test]
#[cfg_attr(not(browser), ignore = "no browser here, NOT RUN: use `cargo xtask test`")]
async fn f_a_forgotten_password_is_set_anew() {
    const NEW: &str = "nine blue lanterns above the harbour";
    let app = App::simple();
    app.user(ANN).await;
    let ann = Visitor::new(&app).await;
    ann.open("/").await;
    ann.press("Forgot password?").await;
    ann.arrives("/recover").await;
    ann.accessible().await;
    ann.screenshot("recover").await;
    ann.fill("E-mail", ANN).await;
    ann.press("Send the mail").await;
    ann.arrives("/recover/code").await;
    ann.accessible().await;
    ann.screenshot("recover-code").await;
    ann.open(&letter(&app, ANN, "Set a new password", 1).await.link()).await;
    ann.fill("New password", NEW).await;
    ann.press("Set the password").await;
    ann.sees("Your password is set").await;
    ann.open("/").await;
    ann.fill("E-mail", ANN).await;
    ann.fill("Password", NEW).await;
    ann.press("Sign in").await;
    ann.sees("My account").await;
}
