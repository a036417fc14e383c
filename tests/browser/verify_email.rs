//! `/verify-email`.

use super::visitor::Visitor;
use crate::{
    app::{App, Plan},
    recovery::letter::letter,
};

const ANN: &str = "ann@example.org";

fn verifying() -> App {
    Plan::new().simple().set("email_verification", "optional").start()
}

#[tokio::test]
#[cfg_attr(not(browser), ignore = "no browser here, NOT RUN: use `cargo xtask test`")]
async fn f_an_address_is_confirmed_from_the_mail_of_a_sign_up() {
    let app = verifying();
    let account = app.user(ANN).await;
    let link = letter(&app, ANN, "Confirm your address", 1).await.link();
    let ann = Visitor::new(&app).await;
    ann.open(&link).await;
    ann.sees(ANN).await;
    assert_eq!((ann.title().await.as_str(), ann.language().await.as_str()), ("Confirm your address", "en"));
    ann.accessible().await;
    ann.screenshot("verify-email").await;
    assert_eq!(account.get("/me").await.expect(200).json["email_verified"], false);
    ann.press("Confirm").await;
    ann.sees("ann@example.org is confirmed").await;
    ann.accessible().await;
    ann.screenshot("verify-email-done").await;
    assert_eq!(account.get("/me").await.expect(200).json["email_verified"], true);
    ann.open(&link).await;
    ann.sees("This link does not work any more").await;
    ann.accessible().await;
    ann.screenshot("dead-link").await;
    assert_eq!(ann.complaints().await, Vec::<String>::new());
}

#[tokio::test]
#[cfg_attr(not(browser), ignore = "no browser here, NOT RUN: use `cargo xtask test`")]
async fn f_an_address_is_confirmed_in_russian_without_javascript_on_a_phone() {
    let app = verifying();
    let account = app.user(ANN).await;
    let link = letter(&app, ANN, "Confirm your address", 1).await.link();
    let ann = Visitor::speaking(&app, "ru-RU,ru,en").await.without_javascript().await.phone().await;
    ann.open(&link).await;
    assert_eq!((ann.title().await.as_str(), ann.language().await.as_str()), ("Подтвердите адрес", "ru"));
    ann.accessible().await;
    ann.screenshot("verify-email-ru").await;
    ann.press("Подтвердить").await;
    ann.sees("адрес подтверждён").await;
    ann.arrives("/verify-email").await;
    ann.accessible().await;
    assert_eq!(account.get("/me").await.expect(200).json["email_verified"], true);
}
