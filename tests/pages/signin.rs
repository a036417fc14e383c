//! The start page of visitors (rows B1, A5, B7, G1).

use serde_json::json;

use super::by_password;
use crate::{
    actor::PASSWORD,
    app::{App, Plan, guest, install, plugin},
    pages::browser::Page,
    patience::until,
};

const ANN: &str = "ann@example.org";
const FACEBOOK: &str = r#"
vouch = true
hosts = ["graph.facebook.com", "limited.facebook.com"]
[settings]
app_id = "1234567890"
[secrets]
app_secret = { env = "FACEBOOK_APP_SECRET", hosts = ["graph.facebook.com"] }
"#;

/// The types of the forms that sign in, in their order.
fn types(page: &Page) -> Vec<String> {
    let forms = page.forms().into_iter().filter(|form| form.action == "/sign-in");
    forms.map(|form| form.value("type").expect("a type").to_owned()).collect()
}

/// Opens the start page until it offers exactly these.
async fn offers(app: &App, wanted: &[&str]) -> Page {
    until(&format!("{wanted:?}"), async || Some(app.browser().open("/").await.expect(200)).filter(|page| types(page) == wanted)).await
}

#[tokio::test]
async fn b1_the_start_page_has_two_faces() {
    let app = App::simple();
    app.user(ANN).await;
    let mut ann = app.browser();
    let visitor = ann.open("/").await.expect(200).shows(&["Sign in", "E-mail", "Password", "Forgot password?"]);
    assert!(visitor.has_link("/sign-up") && visitor.has_link("/recover") && !visitor.has_form("/sign-out"), "{}", visitor.text);
    let own = ann.submit(&visitor, "/sign-in", &by_password(ANN, PASSWORD)).await.expect(200).shows(&[ANN, "Sign out"]);
    assert!(own.address == "/" && !own.has_form("/sign-in"), "{}", own.text);
    ann.open("/").await.expect(200).shows(&[ANN]);
    app.browser().open("/").await.expect(200).hides(&[ANN]);
    let out = ann.submit(&own, "/sign-out", &[]).await.expect(200).hides(&[ANN]);
    assert!(out.has_form("/sign-in"), "{}", out.text);
    assert_eq!(app.number("SELECT COUNT(*) FROM sessions WHERE ended_at IS NULL AND user_id = 1").await, 1, "that of the API lives on");
}

#[tokio::test]
async fn b7_mistakes_stand_beside_the_fields_and_nothing_typed_is_lost() {
    let app = App::simple();
    app.user(ANN).await;
    let mut browser = app.browser();
    let page = browser.open("/").await;
    for part in ["type=\"email\"", "type=\"password\"", "required", "maxlength=\"254\"", "autocomplete=\"current-password\""] {
        assert!(page.text.contains(part), "{part}: {}", page.text);
    }
    let wrong = browser.submit(&page, "/sign-in", &by_password(ANN, "wrong horse")).await.expect(400);
    let wrong = wrong.shows(&["The credentials are not right.", ANN]).hides(&["wrong horse"]);
    let unknown = browser.submit(&wrong, "/sign-in", &by_password("bob@example.org", "wrong horse")).await.expect(400);
    let plain = |page: &Page| page.text.replace(ANN, "X").replace("bob@example.org", "X");
    assert_eq!(plain(&wrong), plain(&unknown), "nobody learns who has an account");
    let no_address = browser.submit(&wrong, "/sign-in", &by_password("not an address", "wrong horse")).await.expect(400);
    assert!(
        no_address.text.contains("aria-invalid=\"true\"") && no_address.text.contains("value=\"not an address\""),
        "{}",
        no_address.text
    );
    let markup = browser.submit(&wrong, "/sign-in", &by_password("\"><script>alert(1)</script>", "x")).await.expect(400);
    assert!(!markup.text.contains("<script"), "{}", markup.text);
    browser.submit(&markup, "/sign-in", &by_password(ANN, PASSWORD)).await.expect(200).shows(&[ANN, "Sign out"]);
}

#[tokio::test]
async fn a5_ways_come_and_go_while_it_runs() {
    let app = Plan::new().env("FACEBOOK_APP_SECRET", "only-a-test").start();
    let none = offers(&app, &[]).await.shows(&["Nobody can sign in at the moment"]);
    assert!(!none.has_link("/sign-up"), "{}", none.text);
    install(&app.plugins(), "hello", &guest("hello"), None);
    offers(&app, &["hello"]).await.shows(&["Hello"]);
    install(&app.plugins(), "facebook", &plugin("facebook"), Some(FACEBOOK));
    install(&app.plugins(), "email-code", &plugin("email-code"), Some("vouch = true\nmail = true\n"));
    install(&app.plugins(), "simple", &plugin("simple"), None);
    let all = offers(&app, &["simple", "hello", "email-code", "facebook"]).await;
    assert!(all.has_link("/sign-up"), "{}", all.text);
    let open = |kind: &str| all.text.contains(&format!("<section class=\"card\" aria-labelledby=\"way-{kind}\""));
    assert_eq!(["simple", "hello", "email-code", "facebook"].map(open), [true, false, false, false], "{}", all.text);
    let admin = app.admin().await;
    let switch = async |enabled: bool| {
        admin.send(reqwest::Method::PUT, "/providers/hello", Some(&json!({ "enabled": enabled }))).await.expect(200);
    };
    switch(false).await;
    offers(&app, &["simple", "email-code", "facebook"]).await;
    switch(true).await;
    offers(&app, &["simple", "hello", "email-code", "facebook"]).await;
    std::fs::remove_file(app.plugins().join("facebook.wasm")).unwrap();
    offers(&app, &["simple", "hello", "email-code"]).await;
    let mut late = app.browser();
    let page = late.open("/").await;
    std::fs::remove_file(app.plugins().join("hello.wasm")).unwrap();
    offers(&app, &["simple", "email-code"]).await;
    let gone = late.submit(&page, "/sign-in", &[("type", "hello"), ("email", ANN), ("password", PASSWORD)]).await.expect(400);
    gone.shows(&["Choose another way."]);
}

#[tokio::test]
async fn g1_second_factors_are_no_way_in() {
    let factor = Some("vouch = true\nfactor = true\n");
    let app = Plan::new().simple().plugin("totp", &plugin("totp"), factor).start();
    offers(&app, &["simple"]).await;
}

#[tokio::test]
async fn b1_in_russian_too() {
    let app = App::simple();
    app.user(ANN).await;
    let mut browser = app.browser().language("ru-RU,ru;q=0.9,en;q=0.8");
    let page = browser.open("/").await.expect(200).shows(&["Вход", "Электронная почта", "Пароль", "Забыли пароль?", "Зарегистрироваться"]);
    assert!(page.text.contains("<html lang=\"ru\""), "{}", page.text);
    let wrong =
        browser.submit(&page, "/sign-in", &by_password(ANN, "wrong horse")).await.expect(400).shows(&["Неверные данные для входа."]);
    let english = browser.submit(&wrong, "/language", &[("language", "en")]).await.expect(200).shows(&["Forgot password?"]);
    assert!(english.text.contains("<html lang=\"en\""), "{}", english.text);
    browser.open("/sign-up").await.expect(200).shows(&["You have an account?"]);
}

#[tokio::test]
async fn rule22_limits_and_trouble_stand_beside_the_form() {
    let plan = Plan::new().simple().set("wrong_password_burst", "2").set("wrong_password_interval", "1h");
    let app = plan.start();
    app.user(ANN).await;
    let mut browser = app.browser();
    let mut page = browser.open("/").await;
    for _ in 0..2 {
        page = browser.submit(&page, "/sign-in", &by_password(ANN, "wrong horse")).await.expect(400);
    }
    let late = browser.submit(&page, "/sign-in", &by_password(ANN, PASSWORD)).await.expect(429).shows(&["Too many tries", ANN]);
    let wait: u64 = late.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!(wait > 3000 && late.has_form("/sign-in"), "{wait}: {}", late.text);
}
