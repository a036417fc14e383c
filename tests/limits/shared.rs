//! What counts, counts for all gateways of one store, and after a restart.

use futures_util::future::join_all;
use serde_json::json;

use super::{ANN, HOME, WRONG, challenged, code, elsewhere, guarded, plan, post_to, signed_in, signin, signup};
use crate::actor::PASSWORD;

#[tokio::test]
async fn rule22_two_gateways_count_wrong_passwords_together_and_a_restart_forgets_none() {
    let mut app = guarded(6, 0).start();
    signup(&app, HOME, ANN).await.expect(200);
    let other = app.neighbour();
    let body = json!({ "type": "simple", "email": ANN, "password": WRONG });
    let bases = [&app.base, &other.base];
    let answers = join_all((0..30).map(|n| post_to(&app, bases[n % 2], "/auth/signin", HOME, &body))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 400).count(), 6);
    assert_eq!(answers.iter().filter(|answer| answer.status == 429).count(), 24);
    app.restart();
    signin(&app, HOME, ANN, PASSWORD).await.problem(429, "rate_limited");
}

#[tokio::test]
async fn rule22_two_gateways_count_the_calls_of_a_client_together_and_a_restart_forgets_none() {
    let mut app = plan().set("auth_rate_per_minute", "1").set("auth_rate_burst", "6").start();
    let other = app.neighbour();
    let body = json!({ "type": "simple", "email": ANN, "password": WRONG });
    for _ in 0..3 {
        for base in [&app.base, &other.base] {
            post_to(&app, base, "/auth/signin", HOME, &body).await.problem(400, "invalid_credentials");
        }
    }
    for base in [&app.base, &other.base] {
        post_to(&app, base, "/auth/signin", HOME, &body).await.problem(429, "rate_limited");
    }
    app.restart();
    signin(&app, HOME, ANN, WRONG).await.problem(429, "rate_limited");
    signin(&app, &elsewhere(0), ANN, WRONG).await.problem(400, "invalid_credentials");
}

#[tokio::test]
async fn rule22_a_challenge_of_one_gateway_is_answered_at_another() {
    let app = guarded(10, 2).start();
    signup(&app, HOME, ANN).await.expect(200);
    super::guess(&app, ANN, 0, 2).await;
    let other = app.neighbour();
    let flow = challenged(signin(&app, "203.0.113.1", ANN, PASSWORD).await);
    let body = json!({ "flow": flow, "code": code(&app, 1).await, "password": PASSWORD });
    signed_in(post_to(&app, &other.base, "/auth/continue", "203.0.113.1", &body).await);
    signed_in(signin(&app, "203.0.113.1", ANN, PASSWORD).await);
}

/// A store out of reach is told as such: there is no silent fall-back to counting in one process.
#[tokio::test]
async fn rule26_without_the_store_nobody_is_admitted_uncounted() {
    let app = plan().set("auth_rate_per_minute", "60").start();
    signup(&app, HOME, ANN).await.expect(200);
    app.lose("allowances").await;
    let refused = signin(&app, HOME, ANN, PASSWORD).await.problem(503, "store_unavailable");
    assert!(super::wait(&refused) >= 1);
}
