//! What never reaches a log or a terminal: passwords, tokens, codes, cookies, query strings.

use serde_json::json;

use crate::{
    actor::{PASSWORD, User, read},
    app::{App, Plan, plugin},
    patience::eventually,
};

const WRONG: &str = "seven green umbrellas";
const NEXT: &str = "quiet harbour under snow";
const QUERY: &str = "query-hush-4711";
const COOKIE: &str = "cookie-hush-4711";
const BASIC: &str = "YW5uOmh1c2gtNDcxMQ";

/// Lives a whole life on the gateway; everything that must stay unsaid.
async fn live(app: &App) -> Vec<String> {
    let mut secrets: Vec<String> = [PASSWORD, WRONG, NEXT, QUERY, COOKIE, BASIC].map(ToOwned::to_owned).into();
    let mut ann = app.user("ann@example.org").await;
    secrets.extend([ann.access.clone(), ann.refresh.clone()]);
    let wrong = json!({ "type": "simple", "email": "ann@example.org", "password": WRONG });
    app.post("/auth/signin/", &wrong).await.problem(400, "invalid_credentials");
    let weak = json!({ "type": "simple", "email": "bob@example.org", "password": "hushhush" });
    app.post("/auth/signup/", &weak).await.problem(400, "invalid_fields");
    secrets.push("hushhush".to_owned());
    ann.renew().await.expect(200);
    secrets.extend([ann.access.clone(), ann.refresh.clone()]);
    let change = json!({ "current_password": PASSWORD, "new_password": NEXT });
    ann.send(reqwest::Method::PUT, "/me/password", Some(&change)).await.expect(204);
    ann.get(&format!("/me?token={QUERY}")).await.expect(200);
    ann.get(&format!("/auth/check?role=admin&secret={QUERY}")).await.problem(403, "forbidden");
    app.get(&format!("/nothing/here?access_token={QUERY}")).await.problem(404, "not_found");
    secrets.extend(by_code(app).await);
    secrets.extend(by_link(app).await);
    odd_requests(app).await;
    secrets
}

/// Signs up by a code; its secrets.
async fn by_code(app: &App) -> Vec<String> {
    let asked = app.post("/auth/signup/", &json!({ "type": "email-code", "email": "eve@example.org" })).await.expect(200);
    let flow = asked.str("/challenge/flow");
    let mail = mail_to(app, "eve@example.org").await;
    let code = mail.split(|c: char| !c.is_ascii_digit()).rfind(|digits| digits.len() == 6).expect("six digits").to_owned();
    let wrong = if code == "000000" { "000001" } else { "000000" };
    app.post("/auth/continue", &json!({ "flow": flow, "code": wrong })).await.expect(400);
    let eve = User::new(app, &app.post("/auth/continue", &json!({ "flow": flow, "code": code })).await.expect(200));
    vec![flow, code, eve.access, eve.refresh]
}

/// Looks at the page behind a link and sets a new password there; its secrets.
async fn by_link(app: &App) -> Vec<String> {
    let asked = app.post("/auth/recover", &json!({ "email": "eve@example.org" })).await.expect(202);
    let mail = eventually("a link", || app.mails().into_iter().find(|mail| mail.contains("/reset?token"))).await;
    let message = mail_parser::MessageParser::default().parse(mail.as_bytes()).expect("a message");
    let text = message.body_text(0).expect("text").into_owned();
    let token = text.split_whitespace().find_map(|word| Some(word.split_once("?token=")?.1)).expect("a token").to_owned();
    let code = text.split_whitespace().find(|word| word.len() == 6 && word.parse::<u32>().is_ok()).expect("a code").to_owned();
    let mut browser = app.browser();
    let page = browser.open(&format!("/reset?token={token}")).await.expect(200);
    browser.submit(&page, "/reset", &[("new_password", NEXT)]).await.expect(200);
    let form_token = page.form("/reset", &[]).value("form_token").expect("a token").to_owned();
    vec![asked.str("/flow"), token, format!(" {code}"), form_token, browser.cookies["vestibule_visitor"].clone()]
}

/// Waits for the first mail to somebody.
async fn mail_to(app: &App, address: &str) -> String {
    eventually("a mail", || app.mails().into_iter().find(|mail| mail.contains(&format!("To: {address}")))).await
}

/// Secrets where none belong.
async fn odd_requests(app: &App) {
    let get = |path: &str| app.http.get(app.url(path));
    read(get("/me").header("Cookie", format!("session={COOKIE}")).send().await.unwrap()).await.problem(401, "token_missing");
    read(get("/me").header("Authorization", format!("Basic {BASIC}")).send().await.unwrap()).await.problem(401, "token_missing");
    read(get("/me").bearer_auth(COOKIE).send().await.unwrap()).await.problem(401, "token_malformed");
    let post = || app.http.post(app.url("/auth/signin/"));
    let form = [("type", "simple"), ("email", "ann@example.org"), ("password", WRONG)];
    read(post().form(&form).send().await.unwrap()).await.problem(400, "invalid_credentials");
    let broken = format!("{{\"type\": \"simple\", \"password\": \"{WRONG}\" oops");
    let answer = read(post().header("Content-Type", "application/json").body(broken).send().await.unwrap()).await;
    assert!(!answer.problem(400, "malformed_body").text.contains(WRONG), "the answer quotes the body");
    let misplaced = json!({ "type": WRONG, "email": NEXT, "password": [PASSWORD], "refresh_token": QUERY });
    read(post().json(&misplaced).send().await.unwrap()).await.expect(400);
    read(app.http.post(app.url("/auth/refresh")).json(&json!({ "refresh_token": COOKIE })).send().await.unwrap()).await.expect(401);
}

async fn keeps_quiet(level: &str, format: &str) {
    let toml = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../plugins/email-code/email-code.toml")).unwrap();
    let plan = Plan::new().simple().plugin("email-code", &plugin("email-code"), Some(&toml));
    let mut app = plan.set("log_level", level).set("log_format", format).start();
    let secrets = live(&app).await;
    app.terminate();
    assert!(app.ended().await.success());
    let (log, out) = (app.log(), app.out());
    assert!(log.contains("/auth/signin/") && log.contains("/auth/continue") && log.contains("/nothing/here"), "the requests are logged");
    for secret in secrets {
        for (what, text) in [("log", &log), ("standard output", &out)] {
            let line = text.lines().find(|line| line.contains(&secret));
            assert!(line.is_none(), "{secret:?} is in the {what} at level {level}: {}", line.unwrap_or_default());
        }
    }
}

#[tokio::test]
async fn rule27_nothing_secret_is_logged() {
    keeps_quiet("info", "text").await;
}

#[tokio::test]
async fn rule27_nothing_secret_is_logged_in_json() {
    keeps_quiet("info", "json").await;
}

#[tokio::test]
async fn rule27_nothing_secret_is_logged_at_debug() {
    keeps_quiet("debug", "text").await;
}

#[tokio::test]
async fn rule27_nothing_secret_is_logged_at_trace() {
    keeps_quiet("trace", "text").await;
}
