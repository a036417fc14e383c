//! Devices and the history of sign-ins.

use reqwest::Method;

use super::{ANN, BOB, ann, link};
use crate::{actor::PASSWORD, app::App};

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const PHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1";

#[tokio::test]
async fn e7_one_device_is_signed_out_and_the_others_stay() {
    let app = App::simple();
    let shop = app.user(ANN).await;
    let (mut here, mut phone) = (app.browser().header("user-agent", FIREFOX), app.browser().header("user-agent", PHONE));
    here.sign_in(ANN).await;
    phone.sign_in(ANN).await;
    let list = here.open("/account/sessions").await.expect(200);
    let list = list.shows(&["Firefox on Linux", "Safari on iPhone", "Unknown device", "127.0.0.1", "this one"]);
    let path = link(&list, "Sign out: Safari on iPhone");
    let asked = here.open(&path).await.expect(200).shows(&["Sign out this device?", "Safari on iPhone"]);
    assert!(phone.open("/").await.has_form("/sign-out"), "looking ends nothing");
    let done = here.submit(&asked, &path, &[]).await.expect(200);
    assert_eq!(done.address, "/account/sessions?done=session");
    done.shows(&["The device is signed out.", "Firefox on Linux"]).hides(&["iPhone"]);
    assert!(phone.open("/").await.has_form("/sign-in"));
    shop.get("/me").await.expect(200);
    here.open(&path).await.expect(404).shows(&["Nothing here"]);
    here.submit(&asked, &path, &[]).await.expect(404);
}

#[tokio::test]
async fn e7_all_other_devices_or_really_all_are_signed_out() {
    let app = App::simple();
    let (shop, mut here) = ann(&app).await;
    let page = here.open("/account/sessions/end").await.expect(200);
    here.submit(&page, "/account/sessions/end", &[]).await.expect(400);
    shop.get("/me").await.expect(200);
    let done = here.submit(&page, "/account/sessions/end", &[("scope", "others")]).await.expect(200);
    assert_eq!(done.address, "/account/sessions?done=sessions");
    shop.get("/me").await.problem(401, "session_ended");
    let shop = app.signin(ANN).await;
    let out = here.submit(&page, "/account/sessions/end", &[("scope", "all")]).await.expect(200);
    assert!(out.has_form("/sign-in"), "{}", out.text);
    shop.get("/me").await.problem(401, "session_ended");
    assert!(here.open("/").await.has_form("/sign-in"));
}

#[tokio::test]
async fn e7_this_very_device_can_be_chosen_too() {
    let app = App::simple();
    let (shop, mut here) = ann(&app).await;
    let id = app.number("SELECT MAX(id) FROM sessions").await;
    let path = format!("/account/sessions/{id}");
    let out = here.fill(&path, &path, &[]).await.expect(200);
    assert!(out.has_form("/sign-in") && out.set_cookies.iter().any(|line| line.starts_with("vestibule_session=;")), "{out:?}");
    shop.get("/me").await.expect(200);
}

#[tokio::test]
async fn e7_nobody_elses_device_is_there() {
    let app = App::simple();
    let (_, mut here) = ann(&app).await;
    let bob = app.user(BOB).await;
    let id = app.number("SELECT MAX(id) FROM sessions").await;
    let token = here.open("/account/sessions").await.forms()[0].value("form_token").unwrap().to_owned();
    for path in [format!("/account/sessions/{id}"), "/account/sessions/999".to_owned(), "/account/sessions/x".to_owned()] {
        here.open(&path).await.expect(404).shows(&["Nothing here"]);
        here.send(Method::POST, &path, Some(&[("form_token".to_owned(), token.clone())])).await.expect(404);
    }
    bob.get("/me").await.expect(200);
}

#[tokio::test]
async fn e6_the_history_says_when_from_where_how_and_with_what_result() {
    let app = App::simple();
    app.user(BOB).await;
    let (_, _) = ann(&app).await;
    let mut browser = app.browser().header("user-agent", FIREFOX);
    let wrong = [("type", "simple"), ("email", ANN), ("password", "wrong password here")];
    browser.fill("/", "/sign-in", &wrong).await.expect(400);
    browser.sign_in(ANN).await.shows(&["Latest sign-ins", "wrong password or proof"]);
    let page = browser.open("/account/history").await.expect(200);
    let page = page.shows(&[
        "Refused",
        "wrong password or proof",
        "Signed in",
        "127.0.0.1",
        "Firefox on Linux",
        "E-mail and password",
        "4 in all",
    ]);
    let (refused, signed_in) = (page.text.matches("badge bad").count(), page.text.matches("badge good").count());
    assert_eq!((refused, signed_in), (1, 3), "hers alone: {}", page.text);
    let times: Vec<&str> = page.text.split("<time datetime=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert!(times.len() == 4 && times.is_sorted_by(|a, b| a >= b), "the newest first: {times:?}");
}

#[tokio::test]
async fn e6_a_long_history_has_pages() {
    let app = App::simple();
    let (_, mut browser) = ann(&app).await;
    for n in 0..26 {
        let statement = format!(
            "INSERT INTO signins (id, user_id, at, provider, result, address, user_agent)
             VALUES (-{n} - 1, 1, 1700000000000000, 'simple', 'ok', '192.0.2.{n}', 'x')"
        );
        app.database().await.run(&statement).await;
    }
    let first = browser.open("/account/history").await.expect(200).shows(&["Page 1", "28 in all"]);
    let second = browser.open(&link(&first, "More")).await.expect(200).shows(&["Page 2"]);
    assert_eq!((first.text.matches("<tr>").count(), second.text.matches("<tr>").count()), (26, 4), "with the head of the table");
    let back = browser.open(&link(&second, "Back")).await.expect(200);
    // But for the way back from another language.
    let shown = |text: &str| text.replace("?page_num=1", "");
    assert_eq!(shown(&back.text), shown(&first.text));
    for wrong in ["page_num=0", "page_num=x", "page_num=99999999999999999999", "next=x", "page_num=1000000"] {
        browser.open(&format!("/account/history?{wrong}")).await.expect(400).shows(&["This did not work"]);
    }
}

#[tokio::test]
async fn e6_signing_in_again_is_a_session_of_its_own() {
    let app = App::simple();
    let (_, mut browser) = ann(&app).await;
    let before = browser.cookies["vestibule_session"].clone();
    let fields = [("type", "simple"), ("email", ANN), ("password", PASSWORD)];
    let page = browser.open("/reauthenticate?return_to=/account/history").await.expect(200);
    assert!(browser.open("/").await.has_form("/sign-out"), "until then everything stays as it is");
    let back = browser.submit(&page, "/sign-in", &fields).await.expect(200);
    assert_eq!(back.address, "/account/history");
    assert_ne!(browser.cookies["vestibule_session"], before);
    let mut old = app.browser();
    old.cookies = [("vestibule_session".to_owned(), before)].into();
    assert!(old.open("/").await.has_form("/sign-in"), "the one before ended");
    let elsewhere = browser.open("/reauthenticate?return_to=https://evil.example/").await.expect(200);
    let stayed = browser.submit(&elsewhere, "/sign-in", &fields).await.expect(200);
    assert_eq!((stayed.address.as_str(), stayed.location()), ("/", None));
}
