//! Three gateways on one store behave as one.

mod account;
mod key;
mod limit;
mod live;
mod mail;
mod once;
mod session;

use std::time::{Duration, Instant};

use reqwest::StatusCode;
use serde_json::Value;

use crate::{
    actor::{Answer, User},
    app::{App, Plan},
    patience,
};

/// How long one gateway may believe what another has changed.
const WITHIN: Duration = Duration::from_secs(1);

/// Three on one store.
fn three(plan: Plan) -> [App; 3] {
    let first = plan.start();
    let (second, third) = (first.beside(), first.beside());
    [first, second, third]
}

/// Posts; where the store was too busy, again, as clients are told to. For what may be said twice.
async fn post(gate: &App, path: &str, body: &Value) -> Answer {
    let begun = Instant::now();
    loop {
        let answer = gate.post(path, body).await;
        if answer.status != StatusCode::SERVICE_UNAVAILABLE || begun.elapsed() > Duration::from_secs(20) {
            return answer;
        }
        assert!(answer.problem(503, "store_unavailable").headers.contains_key("retry-after"));
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// Whether the store was too busy for one of them, so that it may have been counted, and its answer lost.
fn busy(answers: &[Answer]) -> bool {
    answers.iter().any(|answer| answer.status == StatusCode::SERVICE_UNAVAILABLE)
}

/// Waits until a user gets a status.
async fn until(user: &User<'_>, path: &str, status: u16) -> Answer {
    let what = format!("{status} of {path}");
    patience::until(&what, async || Some(user.get(path).await).filter(|answer| answer.status == status)).await
}
