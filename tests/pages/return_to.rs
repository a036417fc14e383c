//! Where people are led after a sign-in (security rule 21).

use super::{
    browser::{Browser, Page},
    by_password,
};
use crate::{
    actor::PASSWORD,
    app::{App, Plan, guest, plugin},
    linking::next_code,
    recovery::letter::{NEW, letter},
};

const ANN: &str = "ann@example.org";
const BACK: &str = "https://app.example/in?a=1&b=2";

fn app() -> App {
    let plan = Plan::new().simple().set("return_origins", "https://app.example, http://localhost:3000");
    let plan = plan.plugin("email-code", &plugin("email-code"), Some("vouch = true\nmail = true\n"));
    plan.plugin("elsewhere", &guest("elsewhere"), Some("vouch = true\n")).start()
}

fn asking(path: &str, return_to: &str) -> String {
    let joint = if path.contains('?') { '&' } else { '?' };
    format!("{path}{joint}{}", url::form_urlencoded::Serializer::new(String::new()).append_pair("return_to", return_to).finish())
}

#[track_caller]
fn led(page: &Page) -> String {
    assert_eq!(page.status, 303, "{}", page.text);
    page.location().expect("a location")
}

#[tokio::test]
async fn rule21_back_to_where_the_operator_allows() {
    let app = app();
    app.user(ANN).await;
    for (return_to, address) in [
        (BACK, BACK),
        ("http://localhost:3000", "http://localhost:3000/"),
        ("/sign-up?x=y", "/sign-up?x=y"),
        ("https://evil.example/", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/.//evil.example", "/"),
        ("https://app.example.evil.example/", "/"),
        ("https://app.example@evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("/a\r\nSet-Cookie: x=1", "/"),
    ] {
        let mut browser = app.browser();
        let page = browser.open(&asking("/", return_to)).await.expect(200);
        let wrong = browser.submit(&page, "/sign-in", &by_password(ANN, "wrong horse")).await.expect(400);
        let form = wrong.form("/sign-in", &by_password(ANN, PASSWORD)).filled(&by_password(ANN, PASSWORD));
        let answer = browser.send(reqwest::Method::POST, "/sign-in", Some(&form)).await;
        assert_eq!(led(&answer), address, "{return_to}");
        assert!(browser.open("/").await.has_form("/sign-out"));
    }
}

#[tokio::test]
async fn rule21_browsers_let_the_form_lead_there() {
    let app = app();
    let page = app.browser().open("/").await;
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("form-action 'self' https://app.example http://localhost:3000;"), "{policy}");
}

#[tokio::test]
async fn rule21_through_every_step_of_a_sign_up() {
    let app = app();
    let mut browser = app.browser();
    let start = browser.open(&asking("/", BACK)).await;
    assert!(start.has_link(&asking("/sign-up", BACK)) && start.has_link(&asking("/recover", BACK)), "{}", start.text);
    let page = browser.open(&asking("/sign-up", BACK)).await;
    assert!(page.has_link(&asking("/", BACK)), "{}", page.text);
    let asked = browser.submit(&page, "/sign-up", &[("type", "email-code"), ("email", ANN)]).await.expect(200);
    let wrong = browser.submit(&asked, "/continue", &[("code", "000000x")]).await.expect(400);
    let done = browser.submit(&wrong, "/continue", &[("code", &next_code(&app, 0).await)]).await;
    assert_eq!(led(&done), BACK);
    assert_eq!(led(&browser.open(&asking("/sign-up", BACK)).await), BACK, "who is signed in has nothing to do there");
}

#[tokio::test]
async fn rule21_by_another_site_and_back() {
    let app = app();
    let mut browser = app.browser();
    let page = browser.open(&asking("/sign-up", BACK)).await;
    let away = browser.submit(&page, "/sign-up", &[("type", "elsewhere")]).await.expect(200);
    let state = away.text.split_once("state=").unwrap().1.split('"').next().unwrap().to_owned();
    let back = browser.open(&format!("/callback?state={state}&code=ann-is-here")).await.expect(200);
    assert_eq!(led(&browser.submit(&back, "/continue", &[]).await), BACK);
}

#[tokio::test]
async fn rule21_after_a_forgotten_password() {
    let app = app();
    app.user(ANN).await;
    let mut browser = app.browser();
    let page = browser.open(&asking("/recover", BACK)).await;
    let asked = browser.submit(&page, "/recover", &[("email", ANN)]).await.expect(200);
    let code = letter(&app, ANN, "Set a new password", 1).await.code();
    let done = browser.submit(&asked, "/recover/code", &[("code", &code), ("new_password", NEW)]).await.expect(200);
    assert_eq!(led(&browser.submit(&done, "/sign-in", &by_password(ANN, NEW)).await), BACK);
}

#[tokio::test]
async fn b1_a_language_leads_back_to_the_very_page() {
    let app = app();
    app.admin().await;
    let mut browser = app.browser();
    let back = async |browser: &mut Browser<'_>, path: &str| {
        for tag in ["ru", "en"] {
            let page = browser.open(path).await;
            let page = browser.submit(&page, "/language", &[("language", tag)]).await;
            assert_eq!(page.address, path);
            assert!(page.text.contains(&format!("<html lang=\"{tag}\"")), "{path}: {}", page.text);
        }
    };
    let asked = [asking("/", BACK), asking("/sign-up", BACK), asking("/sign-up?invite=x", BACK), asking("/recover", BACK)];
    for path in asked.iter().map(String::as_str).chain(["/invite?token=x", "/reset?token=x", "/verify-email?token=x", "/continue"]) {
        back(&mut browser, path).await;
    }
    // What was posted cannot be shown again.
    let page = browser.open("/").await;
    let wrong = browser.submit(&page, "/sign-in", &by_password(ANN, "wrong horse")).await.expect(400);
    assert_eq!(browser.submit(&wrong, "/language", &[("language", "ru")]).await.expect(200).address, "/");
    browser.sign_in("root@example.org").await;
    for path in ["/admin/users?q=root&page_num=1", "/admin/signins?user=&provider=simple&result=", "/account/history?page_num=1"] {
        back(&mut browser, path).await;
    }
}

#[tokio::test]
async fn rule21_a_language_leads_to_pages_of_ours_alone() {
    let app = app();
    let mut browser = app.browser();
    for (given, address) in [
        ("/sign-up?x=y", "/sign-up?x=y"),
        (BACK, "/"),
        ("https://evil.example/", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/.//evil.example", "/"),
        ("sign-up", "/"),
        ("javascript:alert(1)", "/"),
        ("/a\r\nSet-Cookie: x=1", "/"),
        ("", "/"),
    ] {
        let page = browser.open("/").await.expect(200);
        let mut form = page.form("/language", &[]).filled(&[("language", "en")]);
        form.retain(|(name, _)| name != "return_to");
        form.push(("return_to".to_owned(), given.to_owned()));
        let answer = browser.send(reqwest::Method::POST, "/language", Some(&form)).await;
        assert_eq!(led(&answer), address, "{given}");
    }
}
