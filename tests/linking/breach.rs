//! A second factor that lies or breaks lets nobody in, and harms nobody else.

use serde_json::json;

use super::{add, app, enrol_false, go_on, go_on_adding, signin, to_factor, types};
use crate::actor::PASSWORD;

#[tokio::test]
async fn g5_a_factor_that_names_another_subject_is_refused() {
    let app = app();
    let ann = app.user("ann@example.org").await;
    let flow = add(&ann, &json!({ "type": "false-factor" })).await.expect(200).str("/challenge/flow");
    go_on_adding(&ann, &flow, "code", "other").await.problem(503, "provider_failed");
    assert_eq!(types(&ann).await, ["simple"]);
    let codes = enrol_false(&ann).await;
    let flow = to_factor(&app, "ann@example.org").await.str("/challenge/flow");
    let refused = go_on(&app, &flow, "code", "other").await.problem(503, "provider_failed");
    assert!(refused.headers.contains_key("retry-after"));
    assert!(app.log().contains("somebody else than it was asked about"), "the operator reads why");
    // The trouble was not hers: she may go on.
    go_on(&app, &flow, "recovery_code", &codes[0]).await.expect(200);
    assert_eq!(app.number("SELECT COUNT(*) FROM identities WHERE subject = 'somebody-else'").await, 0);
}

#[tokio::test]
async fn g5_a_factor_that_traps_costs_its_own_sign_in_alone() {
    let app = app();
    let (ann, _bob) = (app.user("ann@example.org").await, app.user("bob@example.org").await);
    enrol_false(&ann).await;
    let flow = to_factor(&app, "ann@example.org").await.str("/challenge/flow");
    go_on(&app, &flow, "code", "trap").await.problem(503, "provider_failed");
    signin(&app, "bob@example.org", PASSWORD).await.expect(200).str("/access_token");
    go_on(&app, &flow, "code", "trap-next").await.expect(200);
    signin(&app, "ann@example.org", PASSWORD).await.problem(503, "provider_failed");
    to_factor(&app, "ann@example.org").await;
}

#[tokio::test]
async fn g5_a_factor_that_does_not_ask_is_refused() {
    let app = app();
    let ann = app.user("ann@example.org").await;
    enrol_false(&ann).await;
    let flow = to_factor(&app, "ann@example.org").await.str("/challenge/flow");
    go_on(&app, &flow, "code", "verified-next").await.expect(200);
    signin(&app, "ann@example.org", PASSWORD).await.problem(503, "provider_failed");
}

#[tokio::test]
async fn g4_a_factor_that_denies_ends_the_sign_in() {
    let app = app();
    let ann = app.user("ann@example.org").await;
    enrol_false(&ann).await;
    let flow = to_factor(&app, "ann@example.org").await.str("/challenge/flow");
    go_on(&app, &flow, "code", "denied").await.problem(400, "invalid_credentials");
    go_on(&app, &flow, "code", "right").await.problem(400, "unknown_flow");
    let results = app.texts("SELECT result FROM signins ORDER BY id").await;
    assert_eq!(results, ["ok", "factor_required", "invalid_factor"]);
}
