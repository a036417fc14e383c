//! An invitation, from the administrator's page to the person who is in.

use super::{account::sign_in, visitor::Visitor};
use crate::{app::App, recovery::letter::letter};

const ROOT: &str = "root@example.org";
const BOB: &str = "bob@example.org";

async fn invited(app: &App) -> String {
    app.admin().await;
    let root = Visitor::new(app).await;
    sign_in(&root, ROOT).await;
    root.open("/admin/invitations").await;
    root.accessible().await;
    root.fill("E-mail address", BOB).await;
    root.press("Send the invitation").await;
    root.sees("Invited: the mail is on its way").await;
    root.screenshot("admin-invitations").await;
    letter(app, BOB, "You are invited", 1).await.link()
}

#[tokio::test]
#[cfg_attr(not(browser), ignore = "no browser here, NOT RUN: use `cargo xtask test`")]
async fn b3_the_link_signs_in_by_itself() {
    let app = App::simple();
    let link = invited(&app).await;
    let bob = Visitor::new(&app).await;
    bob.open(&link).await;
    bob.sees("Welcome!").await;
    bob.sees(BOB).await;
    bob.accessible().await;
    bob.screenshot("invitation-welcome").await;
    let mail = letter(&app, BOB, "Your account at", 1).await;
    assert!(mail.text.contains(BOB), "b4: {}", mail.text);
    bob.press("Sign out").await;
    bob.sees("Forgot password?").await;
    bob.open(&link).await;
    bob.sees("used").await;
    bob.accessible().await;
    bob.screenshot("invitation-used").await;
    assert_eq!(bob.complaints().await, Vec::<String>::new());
}

#[tokio::test]
#[cfg_attr(not(browser), ignore = "no browser here, NOT RUN: use `cargo xtask test`")]
async fn b3_the_link_has_a_button_where_scripts_are_off() {
    let app = App::simple();
    let link = invited(&app).await;
    let bob = Visitor::new(&app).await.without_javascript().await.phone().await;
    bob.open(&link).await;
    bob.sees("You are invited").await;
    bob.accessible().await;
    bob.screenshot("invitation").await;
    bob.press("Accept the invitation").await;
    bob.sees("Welcome!").await;
}
