//! The second factor and its recovery codes.

use super::{ANN, ann, link, plan};
use crate::{actor::PASSWORD, linking::app_code::Authenticator, pages::browser::Page, recovery::letter::signin};

const ADD: &str = "/account/add/totp";
const GO_ON: &str = "/account/continue";
const CODES: &str = "/account/recovery-codes";

/// The codes on a page.
fn codes(page: &Page) -> Vec<String> {
    let list = page.text.split("<ul class=\"codes").nth(1).unwrap_or_else(|| panic!("no codes on {}", page.text));
    let list = list.split("</ul>").next().expect("an end");
    list.split("<code>").skip(1).map(|rest| rest.split('<').next().expect("a code").to_owned()).collect()
}

#[tokio::test]
async fn f_an_authenticator_app_is_enrolled_with_a_code_to_scan_and_codes_to_keep() {
    let app = plan().start();
    let (_, mut browser) = ann(&app).await;
    browser.open("/").await.shows(&["Second factor", "off", "Set up"]);
    let asked = browser.fill(ADD, ADD, &[]).await.expect(200);
    assert!(asked.text.contains("<svg") && asked.text.contains("role=\"img\""), "{}", asked.text);
    let uri = url::Url::parse(&link(&asked, "Open the app")).unwrap();
    assert_eq!(uri.scheme(), "otpauth");
    let secret = uri.query_pairs().find(|(name, _)| name == "secret").expect("a secret").1.into_owned();
    let asked = asked.shows(&[&secret]);

    let mut authenticator = Authenticator::new(&secret);
    let again = browser.submit(&asked, GO_ON, &[("code", &authenticator.wrong())]).await.expect(400);
    assert!(again.text.contains("own-code-error") && again.text.contains("<svg"), "it can still be scanned: {}", again.text);
    let done = browser.submit(&again, GO_ON, &[("code", &authenticator.code().await)]).await.expect(200).shows(&["not shown again"]);
    let shown = codes(&done);
    assert!(shown.len() == 10 && shown.iter().all(|code| code.len() == 11), "{shown:?}");
    for path in ["/", "/account/identities", CODES, "/account/history", ADD] {
        let page = browser.open(path).await.expect(200).hides(&[&secret, "otpauth"]);
        assert!(shown.iter().all(|code| !page.text.contains(code)), "{path}: {}", page.text);
    }
    browser.open("/").await.shows(&["Authenticator app", "Recovery codes left: 10"]);
    let asked = signin(&app, ANN, PASSWORD).await.expect(200);
    assert_eq!(asked.str("/challenge/type"), "totp");
    let log = app.log();
    assert!(!log.contains(&secret) && shown.iter().all(|code| !log.contains(code)));
}

#[tokio::test]
async fn f_new_recovery_codes_replace_the_old_ones() {
    let app = plan().start();
    let (_, mut browser) = ann(&app).await;
    browser.fill(CODES, CODES, &[]).await.expect(400).shows(&["This account has no second factor."]);
    let asked = browser.fill("/account/add/false-factor", "/account/add/false-factor", &[]).await.expect(200);
    let first = codes(&browser.submit(&asked, GO_ON, &[("code", "right")]).await.expect(200));
    let left = |n: i64| format!("Recovery codes left: {n}");
    browser.open("/account/identities").await.shows(&[&left(10)]);
    let use_up = async |code: &str| {
        let flow = signin(&app, ANN, PASSWORD).await.expect(200).str("/challenge/flow");
        app.post("/auth/continue", &serde_json::json!({ "flow": flow, "recovery_code": code })).await.status.as_u16()
    };
    assert_eq!(use_up(&first[0]).await, 200);
    browser.open("/account/identities").await.shows(&[&left(9)]);
    let asked = browser.open(CODES).await.expect(200).shows(&["Left: 9", "stop working"]);
    let second = codes(&browser.submit(&asked, CODES, &[]).await.expect(200));
    assert!(second.iter().all(|code| !first.contains(code)));
    assert_eq!((use_up(&first[1]).await, use_up(&second[0]).await), (400, 200));
    browser.open("/").await.shows(&[&left(9)]);
}

#[tokio::test]
async fn f_a_removed_factor_is_asked_for_no_more() {
    let app = plan().start();
    let (_, mut browser) = ann(&app).await;
    let asked = browser.fill("/account/add/false-factor", "/account/add/false-factor", &[]).await.expect(200);
    browser.submit(&asked, GO_ON, &[("code", "right")]).await.expect(200);
    let page = browser.open("/account/identities").await;
    let path = page.text.split("href=\"/account/identities/").skip(1).map(|rest| rest.split('"').next().unwrap()).max().unwrap();
    let path = format!("/account/identities/{path}");
    let asked = browser.open(&path).await.expect(200).shows(&["recovery codes go, too"]);
    browser.submit(&asked, &path, &[]).await.expect(200).shows(&["It is removed", "None yet"]).hides(&["Recovery codes left"]);
    signin(&app, ANN, PASSWORD).await.expect(200).str("/access_token");
}

/// A recent sign-in takes all steps, also from who is signed in.
#[tokio::test]
async fn f_signing_in_again_asks_for_the_factor_too() {
    let app = plan().start();
    let (_, mut browser) = ann(&app).await;
    let asked = browser.fill("/account/add/false-factor", "/account/add/false-factor", &[]).await.expect(200);
    browser.submit(&asked, GO_ON, &[("code", "right")]).await.expect(200);
    let before = browser.cookies["vestibule_session"].clone();
    let fields = [("type", "simple"), ("email", ANN), ("password", PASSWORD)];
    let asked = browser.fill("/reauthenticate?return_to=/account/email", "/sign-in", &fields).await.expect(200);
    assert_eq!((asked.address.as_str(), &browser.cookies["vestibule_session"]), ("/continue", &before));
    let back = browser.submit(&asked, "/continue", &[("code", "right")]).await.expect(200);
    assert_eq!(back.address, "/account/email");
    assert_ne!(browser.cookies["vestibule_session"], before);
    assert_eq!(browser.open("/continue").await.address, "/", "nothing waits any more");
}
