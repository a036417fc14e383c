//! The steps between, and the way back from another site (rows A4, B1, G1).

use super::by_password;
use crate::{
    actor::PASSWORD,
    app::{App, Plan, guest, plugin},
    linking::{enrol_false, next_code},
    pages::{browser::Page, markup},
    recovery::letter::sql,
};

const ANN: &str = "ann@example.org";
const BY_MAIL: &str = "vouch = true\nmail = true\n";
const FACTOR: &str = "vouch = true\nfactor = true\n";

fn app() -> App {
    let plan = Plan::new().simple().plugin("email-code", &plugin("email-code"), Some(BY_MAIL));
    let plan = plan.plugin("false-factor", &guest("false-factor"), Some(FACTOR));
    plan.plugin("elsewhere", &guest("elsewhere"), Some("vouch = true\n")).start()
}

/// Where the page would send somebody on.
fn way_out(page: &Page) -> String {
    let tags = markup::tags(&page.text);
    let link = tags.iter().find(|tag| tag.name == "a" && tag.get("rel") == Some("noreferrer"));
    link.and_then(|tag| tag.get("href")).unwrap_or_else(|| panic!("no way out: {}", page.text)).to_owned()
}

/// The state in the address of another site.
fn state(page: &Page) -> String {
    let url = url::Url::parse(&way_out(page)).unwrap();
    assert_eq!(url.host_str(), Some("id.example"));
    url.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned()
}

#[tokio::test]
async fn b1_a_code_by_mail_from_the_first_page_to_the_last() {
    let app = app();
    let mut browser = app.browser();
    let asked = browser.fill("/sign-up", "/sign-up", &[("type", "email-code"), ("email", ANN)]).await.expect(200);
    assert_eq!(asked.address, "/continue");
    let code = next_code(&app, 0).await;
    let wrong = browser.submit(&asked, "/continue", &[("code", "000000x")]).await.expect(400);
    assert!(wrong.text.contains("aria-invalid=\"true\""), "{}", wrong.text);
    // Whoever looks for the mail meanwhile finds the step again.
    let again = browser.open("/continue").await.expect(200);
    browser.submit(&again, "/continue", &[("code", &code)]).await.expect(200).shows(&[ANN, "Sign out"]);
    assert!(!browser.cookies.contains_key("vestibule_flow"));
    let mut late = app.browser();
    late.open("/continue").await.expect(400).shows(&["This step was answered already", "Begin again"]);
}

#[tokio::test]
async fn b1_a_step_works_once_and_five_mistakes_end_it() {
    let app = app();
    let mut browser = app.browser();
    let mut asked = browser.fill("/sign-up", "/sign-up", &[("type", "email-code"), ("email", ANN)]).await.expect(200);
    for _ in 0..5 {
        asked = browser.submit(&asked, "/continue", &[("code", "000000x")]).await.expect(400);
    }
    let code = next_code(&app, 0).await;
    let gone = browser.submit(&asked, "/continue", &[("code", &code)]).await.expect(400).shows(&["This step was answered already"]);
    assert!(gone.has_link("/") && !gone.has_form("/continue"), "{}", gone.text);
    assert_eq!(app.number("SELECT COUNT(*) FROM users").await, 0);
}

#[tokio::test]
async fn b1_a_second_factor_and_a_recovery_code_instead() {
    let app = app();
    let codes = enrol_false(&app.user(ANN).await).await;
    let mut browser = app.browser();
    let asked =
        browser.fill("/", "/sign-in", &by_password(ANN, PASSWORD)).await.expect(200).shows(&["Well?", "Use a recovery code instead"]);
    assert!(!browser.cookies.contains_key("vestibule_session"), "{:?}", browser.cookies);
    browser.open("/").await.expect(200).hides(&["Sign out"]);
    // Each has a form of its own, and is demanded there: nothing has to be guessed, and nothing scripted.
    let asked = asked.hides(&["(optional)"]);
    for (field, other) in [("code", "recovery_code"), ("recovery_code", "code")] {
        let form = asked.form("/continue", &[(field, "x")]);
        assert!(form.value("flow").is_some() && form.value(other).is_none(), "{form:?}");
        assert!(asked.text.contains(&format!("name=\"{field}\" required")), "{field}: {}", asked.text);
    }
    assert_eq!(asked.forms().iter().filter(|form| form.action == "/continue").count(), 2, "{}", asked.text);
    let wrong = browser.submit(&asked, "/continue", &[("code", "no")]).await.expect(400).shows(&["This is not the code."]);
    let more = browser.submit(&wrong, "/continue", &[("code", "again")]).await.expect(200).shows(&["Again?"]);
    browser.submit(&more, "/continue", &[("code", "right")]).await.expect(200).shows(&[ANN, "Sign out"]);
    let mut other = app.browser();
    let asked = other.fill("/", "/sign-in", &by_password(ANN, PASSWORD)).await.expect(200);
    let wrong = other.submit(&asked, "/continue", &[("recovery_code", "aaaaa-aaaaa")]).await.expect(400).shows(&["recovery codes"]);
    assert!(wrong.text.contains("<details open>"), "{}", wrong.text);
    other.submit(&wrong, "/continue", &[("recovery_code", &codes[0])]).await.expect(200).shows(&[ANN, "Sign out"]);
}

#[tokio::test]
async fn rule13_the_old_password_is_asked_for_before_a_way_is_added() {
    let app = app();
    app.admin().await;
    sql(&app, "UPDATE users SET email_verified = FALSE").await;
    let root = "root@example.org";
    let mut browser = app.browser().language("ru");
    let asked = browser.fill("/", "/sign-in", &[("type", "email-code"), ("email", root)]).await.expect(200);
    let code = next_code(&app, 0).await;
    let question = browser.submit(&asked, "/continue", &[("code", &code)]).await;
    // An administrator's account is never taken over: its password is asked for.
    let question = question.expect(200).shows(&["Введите её пароль", "Ещё один шаг"]);
    let wrong = browser.submit(&question, "/continue", &[("password", "wrong horse")]).await.expect(400).shows(&["Пароль неверен."]);
    browser.submit(&wrong.hides(&["wrong horse"]), "/continue", &[("password", PASSWORD)]).await.expect(200).shows(&[root, "Выйти"]);
}

#[tokio::test]
async fn rule22_a_guarded_account_asks_strangers_for_a_code() {
    let plan = Plan::new().simple().set("stranger_password_burst", "1").set("stranger_password_interval", "1h");
    let app = plan.set("trusted_proxies", "127.0.0.1").start();
    app.user(ANN).await;
    for n in 1..4 {
        let mut thief = app.browser().header("x-forwarded-for", &format!("192.0.2.{n}"));
        thief.fill("/", "/sign-in", &by_password(ANN, "wrong horse")).await;
    }
    let mut ann = app.browser().header("x-forwarded-for", "198.51.100.7");
    let asked = ann.fill("/", "/sign-in", &by_password(ANN, PASSWORD)).await.expect(200).shows(&["Somebody has tried many passwords"]);
    let mail = app.mail(1).await;
    let text = mail_parser::MessageParser::default().parse(mail.as_bytes()).unwrap().body_text(0).unwrap().into_owned();
    let code = text.split(|c: char| !c.is_ascii_digit()).find(|digits| digits.len() == 8).expect("a code").to_owned();
    let wrong = ann.submit(&asked, "/continue", &[("code", "1"), ("password", PASSWORD)]).await.expect(400);
    ann.submit(&wrong, "/continue", &[("code", &code), ("password", PASSWORD)]).await.expect(200).shows(&[ANN, "Sign out"]);
}

#[tokio::test]
async fn a5_another_site_and_back() {
    let app = app();
    let mut ann = app.browser();
    let away = ann.fill("/sign-up", "/sign-up", &[("type", "elsewhere")]).await.expect(200).shows(&["id.example"]);
    let path = format!("/callback?state={}&code=ann-is-here&role=admin", state(&away));
    let before = app.texts("SELECT id_hash FROM steps").await;
    let back = ann.open(&path).await.expect(200);
    assert_eq!(app.texts("SELECT id_hash FROM steps").await, before, "a GET changes nothing");
    let form = back.form("/continue", &[]);
    assert!(form.value("code") == Some("ann-is-here") && form.value("role").is_none() && form.value("iss").is_none(), "{form:?}");
    assert!(back.text.contains("src=\"/assets/submit.js\"") && back.text.contains(" data-submit>"), "{}", back.text);
    assert!(back.headers["content-security-policy"].to_str().unwrap().contains("script-src 'self'"));
    ann.submit(&back, "/continue", &[]).await.expect(200).shows(&["Sign out"]);
    let script = app.get("/assets/submit.js").await.expect(200);
    assert_eq!(script.headers["content-type"], "text/javascript; charset=utf-8");

    // In again; the other site's "no" leads back, and the step waits.
    let mut again = app.browser();
    let away = again.fill("/", "/sign-in", &[("type", "elsewhere")]).await.expect(200);
    let no = format!("/callback?state={}&error=access_denied", state(&away));
    again.open(&no).await.expect(400).shows(&["did not confirm", "Begin again"]);
    let wrong = again.open(&format!("/callback?state={}&code=nobody", state(&away))).await.expect(200);
    again.submit(&wrong, "/continue", &[]).await.expect(400).shows(&["That site's answer was not good.", "id.example"]);
    let right = again.open(&format!("/callback?state={}&code=ann-is-here", state(&away))).await.expect(200);
    again.submit(&right, "/continue", &[]).await.expect(200).shows(&["Sign out"]);
    assert_eq!(app.number("SELECT COUNT(*) FROM users").await, 1);
}

#[tokio::test]
async fn rule19_nobody_is_led_into_a_strangers_account() {
    let app = app();
    let mut thief = app.browser();
    let away = thief.fill("/sign-up", "/sign-up", &[("type", "elsewhere")]).await.expect(200);
    let link = format!("/callback?state={}&code=thief-is-here", state(&away));
    // A browser that began nothing, one that began something else, and one whose own step the link does not name.
    let mut idle = app.browser();
    let mut busy = app.browser();
    let own = busy.fill("/", "/sign-in", &[("type", "elsewhere")]).await.expect(200);
    for browser in [&mut idle, &mut busy] {
        let page = browser.open(&link).await.expect(400).shows(&["begun in another browser"]);
        assert!(!page.has_form("/continue"), "{}", page.text);
    }
    for query in ["code=thief-is-here", "state=&code=thief-is-here", "state=x&code=thief-is-here"] {
        let page = busy.open(&format!("/callback?{query}")).await.expect(400);
        assert!(!page.has_form("/continue"), "{}", page.text);
    }
    // A step that asks for a code of a mail is not answered by a link either.
    let mut reader = app.browser();
    let asked = reader.fill("/sign-up", "/sign-up", &[("type", "email-code"), ("email", ANN)]).await.expect(200);
    let flow = asked.form("/continue", &[]).value("flow").unwrap().to_owned();
    reader.open(&format!("/callback?state={flow}&code=123456")).await.expect(400);
    // The browsers' own steps are unharmed.
    let back = busy.open(&format!("/callback?state={}&code=bob-is-here", state(&own))).await.expect(200);
    busy.submit(&back, "/continue", &[]).await.expect(400).shows(&["No account is linked", "Begin again"]);
    assert_eq!(app.number("SELECT COUNT(*) FROM users").await, 0);
}
