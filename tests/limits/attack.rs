//! Guessing from many networks: strangers are asked for a code, and the owner hardly notices.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;

use super::{ANN, HOME, WRONG, challenged, code, codes, elsewhere, guarded, guess, post, signed_in, signin, signup, wait};
use crate::{
    actor::PASSWORD,
    app::{App, guest},
};

const NOBODY: &str = "nobody@example.org";

/// Ann at home, and an account that strangers may guess at no more.
async fn besieged() -> App {
    let app = guarded(10, 5).start();
    signup(&app, HOME, ANN).await.expect(200);
    guess(&app, ANN, 0, 5).await;
    app
}

#[tokio::test]
async fn rule22_nobody_is_locked_out_by_guesses_from_elsewhere() {
    let app = besieged().await;
    for n in 5..25 {
        challenged(signin(&app, &elsewhere(n), ANN, WRONG).await);
        signed_in(signin(&app, HOME, ANN, PASSWORD).await);
    }
    // A typing mistake at home is one, and no more.
    signin(&app, HOME, ANN, WRONG).await.problem(400, "invalid_credentials");
    signed_in(signin(&app, HOME, ANN, PASSWORD).await);
    // Strangers are challenged still, also where they guessed before.
    challenged(signin(&app, &elsewhere(0), ANN, WRONG).await);
}

#[tokio::test]
async fn rule22_strangers_learn_nothing_from_a_challenge() {
    let app = besieged().await;
    guess(&app, NOBODY, 0, 5).await;
    let mut shapes = Vec::new();
    for (email, password) in [(ANN, WRONG), (ANN, PASSWORD), (ANN, ""), (NOBODY, WRONG), (NOBODY, PASSWORD)] {
        let mut answer = signin(&app, "203.0.113.9", email, password).await.expect(200);
        assert_ne!(answer.json["challenge"]["flow"].take(), json!(null));
        shapes.push(answer.json);
    }
    assert!(shapes.iter().all(|shape| *shape == shapes[0]), "{shapes:#?}");
    let challenge = &shapes[0]["challenge"];
    assert_eq!((&challenge["type"], &challenge["data"]), (&json!("simple"), &json!({})));
    let fields: Vec<_> = challenge["fields"].as_array().unwrap().iter().map(|field| (&field["name"], &field["kind"])).collect();
    assert_eq!(fields, [(&json!("code"), &json!("token")), (&json!("password"), &json!("password"))]);
    code(&app, 3).await;
    assert_eq!(codes(&app).len(), 3, "none for nobody");
    assert!(app.texts("SELECT result FROM signins").await.iter().all(|result| result == "ok" || result == "invalid_credentials"));
}

#[tokio::test]
async fn rule22_many_strangers_at_once_learn_no_more_than_a_few() {
    let app = guarded(10, 5).start();
    signup(&app, HOME, ANN).await.expect(200);
    let networks: Vec<String> = (0..40).map(elsewhere).collect();
    let answers = join_all(networks.iter().map(|network| signin(&app, network, ANN, WRONG))).await;
    let (told, rest): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 400);
    assert_eq!(told.len(), 5);
    for answer in rest {
        challenged(answer);
    }
}

#[tokio::test]
async fn rule22_a_place_is_known_from_a_sign_in_on_and_forgotten_after_a_while() {
    let app = guarded(10, 5).set("known_place_ttl", "8s").start();
    signup(&app, HOME, ANN).await.expect(200);
    signed_in(signin(&app, "203.0.113.1", ANN, PASSWORD).await);
    guess(&app, ANN, 0, 5).await;
    for place in [HOME, "203.0.113.1"] {
        signed_in(signin(&app, place, ANN, PASSWORD).await);
    }
    assert_eq!(app.texts("SELECT network FROM known_places ORDER BY network").await, ["198.51.100.1", "203.0.113.1"]);
    tokio::time::sleep(Duration::from_secs(9)).await;
    challenged(signin(&app, HOME, ANN, PASSWORD).await);
}

#[tokio::test]
async fn rule22_a_place_is_written_once_a_day() {
    let mut app = guarded(10, 5).start();
    signup(&app, HOME, ANN).await.expect(200);
    let seen = app.number("SELECT seen_at FROM known_places").await;
    signed_in(signin(&app, HOME, ANN, PASSWORD).await);
    app.restart();
    signed_in(signin(&app, HOME, ANN, PASSWORD).await);
    assert_eq!(app.number("SELECT seen_at FROM known_places").await, seen);
    app.run("UPDATE known_places SET seen_at = seen_at - 86400000000").await;
    app.restart();
    signed_in(signin(&app, HOME, ANN, PASSWORD).await);
    assert!(app.number("SELECT seen_at FROM known_places").await > seen);
}

/// Where no code can be mailed, a stranger waits, each at their own network.
#[tokio::test]
async fn rule22_an_account_without_an_address_delays_strangers_alone() {
    let app = guarded(10, 5).start();
    signup(&app, HOME, ANN).await.expect(200);
    app.run("UPDATE users SET email = NULL").await;
    guess(&app, ANN, 0, 5).await;
    // One try, then the delay.
    signin(&app, "203.0.113.1", ANN, WRONG).await.problem(400, "invalid_credentials");
    let delayed = signin(&app, "203.0.113.1", ANN, PASSWORD).await.problem(429, "rate_limited");
    assert!((3590..=3600).contains(&wait(&delayed)));
    signed_in(signin(&app, HOME, ANN, PASSWORD).await);
    // She is at a new place: what others do elsewhere does not hold her up here.
    signed_in(signin(&app, "203.0.113.2", ANN, PASSWORD).await);
    signed_in(signin(&app, "203.0.113.2", ANN, PASSWORD).await);
    assert_eq!(codes(&app), []);
}

#[tokio::test]
async fn rule03_names_that_are_no_addresses_are_delayed_whoever_has_them() {
    let toml = "component = \"hostile.wasm\"\nhosts = [\"127.0.0.1:9\"]\nmail = true\n[settings]\nattack = \"subject_without_address\"\n";
    let plan = guarded(10, 3).plugin("hostile", &guest("hostile"), Some("enabled = false"));
    std::fs::write(plan.path().join("plugins/names.toml"), toml).unwrap();
    let app = plan.start();
    let body = |email: &str, password: &str| json!({ "type": "names", "email": email, "password": password });
    post(&app, "/auth/signup", HOME, &body(ANN, PASSWORD)).await.expect(200);
    for email in [ANN, NOBODY] {
        for n in 0..3 {
            post(&app, "/auth/signin", &elsewhere(n), &body(email, WRONG)).await.problem(400, "invalid_credentials");
        }
        post(&app, "/auth/signin", "203.0.113.1", &body(email, WRONG)).await.problem(400, "invalid_credentials");
        post(&app, "/auth/signin", "203.0.113.1", &body(email, WRONG)).await.problem(429, "rate_limited");
    }
    signed_in(post(&app, "/auth/signin", HOME, &body(ANN, PASSWORD)).await);
    assert_eq!(codes(&app), []);
}
