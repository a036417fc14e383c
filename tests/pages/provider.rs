//! Providers in the pages of administrators (rows A5, G1, security rules 28 and 32).

use serde_json::json;

use super::browser::{Browser, Page};
use crate::{
    actor::{PASSWORD, User},
    app::{App, Plan, guest, install, plugin, write},
};

/// The types of the forms that sign in, on the start page of a stranger.
async fn offered(app: &App) -> Vec<String> {
    let page = app.browser().open("/").await.expect(200);
    let forms = page.forms().into_iter().filter(|form| form.action == "/sign-in");
    forms.map(|form| form.value("type").expect("a type").to_owned()).collect()
}

async fn root(app: &App) -> Browser<'_> {
    let mut browser = app.browser();
    browser.sign_in("root@example.org").await;
    browser
}

/// Presses "Read the directory now".
async fn reload(browser: &mut Browser<'_>) -> Page {
    browser.fill("/admin/providers", "/admin/providers", &[]).await.expect(200).shows(&["The directory was read."])
}

/// Signs up by `hello`.
async fn hello<'a>(app: &'a App, name: &str) -> User<'a> {
    let body = json!({ "type": "hello", "email": format!("{name}@example.org"), "password": PASSWORD, "city": "Graz" });
    User::new(app, &app.post("/auth/signup/", &body).await.expect(200))
}

#[tokio::test]
async fn a5_a_provider_that_is_switched_off_leaves_the_sign_in_page_and_comes_back() {
    let app = Plan::new().simple().plugin("hello", &guest("hello"), None).start();
    let admin = app.admin().await;
    let mut root = root(&app).await;
    assert_eq!(offered(&app).await, ["simple", "hello"]);
    let card = root.open("/admin/providers/hello").await.expect(200).shows(&["live", "1.0.0", "hello.wasm"]);
    assert!(card.has_link("/admin/providers/hello/off") && !card.has_form("/admin/providers/hello/on"), "{}", card.text);
    assert!(!card.has_form("/admin/providers/hello/off"), "it asks first: {}", card.text);

    let off = root.fill("/admin/providers/hello/off", "/admin/providers/hello/off", &[]).await.expect(200);
    let off = off.shows(&["Switched off, on all gateways.", "switched off", "an administrator switched it off"]);
    assert_eq!((off.address.as_str(), offered(&app).await), ("/admin/providers/hello?done=switched-off", vec!["simple".to_owned()]));
    root.open("/admin/providers").await.expect(200).shows(&["switched off"]);
    root.open("/admin").await.expect(200).shows(&["live; switched off: 1"]);

    root.submit(&off, "/admin/providers/hello/on", &[]).await.expect(200).shows(&["Switched on, on all gateways.", "1.0.0"]);
    assert_eq!(offered(&app).await, ["simple", "hello"]);
    for action in ["provider.disable", "provider.enable"] {
        let log = admin.get(&format!("/audit?action={action}")).await.expect(200);
        assert_eq!((log.json["total"].clone(), log.json["items"][0]["actor_user"].clone()), (json!(1), json!(admin.id)), "rule 28");
    }
}

#[tokio::test]
async fn rule19_no_other_site_switches_a_provider() {
    let app = App::simple();
    app.admin().await;
    let mut root = root(&app).await;
    for path in ["/off", "/on", "/sign-out"] {
        root.send(reqwest::Method::POST, &format!("/admin/providers/simple{path}"), Some(&[])).await.expect(403);
    }
    root.send(reqwest::Method::POST, "/admin/providers", Some(&[])).await.expect(403);
    assert_eq!(offered(&app).await, ["simple"]);
    root.open("/admin").await.expect(200);
}

#[tokio::test]
async fn g1_a_refused_file_shows_its_reason_and_nothing_in_it_is_markup() {
    let app = Plan::new().simple().plugin("hello", &guest("hello"), None).start();
    app.admin().await;
    let mut root = root(&app).await;
    let plugins = app.plugins();
    write(&plugins.join("broken.wasm"), b"not a component");
    write(&plugins.join("<img src=x>.wasm"), b"not a component");
    install(&plugins, "needs-mail", &plugin("email-code"), Some("vouch = true\n\"<b>bold</b>\" = true\n"));
    write(&plugins.join("hello.wasm"), b"cut short");
    let page = reload(&mut root).await.shows(&[
        "refused",
        "broken.wasm is text; only binary components are loaded",
        "new file refused, the version before stays live",
        "hello.wasm is text; only binary components are loaded",
        "<img src=x>",
    ]);
    assert!(!page.text.contains("<img") && !page.text.contains("<b>"), "{}", page.text);
    let links = page.text.matches("href=\"/admin/providers/").count();
    assert_eq!(links, 4, "what is not called like a type has no page: {}", page.text);
    root.open("/admin/providers/broken").await.expect(200).shows(&[
        "refused",
        "is text; only binary components are loaded",
        "End all its sessions",
    ]);
    let kept = root.open("/admin/providers/hello").await.expect(200);
    kept.shows(&["live", "1.0.0", "new file refused, the version before stays live", "is text; only binary components are loaded"]);
    assert_eq!(offered(&app).await, ["simple", "hello"]);
    root.open("/admin").await.expect(200).shows(&["refused: 4"]);
    root.open("/admin/providers/nobody").await.expect(404);
    root.open("/admin/providers/%3Cimg%20src=x%3E").await.expect(404);
}

#[tokio::test]
async fn g1_what_it_asks_for_stands_beside_what_was_given_and_no_secret_is_shown() {
    let toml = "vouch = true\nmail = true\nhosts = [\"more.example\"]\n[secrets]\nspare = { env = \"SPARE_KEY\" }\n";
    let app = Plan::new().simple().plugin("email-code", &plugin("email-code"), Some(toml)).env("SPARE_KEY", "very-secret-value").start();
    let admin = app.admin().await;
    let states = admin.get("/providers").await.expect(200);
    let state = states.json.as_array().unwrap().iter().find(|state| state["type"] == "email-code").unwrap();
    assert_eq!(state["status"], "live", "{state}");
    let list = |name: &str| state[name].as_array().unwrap().iter().map(|what| what.as_str().unwrap().to_owned()).collect::<Vec<_>>();
    let (asks, grants) = (list("asks"), list("grants"));
    assert!(asks.contains(&"mail".to_owned()) && asks.contains(&"vouch".to_owned()), "{asks:?}");
    assert!(!asks.contains(&"host more.example".to_owned()), "{asks:?}");
    for given in ["mail", "vouch", "host more.example", "secret spare"] {
        assert!(grants.contains(&given.to_owned()), "{given} is not in {grants:?}");
    }
    let page = root(&app).await.open("/admin/providers/email-code").await.expect(200);
    for (what, asked) in [("mail", "yes"), ("vouch", "yes"), ("host more.example", "no"), ("secret spare", "no")] {
        let row = format!("<code>{what}</code></th><td>{asked}</td><td><span class=\"badge good\">yes</span></td>");
        assert!(page.text.contains(&row), "{row} is not in {}", page.text);
    }
    assert!(!page.text.contains("very-secret-value") && !states.text.contains("very-secret-value"));
}

#[tokio::test]
async fn a5_what_the_file_switches_off_is_switched_on_there() {
    let app = Plan::new().simple().plugin("hello", &guest("hello"), Some("enabled = false\n")).start();
    app.admin().await;
    let mut root = root(&app).await;
    let card = root.open("/admin/providers/hello").await.expect(200).shows(&[
        "switched off",
        "hello.toml says enabled = false",
        "change it there",
    ]);
    assert!(!card.has_form("/admin/providers/hello/on") && !card.has_link("/admin/providers/hello/off"), "{}", card.text);
    install(&app.plugins(), "hello", &guest("hello"), Some("enabled = true\n"));
    reload(&mut root).await;
    assert_eq!(offered(&app).await, ["simple", "hello"]);
}

#[tokio::test]
async fn rule32_sessions_of_one_version_are_ended_after_a_question() {
    let app = Plan::new().simple().plugin("hello", &guest("hello"), None).start();
    let admin = app.admin().await;
    let mut root = root(&app).await;
    let old = hello(&app, "old").await;
    let card = root.open("/admin/providers/hello").await.expect(200);
    let ask = card.text.split("href=\"").filter_map(|rest| rest.split('"').next()).find(|link| link.contains("/sign-out/"));
    let ask = ask.expect("a link to end the sessions of this version").to_owned();
    install(&app.plugins(), "hello", &guest("hello-v2"), None);
    reload(&mut root).await;
    let new = hello(&app, "new").await;
    let page = root.open(&ask).await.expect(200).hides(&["Yours is among them."]);
    old.get("/auth/check").await.expect(200);
    root.submit(&page, &ask, &[]).await.expect(200).shows(&["The sessions ended."]);
    old.get("/auth/check").await.problem(401, "session_ended");
    new.get("/auth/check").await.expect(200);
    root.fill("/admin/providers/hello/sign-out", "/admin/providers/hello/sign-out", &[]).await.expect(200);
    new.get("/auth/check").await.problem(401, "session_ended");
    assert_eq!(admin.get("/audit?action=provider.logout_all").await.expect(200).json["total"], json!(2));
    root.open("/admin/providers/hello/sign-out/abc").await.expect(404);

    // One's own go too, after a warning.
    let path = "/admin/providers/simple/sign-out";
    let page = root.open(path).await.expect(200).shows(&["Yours is among them."]);
    let page = root.submit(&page, path, &[]).await.expect(200);
    assert!(page.address.starts_with("/?return_to="), "{}", page.address);
    admin.get("/auth/check").await.problem(401, "session_ended");
}
