//! The code that a stranger is asked for.

use futures_util::future::join_all;
use serde_json::json;

use super::{ANN, HOME, WRONG, answer, challenged, code, codes, elsewhere, guarded, guess, other, plan, post, signed_in, signin, signup};
use crate::{
    actor::PASSWORD,
    app::{App, Plan},
    patience::eventually,
};

/// A new place of Ann's.
const HOTEL: &str = "203.0.113.1";

async fn besieged(plan: Plan) -> App {
    let app = plan.start();
    signup(&app, HOME, ANN).await.expect(200);
    guess(&app, ANN, 0, 5).await;
    app
}

#[tokio::test]
async fn rule22_the_owner_at_a_new_place_gets_in_with_a_code_from_the_mailbox() {
    let app = besieged(guarded(10, 5)).await;
    let flow = challenged(signin(&app, HOTEL, ANN, PASSWORD).await);
    let digits = code(&app, 1).await;
    let spaced = format!(" {} {} ", &digits[..4], &digits[4..]);
    signed_in(answer(&app, HOTEL, &flow, &spaced, PASSWORD).await);
    // From now on she is known here.
    signed_in(signin(&app, HOTEL, ANN, PASSWORD).await);
    challenged(signin(&app, "203.0.113.2", ANN, PASSWORD).await);
    answer(&app, HOTEL, &flow, &digits, PASSWORD).await.problem(400, "unknown_flow");
    let log = app.log();
    assert!(!log.contains(&digits) && !log.contains(ANN) && !log.contains(&flow), "{log}");
}

#[tokio::test]
async fn rule22_a_right_code_does_not_stand_for_the_password() {
    let app = besieged(guarded(10, 5)).await;
    let flow = challenged(signin(&app, HOTEL, ANN, WRONG).await);
    answer(&app, HOTEL, &flow, &code(&app, 1).await, WRONG).await.problem(400, "invalid_credentials");
    answer(&app, HOTEL, &flow, &code(&app, 1).await, PASSWORD).await.problem(400, "unknown_flow");
    // But it was her mailbox: the place is known.
    signin(&app, HOTEL, ANN, WRONG).await.problem(400, "invalid_credentials");
    signed_in(signin(&app, HOTEL, ANN, PASSWORD).await);
}

#[tokio::test]
async fn rule08_a_code_is_good_once_also_in_a_race() {
    let app = besieged(guarded(10, 5)).await;
    let places: Vec<String> = (0..8).map(|n| format!("203.0.113.{n}")).collect();
    let mut flows = Vec::new();
    for place in &places {
        flows.push(challenged(signin(&app, place, ANN, PASSWORD).await));
    }
    let digits = code(&app, 1).await;
    let answers = join_all(places.iter().zip(&flows).map(|(place, flow)| answer(&app, place, flow, &digits, PASSWORD))).await;
    let (good, bad): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
    assert_eq!(good.len(), 1);
    for answer in bad {
        assert_eq!(answer.problem(400, "invalid_fields").fields(), ["code:wrong_code"]);
    }
}

#[tokio::test]
async fn rule22_a_challenge_takes_five_wrong_codes_and_a_network_only_a_few_more() {
    let app = besieged(guarded(7, 5)).await;
    let flow = challenged(signin(&app, HOTEL, ANN, PASSWORD).await);
    let digits = code(&app, 1).await;
    for _ in 0..5 {
        let refused = answer(&app, HOTEL, &flow, &other(&digits), PASSWORD).await.problem(400, "invalid_fields");
        assert_eq!(refused.fields(), ["code:wrong_code"]);
    }
    answer(&app, HOTEL, &flow, &digits, PASSWORD).await.problem(400, "unknown_flow");
    let flow = challenged(signin(&app, HOTEL, ANN, PASSWORD).await);
    for _ in 0..2 {
        answer(&app, HOTEL, &flow, &other(&digits), PASSWORD).await.problem(400, "invalid_fields");
    }
    answer(&app, HOTEL, &flow, &digits, PASSWORD).await.problem(429, "rate_limited");
    // Guesses at codes here hold nobody up elsewhere.
    let flow = challenged(signin(&app, "203.0.113.2", ANN, PASSWORD).await);
    signed_in(answer(&app, "203.0.113.2", &flow, &digits, PASSWORD).await);
    let results = app.texts("SELECT result FROM signins WHERE result LIKE '%code%'").await;
    assert_eq!(results, vec!["wrong_code"; 7]);
}

/// Otherwise whoever provokes challenges would keep every code from the owner.
#[tokio::test]
async fn rule22_who_uses_up_the_mails_of_an_address_does_not_keep_the_code_from_it() {
    let app = besieged(guarded(10, 5).set("mail_burst", "2").set("mail_interval", "1h")).await;
    for n in 5..15 {
        challenged(signin(&app, &elsewhere(n), ANN, WRONG).await);
    }
    let digits = code(&app, 2).await;
    let flow = challenged(signin(&app, HOTEL, ANN, PASSWORD).await);
    signed_in(answer(&app, HOTEL, &flow, &digits, PASSWORD).await);
    assert_eq!(codes(&app).len(), 2, "and nobody fills her mailbox");
}

#[tokio::test]
async fn rule22_one_client_does_not_mail_to_everybody() {
    let app = guarded(0, 1).set("mail_burst", "1").set("mail_interval", "1h").start();
    for n in 0..12 {
        let email = format!("user{n}@example.org");
        signup(&app, HOME, &email).await.expect(200);
        signin(&app, "192.0.2.1", &email, WRONG).await.problem(400, "invalid_credentials");
        challenged(signin(&app, "192.0.2.1", &email, WRONG).await);
    }
    eventually("ten codes", || (codes(&app).len() == 10).then_some(())).await;
    challenged(signin(&app, "192.0.2.2", "user11@example.org", WRONG).await);
    let (to, _) = eventually("a code", || codes(&app).into_iter().nth(10)).await;
    assert_eq!(to, "user11@example.org", "ten for the one client, one for the other");
}

#[tokio::test]
async fn rule22_one_client_does_not_ask_for_everybodys_recovery() {
    let app = plan().set("mail_burst", "1").set("mail_interval", "1h").set("email_verification", "off").start();
    for n in 0..12 {
        signup(&app, HOME, &format!("user{n}@example.org")).await.expect(200);
    }
    for n in 0..12 {
        let body = json!({ "email": format!("user{n}@example.org") });
        post(&app, "/auth/recover", "192.0.2.1", &body).await.expect(202);
    }
    post(&app, "/auth/recover", "192.0.2.2", &json!({ "email": "user11@example.org" })).await.expect(202);
    let last = || app.mails().iter().any(|mail| mail.contains("To: user11@example.org")).then_some(());
    eventually("the letter of the other client", last).await;
    eventually("ten letters and one", || (app.mails().len() == 11).then_some(())).await;
}

#[tokio::test]
async fn rule22_mistakes_in_an_answer_are_named_field_by_field() {
    let app = besieged(guarded(10, 5)).await;
    let flow = challenged(signin(&app, HOTEL, ANN, PASSWORD).await);
    let wrong = post(&app, "/auth/continue", HOTEL, &json!({ "flow": flow, "code": 12_345_678, "email": ANN })).await;
    let wrong = wrong.problem(400, "invalid_fields");
    assert_eq!(wrong.fields(), ["code:wrong_type", "password:required", "email:unknown_field"]);
    signed_in(answer(&app, HOTEL, &flow, &code(&app, 1).await, PASSWORD).await);
}
