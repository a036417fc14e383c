//! The address: proven, changed, kept.

use super::{ANN, BOB, ann};
use crate::{
    app::{App, Plan},
    recovery::letter::{letter, letters},
};

const ANNA: &str = "anna@example.com";

#[tokio::test]
async fn e4_the_letter_is_sent_again_and_the_badge_changes() {
    let app = App::simple();
    let (user, mut browser) = ann(&app).await;
    let sent = browser.fill("/", "/account/email", &[("action", "verify")]).await.expect(200);
    assert_eq!(sent.address, "/account/email?done=letter");
    let path = letter(&app, ANN, "Confirm your address", 1).await.path();
    browser.fill(&path, "/verify-email", &[("action", "confirm")]).await.expect(200);
    let page = browser.open("/account/email").await.expect(200).shows(&["verified"]).hides(&["not verified", "Send the letter again"]);
    assert!(user.get("/me").await.expect(200).json["email_verified"].as_bool().unwrap());
    // The form is gone; who kept it open is told so.
    let token = page.forms()[0].value("form_token").unwrap().to_owned();
    let kept = [("form_token".to_owned(), token), ("action".to_owned(), "verify".to_owned())];
    browser.send(reqwest::Method::POST, "/account/email", Some(&kept)).await.expect(400);
}

#[tokio::test]
async fn e4_both_addresses_agree_to_a_change_and_the_page_says_who_is_missing() {
    let app = App::simple();
    let (user, mut browser) = ann(&app).await;
    browser.fill("/", "/account/email", &[("action", "verify")]).await.expect(200);
    let path = letter(&app, ANN, "Confirm your address", 1).await.path();
    browser.fill(&path, "/verify-email", &[("action", "confirm")]).await.expect(200);

    let asked = browser.fill("/account/email", "/account/email", &[("email", ANNA)]).await.expect(200);
    assert_eq!(asked.address, "/account/email?done=address");
    asked.shows(&["Letters are under way", ANNA, "to your old address was not followed", "to the new address was not followed"]);
    let to_new = letter(&app, ANNA, "Confirm your new address", 1).await.path();
    browser.fill(&to_new, "/verify-email", &[("action", "confirm")]).await.expect(200).shows(&["One more step"]);
    browser.open("/").await.shows(&[ANNA, "to your old address was not followed"]).hides(&["to the new address was not followed"]);
    let to_old = letter(&app, ANN, "Your address is to change", 1).await.path();
    browser.fill(&to_old, "/verify-email", &[("action", "confirm")]).await.expect(200);
    browser.open("/").await.expect(200).shows(&[ANNA]).hides(&["was not followed", ANN]);
    assert_eq!(user.get("/me").await.problem(401, "session_ended").status, 401, "the other session ended");
}

#[tokio::test]
async fn e4_a_change_is_given_up() {
    let app = App::simple();
    let (_, mut browser) = ann(&app).await;
    let page = browser.fill("/account/email", "/account/email", &[("email", ANNA)]).await.expect(200).shows(&["Your address is to become"]);
    let path = letter(&app, ANNA, "Confirm your new address", 1).await.path();
    let kept = browser.submit(&page, "/account/email", &[("action", "cancel")]).await.expect(200);
    kept.shows(&["The change of your address is given up."]).hides(&[ANNA]);
    browser.open(&path).await.expect(400);
}

/// Rule 23: the page tells nobody who has an account.
#[tokio::test]
async fn e4_mistakes_stand_beside_the_field_and_nobody_elses_account_is_told() {
    let app = App::simple();
    let (_, mut browser) = ann(&app).await;
    app.user(BOB).await;
    for (email, text) in
        [("not an address", "own-email-error"), (ANN, "This is the address that the account has."), ("", "own-email-error")]
    {
        let page = browser.fill("/account/email", "/account/email", &[("email", email)]).await.expect(400).shows(&[text]);
        assert!(page.text.contains("aria-invalid=\"true\""), "{email}");
    }
    let taken = browser.fill("/account/email", "/account/email", &[("email", BOB)]).await.expect(200);
    assert_eq!(taken.address, "/account/email?done=address");
    assert!(letters(&app, BOB, "Confirm your new address").is_empty(), "its owner gets another letter");
}

#[tokio::test]
async fn e4_a_change_needs_a_recent_sign_in() {
    let app = Plan::new().simple().set("reauthentication_window", "1s").start();
    let (_, mut browser) = ann(&app).await;
    let open = browser.open("/account/email").await;
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    let page = browser.open("/account/email").await.expect(200).shows(&["Sign in again", "not verified"]);
    assert!(page.has_link("/reauthenticate?return_to=%2Faccount%2Femail"), "{}", page.text);
    let token = open.forms()[0].value("form_token").unwrap().to_owned();
    let sent = [("form_token".to_owned(), token), ("email".to_owned(), ANNA.to_owned())];
    let page = browser.send(reqwest::Method::POST, "/account/email", Some(&sent)).await.expect(403);
    assert!(page.has_link("/reauthenticate?return_to=%2Faccount%2Femail"), "{}", page.text);
    assert_eq!(app.number("SELECT COUNT(*) FROM proofs").await, 0);
}
