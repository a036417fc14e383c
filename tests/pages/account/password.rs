//! The password: changed, and set by who has none.

use super::{ANN, BY_MAIL, ann, link};
use crate::{
    actor::PASSWORD,
    app::{App, Plan, plugin},
    linking::{codes, next_code},
    recovery::letter::{NEW, letter, signin},
};

#[tokio::test]
async fn e4_a_changed_password_ends_all_other_sessions() {
    let app = App::simple();
    let (elsewhere, mut browser) = ann(&app).await;
    let fields = [("current_password", PASSWORD), ("new_password", NEW)];
    let done = browser.fill("/account/password", "/account/password", &fields).await.expect(200);
    assert_eq!(done.address, "/?done=password");
    done.shows(&["Your password is changed."]);
    elsewhere.get("/me").await.problem(401, "session_ended");
    signin(&app, ANN, PASSWORD).await.problem(400, "invalid_credentials");
    signin(&app, ANN, NEW).await.expect(200);
    assert!(letter(&app, ANN, "password", 1).await.text.contains("password"));
}

#[tokio::test]
async fn e4_both_mistakes_are_told_at_once_and_no_password_comes_back() {
    let app = App::simple();
    let (elsewhere, mut browser) = ann(&app).await;
    let wrong = "a wrong one entirely";
    let fields = [("current_password", wrong), ("new_password", "password1")];
    let page = browser.fill("/account/password", "/account/password", &fields).await.expect(400);
    let page = page.hides(&[wrong, "password1"]).shows(&["own-current_password-error", "own-new_password-error"]);
    assert!(page.text.contains("autocomplete=\"current-password\"") && page.text.contains("autocomplete=\"new-password\""));
    elsewhere.get("/me").await.expect(200);
    signin(&app, ANN, PASSWORD).await.expect(200);
}

#[tokio::test]
async fn e4_guessing_at_the_password_of_an_open_session_is_limited() {
    let app = App::simple();
    let (_, mut browser) = ann(&app).await;
    let page = browser.open("/account/password").await;
    let mut refused = 0;
    for n in 0..40 {
        let answer =
            browser.submit(&page, "/account/password", &[("current_password", &format!("guess {n}")), ("new_password", NEW)]).await;
        if answer.status == 429 {
            let answer = answer.shows(&["Too many tries"]);
            let wait: u64 = answer.headers["retry-after"].to_str().unwrap().parse().unwrap();
            assert!(wait > 0, "{}", answer.text);
            refused += 1;
            break;
        }
        answer.expect(400);
    }
    assert_eq!(refused, 1, "forty guesses were taken");
}

#[tokio::test]
async fn e4_who_has_no_password_gets_one_with_a_way_in() {
    let app = Plan::new().simple().plugin("email-code", &plugin("email-code"), Some(BY_MAIL)).start();
    let (user, mut browser) = ann(&app).await;
    // With another way in, and without `simple`, the password is gone.
    let before = codes(&app).len();
    let asked = browser.fill("/account/add/email-code", "/account/add/email-code", &[("email", ANN)]).await.expect(200);
    let code = next_code(&app, before).await;
    browser.submit(&asked, "/account/continue", &[("code", &code)]).await.expect(200).shows(&["It is added"]);
    let ways = browser.open("/account/identities").await;
    let path = link(&ways, "Remove: E-mail and password");
    browser.fill(&path, &path, &[]).await.expect(200);
    let page = browser.open("/account/password").await.expect(200).shows(&["Your account has no password"]);
    assert!(page.has_link("/account/add/simple") && !page.has_link("/account/add/email-code"), "{}", page.text);
    browser.open("/").await.shows(&["Set a password"]);
    signin(&app, ANN, PASSWORD).await.problem(400, "invalid_credentials");

    let page = browser.open("/account/add/simple").await.expect(200);
    assert_eq!(page.form("/account/add/simple", &[]).value("email"), Some(ANN), "the account has one address");
    let other = [("email", "other@example.org"), ("password", NEW)];
    browser.submit(&page, "/account/add/simple", &other).await.expect(400).shows(&["own-email-error"]).hides(&[NEW]);
    browser.submit(&page, "/account/add/simple", &[("password", NEW)]).await.expect(200).shows(&["It is added"]);
    signin(&app, ANN, NEW).await.expect(200);
    assert_eq!(user.get("/me").await.expect(200).json["email"], ANN);
    browser.open("/").await.shows(&["Change the password"]);
}
