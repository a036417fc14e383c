//! One's own pages.

use super::visitor::Visitor;
use crate::{
    actor::PASSWORD,
    app::{App, Plan, plugin},
};

const ANN: &str = "ann@example.org";

fn app() -> App {
    Plan::new().simple().login().plugin("totp", &plugin("totp"), Some("vouch = true\nfactor = true\n")).start()
}

/// Signs in by the form.
pub async fn sign_in(visitor: &Visitor, email: &str) {
    visitor.open("/").await;
    visitor.fill("E-mail", email).await;
    visitor.fill("Password", PASSWORD).await;
    visitor.press("Sign in").await;
    visitor.sees("My account").await;
}

/// Opens each page, holds it to the rules of accessibility, and takes its picture.
pub async fn look_at(visitor: &Visitor, pages: &[(&str, &str)]) {
    for (path, name) in pages {
        visitor.open(path).await;
        visitor.arrives(path).await;
        visitor.accessible().await;
        visitor.screenshot(name).await;
    }
    assert_eq!(visitor.complaints().await, Vec::<String>::new());
}

#[tokio::test]
#[cfg_attr(not(browser), ignore = "no browser here, NOT RUN: use `cargo xtask test`")]
async fn b1_ones_own_pages_are_pleasant() {
    let app = app();
    app.user(ANN).await;
    let ann = Visitor::new(&app).await;
    sign_in(&ann, ANN).await;
    look_at(
        &ann,
        &[
            ("/", "account"),
            ("/account/profile", "account-profile"),
            ("/account/password", "account-password"),
            ("/account/email", "account-email"),
            ("/account/sessions", "account-sessions"),
            ("/account/history", "account-history"),
            ("/account/identities", "account-identities"),
            ("/account/add/login", "account-add"),
            ("/account/delete", "account-delete"),
        ],
    )
    .await;
}

#[tokio::test]
#[cfg_attr(not(browser), ignore = "no browser here, NOT RUN: use `cargo xtask test`")]
async fn e4_a_profile_is_changed_without_javascript() {
    let app = app();
    let account = app.user(ANN).await;
    let ann = Visitor::new(&app).await.without_javascript().await.phone().await;
    sign_in(&ann, ANN).await;
    ann.open("/account/profile").await;
    ann.fill("Display name (optional)", "Ann Example").await;
    ann.press("Save").await;
    ann.sees("Your profile is saved.").await;
    assert_eq!(account.get("/me").await.expect(200).json["display_name"], "Ann Example");
}

#[tokio::test]
#[cfg_attr(not(browser), ignore = "no browser here, NOT RUN: use `cargo xtask test`")]
async fn f_a_second_factor_is_shown_as_a_picture() {
    let app = app();
    app.user(ANN).await;
    let ann = Visitor::new(&app).await;
    sign_in(&ann, ANN).await;
    ann.open("/account/add/totp").await;
    ann.press("Go on").await;
    ann.sees("Code").await;
    ann.accessible().await;
    ann.screenshot("account-factor").await;
    ann.fill("Code", "000000").await;
    ann.press("Confirm").await;
    ann.sees("is not the code that the app shows now").await;
}
