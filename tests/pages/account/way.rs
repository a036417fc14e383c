//! Ways to sign in: added, removed, and never somebody else's.

use reqwest::Method;

use super::{ANN, BOB, ann, link, plan};
use crate::{
    actor::PASSWORD,
    app::App,
    linking::{codes, next_code},
};

const ADD: &str = "/account/add/email-code";
const GO_ON: &str = "/account/continue";

#[tokio::test]
async fn f_another_way_in_is_added_in_its_steps_and_removed_again() {
    let app = plan().start();
    let (_, mut browser) = ann(&app).await;
    let page = browser.open("/account/identities").await.expect(200).shows(&["E-mail and password", ANN, "Add: Code by e-mail"]);
    assert!(!page.has_link("/account/add/simple"), "it is there already: {}", page.text);
    let before = codes(&app).len();
    let asked = browser.fill(ADD, ADD, &[("email", "ann@other.example")]).await.expect(200);
    assert_eq!(asked.address, GO_ON);
    assert_eq!(browser.open(GO_ON).await.expect(200).text, asked.text, "it can be loaded again");
    let code = next_code(&app, before).await;
    let wrong = format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000);
    let again = browser.submit(&asked, GO_ON, &[("code", &wrong)]).await.expect(400);
    assert!(again.text.contains("id=\"own-code-error\""), "{}", again.text);
    assert_eq!(again.form(GO_ON, &[]).value("code"), Some(""), "a code is a credential");
    let done = browser.submit(&again, GO_ON, &[("code", &code)]).await.expect(200);
    assert_eq!(done.address, "/account/identities?done=added");
    let done = done.shows(&["It is added to your account.", "ann@other.example"]);
    assert!(!done.has_link(ADD));
    browser.submit(&again, GO_ON, &[("code", &code)]).await.expect(400).shows(&["Begin again"]);

    let path = link(&done, "Remove: Code by e-mail");
    let asked = browser.open(&path).await.expect(200).shows(&["Remove this way to sign in?", "ann@other.example"]);
    assert_eq!(app.number("SELECT COUNT(*) FROM identities").await, 2, "asking removes nothing");
    let gone = browser.submit(&asked, &path, &[]).await.expect(200);
    assert_eq!(gone.address, "/account/identities?done=removed");
    gone.hides(&["ann@other.example"]);
    browser.open(&path).await.expect(404);
}

#[tokio::test]
async fn f_the_last_way_in_stays_and_the_page_says_why() {
    let app = plan().start();
    let (_, mut browser) = ann(&app).await;
    let path = link(&browser.open("/account/identities").await, "Remove: E-mail and password");
    browser.fill(&path, &path, &[]).await.expect(400).shows(&["The last way in cannot be removed. Add another one first."]);
    app.signin(ANN).await;
}

#[tokio::test]
async fn f_nobody_elses_way_in_is_there_or_can_be_taken() {
    let app = plan().start();
    let (_, mut browser) = ann(&app).await;
    app.user(BOB).await;
    let theirs = app.number("SELECT MAX(id) FROM identities").await;
    let token = browser.open("/account/identities").await.forms()[0].value("form_token").unwrap().to_owned();
    for path in [format!("/account/identities/{theirs}"), "/account/identities/0".to_owned(), "/account/identities/x".to_owned()] {
        browser.open(&path).await.expect(404).shows(&["Nothing here"]);
        browser.send(Method::POST, &path, Some(&[("form_token".to_owned(), token.clone())])).await.expect(404);
    }
    assert_eq!(app.number("SELECT COUNT(*) FROM identities").await, 2);

    // Bob links an address that Ann then tries to link, too.
    let mut bob = app.browser();
    bob.sign_in(BOB).await;
    for (person, status, text) in [(&mut bob, 200, "It is added"), (&mut browser, 400, "This belongs to another account already.")] {
        let before = codes(&app).len();
        let asked = person.fill(ADD, ADD, &[("email", "shared@example.org")]).await.expect(200);
        let code = next_code(&app, before).await;
        person.submit(&asked, GO_ON, &[("code", &code)]).await.expect(status).shows(&[text]);
    }
    for unknown in ["nothing", "..%2f", "facebook"] {
        browser.open(&format!("/account/add/{unknown}")).await.expect(404);
    }
}

/// A step that Ann began is hers alone.
#[tokio::test]
async fn f_a_step_belongs_to_the_session_that_began_it() {
    let app = plan().start();
    let (_, mut browser) = ann(&app).await;
    app.user(BOB).await;
    let mut bob = app.browser();
    bob.sign_in(BOB).await;
    let asked = browser.fill("/account/add/false-factor", "/account/add/false-factor", &[]).await.expect(200);
    let flow = asked.form(GO_ON, &[]).value("flow").unwrap().to_owned();
    let token = bob.open("/account/identities").await.forms()[0].value("form_token").unwrap().to_owned();
    let sent = [("form_token", token), ("flow", flow), ("code", "right".to_owned())].map(|(name, value)| (name.to_owned(), value));
    bob.send(Method::POST, GO_ON, Some(&sent)).await.expect(400).shows(&["Begin again"]);
    bob.cookies.insert("vestibule_adding".to_owned(), browser.cookies["vestibule_adding"].clone());
    bob.open(GO_ON).await.expect(400).shows(&["begun elsewhere"]);
    assert_eq!(app.number("SELECT COUNT(*) FROM identities WHERE is_factor").await, 0);
}

#[tokio::test]
async fn f_what_changes_ways_in_needs_a_recent_sign_in() {
    let app = plan().set("reauthentication_window", "4s").start();
    let (_, mut browser) = ann(&app).await;
    let way = link(&browser.open("/account/identities").await, "Remove: E-mail and password");
    let open = browser.open("/account/identities").await;
    tokio::time::sleep(std::time::Duration::from_millis(4100)).await;
    let token = open.forms()[0].value("form_token").unwrap().to_owned();
    for path in [way.as_str(), "/account/add/totp", ADD, "/account/recovery-codes"] {
        let page = browser.open(path).await.expect(403).shows(&["Sign in again", "recent sign-in"]);
        let back: String = form_urlencoded(path);
        assert!(page.has_link(&format!("/reauthenticate?return_to={back}")), "{}", page.text);
        let sent = [("form_token".to_owned(), token.clone())];
        browser.send(Method::POST, path, Some(&sent)).await.expect(403).shows(&["Sign in again"]);
    }
    let page = browser.open("/account/add/totp").await;
    let page = browser.open(&link(&page, "Sign in again")).await.expect(200);
    let fields = [("type", "simple"), ("email", ANN), ("password", PASSWORD)];
    let back = browser.submit(&page, "/sign-in", &fields).await.expect(200);
    assert_eq!(back.address, "/account/add/totp");
}

fn form_urlencoded(path: &str) -> String {
    path.replace('/', "%2F")
}

#[tokio::test]
async fn a5_a_way_that_is_switched_off_can_be_removed_but_not_added() {
    let app = plan().start();
    let (_, mut browser) = ann(&app).await;
    let root = app.admin().await;
    let off = serde_json::json!({ "enabled": false });
    root.send(Method::PUT, "/providers/email-code", Some(&off)).await.expect(200);
    assert!(!browser.open("/account/identities").await.has_link(ADD));
    browser.open(ADD).await.expect(404);
    root.send(Method::PUT, "/providers/simple", Some(&off)).await.expect(200);
    let page = browser.open("/account/identities").await.expect(200).shows(&["simple"]);
    link(&page, "Remove: simple");
}

#[tokio::test]
async fn f_without_any_other_provider_there_is_nothing_to_add() {
    let app = App::simple();
    let (_, mut browser) = ann(&app).await;
    browser.open("/account/identities").await.expect(200).shows(&["Second factor", "None yet"]).hides(&["Add:"]);
}

#[tokio::test]
async fn f_a_way_in_by_another_site_is_added_on_the_way_back() {
    let app = plan().start();
    let (_, mut browser) = ann(&app).await;
    let away = browser.fill("/account/add/elsewhere", "/account/add/elsewhere", &[]).await.expect(200).shows(&["id.example"]);
    let url = url::Url::parse(&link(&away, "Go on")).unwrap();
    let state = url.query_pairs().find(|(name, _)| name == "state").expect("a state").1.into_owned();
    let callback = format!("/callback?state={state}&code=ann-is-here");
    app.browser().open(&callback).await.expect(400);
    let back = browser.open(&callback).await.expect(200);
    assert_eq!(app.number("SELECT COUNT(*) FROM identities").await, 1, "a GET changes nothing");
    let done = browser.submit(&back, GO_ON, &[]).await.expect(200);
    assert_eq!(done.address, "/account/identities?done=added");
    done.shows(&["Elsewhere", "ann"]);
    browser.open(&callback).await.expect(400);
    let mut again = app.browser();
    let away = again.fill("/", "/sign-in", &[("type", "elsewhere")]).await.expect(200);
    let url = url::Url::parse(&link(&away, "Go on")).unwrap();
    let state = url.query_pairs().find(|(name, _)| name == "state").expect("a state").1.into_owned();
    let back = again.open(&format!("/callback?state={state}&code=ann-is-here")).await.expect(200);
    again.submit(&back, "/continue", &[]).await.expect(200).shows(&[ANN, "Sign out"]);
}

#[tokio::test]
async fn f_ways_have_russian_names_on_every_page() {
    let app = plan().start();
    app.user(ANN).await;
    let mut browser = app.browser().language("ru");
    browser.sign_in(ANN).await.shows(&["Электронная почта и пароль"]).hides(&["E-mail and password"]);
    let page = browser.open("/account/identities").await.expect(200).hides(&["E-mail and password", "Code by e-mail", "Authenticator app"]);
    page.shows(&["Электронная почта и пароль", "Добавить: Код по электронной почте", "Добавить: Приложение-аутентификатор"]);
    browser.open("/account/history").await.expect(200).shows(&["Электронная почта и пароль"]).hides(&["E-mail and password"]);
    browser.open("/account/add/totp").await.expect(200).shows(&["Добавить: Приложение-аутентификатор", "Второй фактор"]);
    let asked = browser.fill("/account/add/totp", "/account/add/totp", &[]).await.expect(200);
    asked.shows(&["Отсканируйте код", "Шесть цифр, которые показывает приложение."]).hides(&["six digits"]);
}
