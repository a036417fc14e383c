//! The pages of who is signed in.

mod address;
mod device;
mod factor;
mod guard;
mod password;
mod profile;
mod way;

use super::browser::{Browser, Page};
use crate::{
    actor::User,
    app::{App, Plan, guest, plugin},
};

const ANN: &str = "ann@example.org";
const BOB: &str = "bob@example.org";
/// What a second factor, and codes by mail, are granted.
const FACTOR: &str = "vouch = true\nfactor = true\n";
const BY_MAIL: &str = "vouch = true\nmail = true\n";

/// With more ways to sign in than one, and second factors.
fn plan() -> Plan {
    let plan = Plan::new().simple().plugin("email-code", &plugin("email-code"), Some(BY_MAIL));
    let plan = plan.plugin("elsewhere", &guest("elsewhere"), Some("vouch = true\n"));
    plan.plugin("totp", &plugin("totp"), Some(FACTOR)).plugin("false-factor", &guest("false-factor"), Some(FACTOR))
}

/// Ann with an account, and signed in with her browser.
async fn ann(app: &App) -> (User<'_>, Browser<'_>) {
    let user = app.user(ANN).await;
    let mut browser = app.browser();
    browser.sign_in(ANN).await;
    (user, browser)
}

/// Where a link with this text leads.
#[track_caller]
fn link(page: &Page, text: &str) -> String {
    let found = page.text.split("<a ").skip(1).find(|link| link.split("</a>").next().is_some_and(|link| link.contains(text)));
    let found = found.unwrap_or_else(|| panic!("no link {text:?} on {}: {}", page.address, page.text));
    found.split("href=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("an address").replace("&amp;", "&")
}

#[tokio::test]
async fn b1_the_start_page_shows_who_is_signed_in_and_lets_them_out() {
    let app = plan().start();
    let (user, mut browser) = ann(&app).await;
    let page =
        browser.open("/").await.expect(200).shows(&["My account", ANN, "not verified", "E-mail and password", "Sign out", "this one"]);
    for path in ["profile", "email", "password", "identities", "sessions", "history", "delete"] {
        let path = format!("/account/{path}");
        assert!(page.has_link(&path), "{path}: {}", page.text);
        browser.open(&path).await.expect(200).shows(&["My account"]);
    }
    let stranger = app.browser().open("/").await.expect(200).hides(&["My account", ANN]);
    assert!(stranger.has_form("/sign-in") && !stranger.has_form("/sign-out"));
    let out = browser.submit(&page, "/sign-out", &[]).await.expect(200);
    assert!(out.has_form("/sign-in"), "{}", out.text);
    browser.open("/").await.hides(&[ANN]);
    user.get("/me").await.expect(200);
}

#[tokio::test]
async fn b1_pages_of_an_account_need_a_sign_in_and_lead_back() {
    let app = App::simple();
    app.user(ANN).await;
    for path in ["/account/profile", "/account/history?page_num=1", "/account/add/simple", "/account/delete"] {
        let mut browser = app.browser();
        let page = browser.open(path).await.expect(200);
        assert!(page.address.starts_with("/?return_to=%2Faccount%2F"), "{}", page.address);
        let fields = [("type", "simple"), ("email", ANN), ("password", crate::actor::PASSWORD)];
        let back = browser.submit(&page, "/sign-in", &fields).await.expect(200);
        assert_eq!(back.address, path);
    }
    let gone = app.browser().open("/account/deleted").await.expect(200);
    assert!(gone.text.contains("deleted"), "{}", gone.text);
}

#[tokio::test]
async fn b1_everything_is_there_in_both_languages() {
    let app = plan().start();
    let (_, browser) = ann(&app).await;
    let mut russian = app.browser().language("ru");
    russian.cookies = browser.cookies.clone();
    let page = russian.open("/").await.expect(200).shows(&["Мой профиль", "Выйти", "не подтверждён", "Устройства", "этот сеанс"]);
    assert!(page.text.contains("<html lang=\"ru\">"));
    for (path, text) in [
        ("/account/profile", "Сохранить"),
        ("/account/email", "Изменить адрес"),
        ("/account/password", "Текущий пароль"),
        ("/account/identities", "Способы входа"),
        ("/account/add/totp", "Продолжить"),
        ("/account/sessions", "Устройства"),
        ("/account/sessions/end", "Завершить все остальные сеансы"),
        ("/account/history", "История входов"),
        ("/account/recovery-codes", "Создать новые коды"),
        ("/account/delete", "Отменить это нельзя"),
        ("/reauthenticate", "Войти"),
        ("/account/profile?done=password", "Профиль"),
        ("/?done=profile", "Профиль сохранён."),
    ] {
        let page = russian.open(path).await.expect(200).shows(&[text]);
        assert!(page.text.contains("<html lang=\"ru\">"), "{path}");
    }
    let wrong = [("current_password", "not it at all"), ("new_password", "12345678")];
    russian.fill("/account/password", "/account/password", &wrong).await.expect(400).shows(&["Пароль неверен.", "легко угадать"]);
}
