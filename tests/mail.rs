//! Mail from the request to the next server: nothing is lost, nothing is sent twice, nobody waits.

mod administrator;
mod content;
mod delivery;
mod locale;
mod processes;
pub mod server;
mod settings;
mod tls;

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::{
    actor::{Answer, read},
    app::{App, Plan, plugin},
    patience,
};

/// A gateway that mails codes through the server on this port.
pub fn plan(port: u16) -> Plan {
    plan_to(&format!("smtp://127.0.0.1:{port}"))
}

/// A gateway that mails codes to this place.
pub fn plan_to(url: &str) -> Plan {
    let grants = "vouch = true\nmail = true\n";
    Plan::new().simple().plugin("email-code", &plugin("email-code"), Some(grants)).set("mail_url", url).set("mail_timeout", "3s")
}

/// Asks for a code by mail.
pub async fn ask(app: &App, email: &str) -> Answer {
    ask_at(app, &app.base, email).await
}

/// Asks another gateway of the same store.
pub async fn ask_at(app: &App, base: &str, email: &str) -> Answer {
    let body = json!({ "type": "email-code", "email": email });
    read(app.http.post(format!("{base}/auth/signup/")).json(&body).send().await.expect("an answer")).await
}

/// Longer than `eventually` waits: a mail that failed is tried again after 5 seconds, then after 10, 20 and 40 more.
const PATIENCE: Duration = Duration::from_secs(100);

/// Waits for something that a mail may bring about at a later try.
pub async fn patiently<T>(what: &str, mut probe: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(value) = probe() {
            return value;
        }
        assert!(begun.elapsed() < PATIENCE, "{what} did not come");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Waits until the outbox holds so many mails in a state.
pub async fn until(app: &App, state: &str, mails: i64) {
    let begun = Instant::now();
    while app.number(&format!("SELECT COUNT(*) FROM outbox WHERE state = '{state}'")).await != mails {
        assert!(
            begun.elapsed() < PATIENCE,
            "not {mails} {state}: {:?}",
            app.texts("SELECT state || ' ' || attempts || ' ' || COALESCE(last_error, '') FROM outbox").await
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Waits until each of the mails that wait was tried.
pub async fn until_tried(app: &App) {
    let untried = "SELECT COUNT(*) FROM outbox WHERE state = 'pending' AND last_error IS NULL";
    patience::until("a try", async || (app.number(untried).await == 0).then_some(())).await;
}

/// The items of a list.
pub fn items(answer: &Answer) -> Vec<Value> {
    answer.json["items"].as_array().cloned().unwrap_or_else(|| panic!("no list: {}", answer.text))
}
