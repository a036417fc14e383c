//! Forms that were not sent by the person who seems to send them (security rule 19).

use reqwest::Method;

use super::{
    browser::{Browser, Page},
    by_password,
};
use crate::{
    actor::PASSWORD,
    app::App,
    recovery::letter::{NEW, letter, recover, verified},
};

const ANN: &str = "ann@example.org";
const EVE: &str = "eve@example.org";

type Fields = Vec<(String, String)>;

fn fields(pairs: &[(&str, &str)]) -> Fields {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// Everything that a form could change.
async fn state(app: &App) -> Vec<String> {
    let mut state = Vec::new();
    for rows in [
        "SELECT id || ':' || coalesce(locale, '') FROM users ORDER BY 1",
        "SELECT id || ':' || CASE WHEN ended_at IS NULL THEN '' ELSE ended_at || '' END FROM sessions ORDER BY 1",
        "SELECT id_hash || ':' || attempts FROM proofs ORDER BY 1",
        "SELECT id_hash || ':' || attempts FROM steps ORDER BY 1",
        "SELECT password_hash FROM credentials ORDER BY 1",
        "SELECT id || ':' || result FROM signins ORDER BY 1",
    ] {
        state.extend(app.texts(rows).await);
    }
    state.push(app.mails().len().to_string());
    state
}

/// The same without the mails: those of sign-ups may still be on their way.
async fn rows(app: &App) -> Vec<String> {
    let mut rows = state(app).await;
    rows.pop();
    rows
}

/// What a form of each path would do, if it were taken.
async fn every_form(app: &App, page: &Page) -> Vec<(&'static str, Fields)> {
    let token = letter(app, ANN, "Set a new password", 1).await.token();
    let flow = page.form("/continue", &[]).value("flow").unwrap().to_owned();
    let reset = recover(app, ANN).await;
    let code = letter(app, ANN, "Set a new password", 2).await.code();
    vec![
        ("/sign-in", fields(&by_password(ANN, PASSWORD))),
        ("/sign-up", fields(&by_password("new@example.org", PASSWORD))),
        ("/language", fields(&[("language", "ru")])),
        ("/continue", fields(&[("flow", &flow), ("code", "000000")])),
        ("/recover", fields(&[("email", ANN)])),
        ("/recover/code", fields(&[("flow", &reset), ("code", &code), ("new_password", NEW)])),
        ("/reset", fields(&[("token", &token), ("new_password", NEW)])),
    ]
}

/// The token of the forms that a browser sees now.
async fn token(browser: &mut Browser<'_>) -> String {
    browser.open("/").await.form("/language", &[]).value("form_token").expect("a token").to_owned()
}

async fn refused(browser: &mut Browser<'_>, path: &str, form: &Fields, token: Option<&str>) {
    let mut form = form.clone();
    form.extend(token.map(|token| ("form_token".to_owned(), token.to_owned())));
    let page = browser.send(Method::POST, path, Some(&form)).await.expect(403);
    assert!(page.set_cookies.iter().all(|line| !line.contains("vestibule_session")), "{path}: {:?}", page.set_cookies);
    assert!(page.text.starts_with("<!DOCTYPE html>"), "{path}: {}", page.text);
}

#[tokio::test]
async fn rule19_no_form_is_taken_from_elsewhere() {
    let app = crate::app::Plan::new()
        .simple()
        .plugin("email-code", &crate::app::plugin("email-code"), Some("vouch = true\nmail = true\n"))
        .start();
    verified(&app, ANN).await;
    recover(&app, ANN).await;
    let mut victim = app.browser();
    let step = victim.fill("/sign-up", "/sign-up", &[("type", "email-code"), ("email", EVE)]).await.expect(200);
    let forms = every_form(&app, &step).await;
    crate::patience::eventually("the mail to Eve", || app.mails().iter().any(|mail| mail.contains(&format!("To: {EVE}"))).then_some(()))
        .await;
    let good = token(&mut victim).await;
    let mut thief = app.browser();
    let stolen = token(&mut thief).await;
    let before = state(&app).await;
    for (path, form) in &forms {
        refused(&mut app.browser(), path, form, None).await;
        refused(&mut app.browser(), path, form, Some(&good)).await;
        refused(&mut victim, path, form, None).await;
        refused(&mut victim, path, form, Some("")).await;
        refused(&mut victim, path, form, Some(&stolen)).await;
        refused(&mut victim, path, form, Some(&good[..42])).await;
        for (name, value) in [
            ("origin", "https://evil.example"),
            ("origin", "https://127.0.0.1"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
        ] {
            let mut elsewhere = app.browser().header(name, value);
            elsewhere.cookies.clone_from(&victim.cookies);
            refused(&mut elsewhere, path, form, Some(&good)).await;
        }
    }
    assert_eq!(state(&app).await, before);
    // The forms themselves are good: with the browser's own token each is taken.
    for (path, form) in &forms {
        let mut form = form.clone();
        form.push(("form_token".to_owned(), token(&mut victim).await));
        let mut same = app.browser().header("sec-fetch-site", "same-origin").header("origin", "null");
        same.cookies.clone_from(&victim.cookies);
        let page = same.send(Method::POST, path, Some(&form)).await;
        assert_ne!(page.status, 403, "{path}: {}", page.text);
    }
    assert_ne!(state(&app).await, before);
}

#[tokio::test]
async fn rule19_a_token_from_before_the_sign_in_is_not_taken_after_it() {
    let app = App::simple();
    app.user(ANN).await;
    let mut browser = app.browser();
    let before = token(&mut browser).await;
    browser.sign_in(ANN).await;
    let own = token(&mut browser).await;
    assert_ne!(before, own);
    let stolen = token(&mut app.browser()).await;
    for bad in [None, Some(""), Some(&*before), Some(&*stolen)] {
        refused(&mut browser, "/sign-out", &Vec::new(), bad).await;
    }
    assert!(browser.open("/").await.has_form("/sign-out"));
    browser.send(Method::POST, "/sign-out", Some(&fields(&[("form_token", &own)]))).await.expect(303);
    refused(&mut browser, "/sign-in", &fields(&by_password(ANN, PASSWORD)), Some(&own)).await;
    assert!(!browser.open("/").await.has_form("/sign-out"));
}

#[tokio::test]
async fn rule19_a_visitor_that_others_planted_is_replaced() {
    let app = App::simple();
    for planted in ["", "x", "a b", &"A".repeat(44), &"é".repeat(43)] {
        let mut browser = app.browser();
        browser.cookies.insert("vestibule_visitor".to_owned(), planted.to_owned());
        let page = browser.open("/").await.expect(200);
        assert!(page.set_cookies.iter().any(|line| line.starts_with("vestibule_visitor=")), "{planted}");
    }
}

#[tokio::test]
async fn rule20_looking_changes_nothing() {
    let app = App::simple();
    app.user(ANN).await;
    let mut browser = app.browser();
    let before = state(&app).await;
    for path in
        ["/", "/sign-in", "/sign-up", "/continue", "/callback?state=x&code=y", "/recover", "/recover/code", "/?return_to=/x&done=password"]
    {
        for method in [Method::GET, Method::HEAD] {
            let page = browser.send(method.clone(), path, None).await;
            assert!([200, 303, 400].contains(&page.status), "{method} {path}: {}", page.status);
        }
    }
    for path in ["/sign-out", "/language"] {
        let page = browser.send(Method::GET, path, None).await.expect(405);
        assert_eq!(page.headers["allow"], "POST", "{path}");
    }
    assert_eq!(state(&app).await, before);
}

#[tokio::test]
async fn rule19_an_old_form_of_another_tab_leads_on_and_does_nothing() {
    let app = App::simple();
    app.user(ANN).await;
    app.user(EVE).await;
    let mut browser = app.browser();
    let to_email = "?return_to=%2Faccount%2Femail";
    let mut old = Vec::new();
    for (path, action, filled, leads_to) in [
        (format!("/{to_email}"), "/sign-in", fields(&by_password(EVE, PASSWORD)), "/account/email"),
        (format!("/sign-up{to_email}"), "/sign-up", fields(&by_password("new@example.org", PASSWORD)), "/account/email"),
        ("/".to_owned(), "/sign-in", fields(&by_password(EVE, "wrong horse")), "/"),
        ("/recover".to_owned(), "/recover", fields(&[("email", ANN)]), "/"),
    ] {
        let pairs: Vec<(&str, &str)> = filled.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        old.push((action, browser.open(&path).await.expect(200).form(action, &pairs).filled(&pairs), leads_to));
    }
    browser.sign_in(ANN).await;
    let (before, session) = (rows(&app).await, browser.cookies["vestibule_session"].clone());
    for (action, form, leads_to) in &old {
        let page = browser.send(Method::POST, action, Some(form)).await.expect(303);
        assert_eq!((page.location().as_deref(), page.set_cookies.len()), (Some(*leads_to), 0), "{action}");
        let mut elsewhere = app.browser().header("origin", "https://evil.example");
        elsewhere.cookies.clone_from(&browser.cookies);
        elsewhere.send(Method::POST, action, Some(form)).await.expect(403).shows(&["another site"]);
    }
    assert_eq!((rows(&app).await, &browser.cookies["vestibule_session"]), (before, &session));
    browser.open("/").await.shows(&[ANN]);
}

#[tokio::test]
async fn rule19_who_has_signed_out_in_another_tab_is_out() {
    let app = App::simple();
    app.user(ANN).await;
    let mut browser = app.browser();
    let (one, other) = (browser.sign_in(ANN).await, browser.open("/").await);
    assert!(browser.submit(&one, "/sign-out", &[]).await.expect(200).has_form("/sign-in"));
    let before = rows(&app).await;
    let out = browser.submit(&other, "/sign-out", &[]).await.expect(200);
    assert!(out.address == "/" && out.has_form("/sign-in"), "{}", out.text);
    assert_eq!(out.set_cookies, Vec::<String>::new());
    assert_eq!(rows(&app).await, before);
    let mut elsewhere = app.browser().header("sec-fetch-site", "cross-site");
    elsewhere.cookies.clone_from(&browser.cookies);
    refused(&mut elsewhere, "/sign-out", &Vec::new(), None).await;
}
