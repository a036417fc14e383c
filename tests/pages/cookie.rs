//! The cookies of pages, and the sessions that they stand for (security rules 9, 10, 19).

use std::time::Duration;

use reqwest::Method;

use super::{browser::Browser, by_password};
use crate::{
    actor::PASSWORD,
    app::{App, Plan},
};

const ANN: &str = "ann@example.org";
const SESSION: &str = "vestibule_session";

fn line<'a>(lines: &'a [String], name: &str) -> &'a str {
    lines.iter().find(|line| line.starts_with(&format!("{name}="))).unwrap_or_else(|| panic!("no {name} in {lines:?}"))
}

async fn is_in(browser: &mut Browser<'_>) -> bool {
    browser.open("/").await.expect(200).has_form("/sign-out")
}

#[tokio::test]
async fn rule19_cookies_are_out_of_reach_of_scripts_and_other_sites() {
    let app = App::simple();
    app.user(ANN).await;
    let mut browser = app.browser();
    let first = browser.open("/").await;
    assert!(line(&first.set_cookies, "vestibule_visitor").ends_with("; Path=/; HttpOnly; SameSite=Lax"), "{:?}", first.set_cookies);
    let own = browser.submit(&first, "/sign-in", &by_password(ANN, PASSWORD)).await.expect(200);
    assert!(line(&own.set_cookies, SESSION).ends_with("; Path=/; HttpOnly; SameSite=Lax; Max-Age=2592000"), "{:?}", own.set_cookies);
    let out = browser.submit(&own, "/sign-out", &[]).await.expect(200);
    assert!(line(&out.set_cookies, SESSION).contains("Max-Age=0"), "{:?}", out.set_cookies);
    assert!(!own.headers.contains_key("strict-transport-security"));
}

#[tokio::test]
async fn rule19_over_https_cookies_are_bound_to_the_host() {
    let app = Plan::new().simple().set("public_url", "https://gate.example").start();
    app.user(ANN).await;
    let mut browser = app.browser().header("origin", "https://gate.example");
    let first = browser.open("/").await;
    let own = browser.sign_in(ANN).await;
    for (page, name) in [(&first, "__Host-vestibule_visitor"), (&own, "__Host-vestibule_session")] {
        let line = line(&page.set_cookies, name);
        assert!(line.contains("; Path=/; HttpOnly; SameSite=Lax; Secure") && !line.contains("Domain"), "{line}");
    }
    assert!(own.headers["strict-transport-security"].to_str().unwrap().contains("max-age="));
    let cookie = browser.cookies.remove("__Host-vestibule_session").unwrap();
    browser.cookies.insert(SESSION.to_owned(), cookie);
    assert!(!is_in(&mut browser).await, "any neighbouring host could have set it");
}

#[tokio::test]
async fn rule19_a_cookie_of_nobody_is_as_good_as_none() {
    let app = App::simple();
    app.user(ANN).await;
    app.user("bob@example.org").await;
    let mut browser = app.browser();
    browser.sign_in(ANN).await;
    let good = browser.cookies[SESSION].clone();
    let (id, code) = good.split_once('.').unwrap();
    let other = format!("{}.{code}", id.parse::<i64>().unwrap() - 1);
    let cut = &good[..good.len() - 1];
    for forged in
        [&*other, cut, id, &format!("{id}."), &format!("{id}.{}", "A".repeat(43)), "", ".", "x.y", &format!("{good}.x"), "999999.x"]
    {
        browser.cookies.insert(SESSION.to_owned(), forged.to_owned());
        assert!(!is_in(&mut browser).await, "{forged}");
    }
    browser.cookies.insert(SESSION.to_owned(), good);
    assert!(is_in(&mut browser).await);
}

#[tokio::test]
async fn rule10_a_session_that_ended_is_as_good_as_none() {
    let app = App::simple();
    let ann = app.user(ANN).await;
    let mut browser = app.browser();
    browser.sign_in(ANN).await;
    ann.post("/auth/logout-all").await.expect(204);
    assert!(!is_in(&mut browser).await);
    let own = browser.sign_in(ANN).await;
    let stale = browser.cookies[SESSION].clone();
    browser.submit(&own, "/sign-out", &[]).await.expect(200);
    browser.cookies.insert(SESSION.to_owned(), stale);
    assert!(!is_in(&mut browser).await, "signed out, not only forgotten");
}

#[tokio::test]
async fn rule09_a_new_sign_in_ends_what_this_browser_had() {
    let app = App::simple();
    app.user(ANN).await;
    app.user("bob@example.org").await;
    let mut browser = app.browser();
    let own = browser.sign_in(ANN).await;
    let before = browser.cookies[SESSION].clone();
    let token = own.form("/sign-out", &[]).value("form_token").unwrap().to_owned();
    let mut form: Vec<(String, String)> =
        by_password("bob@example.org", PASSWORD).map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    form.push(("form_token".to_owned(), token));
    browser.send(Method::POST, "/sign-in", Some(&form)).await.expect(303);
    assert_ne!(browser.cookies[SESSION], before);
    browser.open("/").await.shows(&["bob@example.org"]);
    browser.cookies.insert(SESSION.to_owned(), before);
    assert!(!is_in(&mut browser).await);
}

#[tokio::test]
async fn rule09_visits_keep_a_session_alive() {
    let app = Plan::new().simple().set("session_idle", "4s").start();
    app.user(ANN).await;
    let (mut visited, mut idle) = (app.browser(), app.browser());
    visited.sign_in(ANN).await;
    idle.sign_in(ANN).await;
    for _ in 0..3 {
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert!(is_in(&mut visited).await);
    }
    assert!(!is_in(&mut idle).await);
}

#[tokio::test]
async fn rule09_visits_never_put_off_the_absolute_end() {
    let app = Plan::new().simple().set("session_ttl", "4s").set("session_idle", "3s").start();
    app.user(ANN).await;
    let mut browser = app.browser();
    let begun = std::time::Instant::now();
    browser.sign_in(ANN).await;
    let mut was_in = 0;
    while begun.elapsed() < Duration::from_millis(5500) {
        was_in += u32::from(is_in(&mut browser).await);
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    assert!(was_in >= 3, "{was_in}");
    assert!(!is_in(&mut browser).await);
    assert_eq!(app.number("SELECT COUNT(*) FROM sessions WHERE idle_expires_at > expires_at").await, 0);
}
