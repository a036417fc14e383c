//! Guesses at what guards one account after its password.

use super::{app, enrol_false, go_on, to_factor};
use crate::{actor::Answer, app::App};

/// The count begins anew with the hour of the clock, so that one may fall into the test.
async fn guess_until_limited(gateways: [&App; 2], email: &str) -> (usize, Answer) {
    let mut judged = 0;
    loop {
        let flow = to_factor(gateways[0], email).await.str("/challenge/flow");
        for n in 0..5 {
            let answer = go_on(gateways[n % 2], &flow, "code", "wrong").await;
            if answer.status == 429 {
                return (judged, answer);
            }
            answer.problem(400, "invalid_fields");
            judged += 1;
        }
        assert!(judged <= 60, "no limit");
    }
}

#[tokio::test]
async fn rule22_twenty_wrong_answers_an_hour_for_one_account_on_all_gateways() {
    let app = app();
    let other = app.beside();
    let (ann, bob) = (app.user("ann@example.org").await, app.user("bob@example.org").await);
    let codes = enrol_false(&ann).await;
    enrol_false(&bob).await;
    // Right ones do not count, and give none back either.
    for _ in 0..25 {
        let flow = to_factor(&app, "ann@example.org").await.str("/challenge/flow");
        go_on(&app, &flow, "code", "right").await.expect(200);
    }
    let (judged, refused) = guess_until_limited([&app, &other], "ann@example.org").await;
    assert!((20..=40).contains(&judged), "{judged}");
    let wait: u64 = refused.problem(429, "rate_limited").headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=3600).contains(&wait), "{wait}");
    let flow = to_factor(&app, "ann@example.org").await.str("/challenge/flow");
    if wait > 30 {
        go_on(&app, &flow, "recovery_code", &codes[0]).await.problem(429, "rate_limited");
        go_on(&other, &flow, "code", "right").await.problem(429, "rate_limited");
    }
    let bobs = to_factor(&app, "bob@example.org").await.str("/challenge/flow");
    go_on(&app, &bobs, "code", "right").await.expect(200);
}
