//! Limits on tries, and who is not locked out by them.

mod attack;
mod change;
mod code;
mod guess;
mod shared;

use serde_json::{Value, json};

use crate::{
    actor::{Answer, PASSWORD, read},
    app::{App, Plan},
    patience::eventually,
};

const ANN: &str = "ann@example.org";
const WRONG: &str = "wrong horse";
/// Where Ann signed up.
const HOME: &str = "198.51.100.1";

/// Cheap hashes, and clients from any network, which they name themselves.
fn plan() -> Plan {
    let cheap = Plan::new().simple().set("password_memory_kib", "64").set("password_iterations", "1");
    cheap.set("trusted_proxies", "127.0.0.1")
}

/// With so many wrong passwords for each account and network, and so many by strangers; none comes back during a test.
fn guarded(network: u32, strangers: u32) -> Plan {
    let plan = plan().set("wrong_password_burst", &network.to_string()).set("wrong_password_interval", "1h");
    plan.set("stranger_password_burst", &strangers.to_string()).set("stranger_password_interval", "1h")
}

/// Somewhere in 10.0.0.0/8.
fn elsewhere(n: usize) -> String {
    format!("10.0.{}.{}", n / 250, n % 250 + 1)
}

async fn post_to(app: &App, base: &str, path: &str, network: &str, body: &Value) -> Answer {
    let request = app.http.post(format!("{base}{path}")).header("x-forwarded-for", network).json(body);
    read(request.send().await.unwrap()).await
}

async fn post(app: &App, path: &str, network: &str, body: &Value) -> Answer {
    post_to(app, &app.base, path, network, body).await
}

async fn signup(app: &App, network: &str, email: &str) -> Answer {
    post(app, "/auth/signup", network, &json!({ "type": "simple", "email": email, "password": PASSWORD })).await
}

async fn signin(app: &App, network: &str, email: &str, password: &str) -> Answer {
    post(app, "/auth/signin", network, &json!({ "type": "simple", "email": email, "password": password })).await
}

async fn answer(app: &App, network: &str, flow: &str, code: &str, password: &str) -> Answer {
    post(app, "/auth/continue", network, &json!({ "flow": flow, "code": code, "password": password })).await
}

/// One wrong password from each of `count` networks; each is told that it was wrong.
async fn guess(app: &App, email: &str, first: usize, count: usize) {
    for n in first..first + count {
        signin(app, &elsewhere(n), email, WRONG).await.problem(400, "invalid_credentials");
    }
}

fn wait(answer: &Answer) -> u64 {
    answer.headers["retry-after"].to_str().unwrap().parse().unwrap()
}

#[track_caller]
fn challenged(answer: Answer) -> String {
    let answer = answer.expect(200);
    assert!(answer.json.get("access_token").is_none(), "{}", answer.text);
    answer.str("/challenge/flow")
}

#[track_caller]
fn signed_in(answer: Answer) {
    answer.expect(200).str("/access_token");
}

/// To whom codes were mailed, and which; other letters aside.
fn codes(app: &App) -> Vec<(String, String)> {
    let read = |mail: &String| {
        let mail = mail_parser::MessageParser::default().parse(mail.as_bytes())?;
        let to = mail.to()?.first()?.address()?.to_owned();
        let text = mail.body_text(0)?.into_owned();
        let digits = |word: &&str| word.len() == 8 && word.bytes().all(|byte| byte.is_ascii_digit());
        let code = text.split(|c: char| !c.is_ascii_alphanumeric()).find(digits)?.to_owned();
        Some((to, code))
    };
    app.mails().iter().filter_map(read).collect()
}

/// Waits for the `n`th code that was mailed, which is Ann's.
async fn code(app: &App, n: usize) -> String {
    let (to, code) = eventually("a code", || codes(app).into_iter().nth(n - 1)).await;
    assert_eq!(to, ANN);
    code
}

/// Another code than this.
fn other(code: &str) -> String {
    format!("{:08}", (code.parse::<u32>().unwrap() + 1) % 100_000_000)
}
