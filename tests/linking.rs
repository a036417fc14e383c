//! Several ways in of one account, linking (security rule 13), and second factors as plugins (row G4).

pub mod app_code;
mod breach;
mod factor;
mod limit;
mod link;
mod own;
mod recovery;
mod take_over;

use mail_parser::MessageParser;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    actor::{Answer, PASSWORD, User},
    app::{App, Plan, guest, plugin},
    patience::eventually,
};

/// What a provider of codes by mail, and a second factor, are granted.
const BY_MAIL: &str = "vouch = true\nmail = true\n";
const FACTOR: &str = "vouch = true\nfactor = true\n";

/// `simple`, codes by mail under two names, and both kinds of factors.
fn plan(plan: Plan) -> Plan {
    let plan = plan.plugin("email-code", &plugin("email-code"), Some(BY_MAIL)).plugin("second-mail", &plugin("email-code"), Some(BY_MAIL));
    plan.plugin("totp", &plugin("totp"), Some(FACTOR)).plugin("false-factor", &guest("false-factor"), Some(FACTOR))
}

fn app() -> App {
    plan(Plan::new().simple()).start()
}

/// The codes in all mails that hold one, in their order.
pub fn codes(app: &App) -> Vec<String> {
    let digits = |word: &&str| word.len() == 6 && word.bytes().all(|byte| byte.is_ascii_digit());
    let code = |raw: &String| {
        let mail = MessageParser::default().parse(raw).expect("a mail");
        let text = mail.body_text(0).expect("a text").into_owned();
        text.split(|c: char| !c.is_ascii_alphanumeric()).find(digits).map(ToOwned::to_owned)
    };
    app.mails().iter().filter_map(code).collect()
}

/// Waits for the code after the first so many.
pub async fn next_code(app: &App, before: usize) -> String {
    eventually("a code", || codes(app).into_iter().nth(before)).await
}

/// Signs up or in by a code in a mail.
async fn by_mail(app: &App, provider: &str, way: &str, email: &str) -> Answer {
    let before = codes(app).len();
    let begun = app.post(&format!("/auth/{way}/"), &json!({ "type": provider, "email": email })).await.expect(200);
    let code = next_code(app, before).await;
    app.post("/auth/continue", &json!({ "flow": begun.str("/challenge/flow"), "code": code })).await
}

async fn signin(app: &App, email: &str, password: &str) -> Answer {
    app.post("/auth/signin/", &json!({ "type": "simple", "email": email, "password": password })).await
}

async fn go_on(app: &App, flow: &str, field: &str, value: &str) -> Answer {
    app.post("/auth/continue", &json!({ "flow": flow, field: value })).await
}

/// Types of the identities, in their order.
async fn types(user: &User<'_>) -> Vec<String> {
    let listed = user.get("/me/identities").await.expect(200).json;
    listed.as_array().unwrap().iter().map(|identity| identity["type"].as_str().unwrap().to_owned()).collect()
}

/// The id of the identity of a type.
async fn id_of(user: &User<'_>, kind: &str) -> i64 {
    let listed = user.get("/me/identities").await.expect(200).json;
    let found = listed.as_array().unwrap().iter().find(|identity| identity["type"] == kind).cloned();
    found.unwrap_or_else(|| panic!("no {kind} in {listed}"))["id"].as_i64().unwrap()
}

async fn add(user: &User<'_>, body: &Value) -> Answer {
    user.send(Method::POST, "/me/identities", Some(body)).await
}

async fn go_on_adding(user: &User<'_>, flow: &str, field: &str, value: &str) -> Answer {
    user.send(Method::POST, "/me/identities/continue", Some(&json!({ "flow": flow, field: value }))).await
}

/// Enrols the factor that obeys; gives the recovery codes.
pub async fn enrol_false(user: &User<'_>) -> Vec<String> {
    let begun = add(user, &json!({ "type": "false-factor" })).await.expect(200);
    let done = go_on_adding(user, &begun.str("/challenge/flow"), "code", "right").await.expect(200);
    assert_eq!((&done.json["identity"]["type"], &done.json["identity"]["factor"]), (&json!("false-factor"), &json!(true)));
    done.json["recovery_codes"].as_array().unwrap().iter().map(|code| code.as_str().unwrap().to_owned()).collect()
}

/// Signs in by password up to the second factor; gives the flow.
async fn to_factor(app: &App, email: &str) -> Answer {
    let answer = signin(app, email, PASSWORD).await.expect(200);
    assert!(answer.json.get("access_token").is_none(), "{}", answer.text);
    answer
}

/// Waits until somebody was sent this letter.
async fn told(app: &App, to: &str, about: &str) {
    let to = format!("To: {to}");
    eventually(about, || app.mails().iter().any(|mail| mail.contains(&to) && mentions(mail, about)).then_some(())).await;
}

fn mentions(raw: &str, about: &str) -> bool {
    let mail = MessageParser::default().parse(raw).expect("a mail");
    let subject = mail.subject().unwrap_or_default();
    let text = mail.body_text(0).unwrap_or_default();
    subject.contains(about) || text.contains(about)
}
