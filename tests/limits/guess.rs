//! Guessing from one network.

use std::time::{Duration, Instant};

use futures_util::future::join_all;

use super::{ANN, HOME, WRONG, guarded, plan, post, signed_in, signin, signup, wait};
use crate::actor::PASSWORD;

#[tokio::test]
async fn rule22_a_network_guesses_a_few_times_and_then_learns_nothing() {
    let app = guarded(3, 0).start();
    signup(&app, HOME, ANN).await.expect(200);
    for _ in 0..3 {
        signin(&app, HOME, ANN, WRONG).await.problem(400, "invalid_credentials");
    }
    let right = signin(&app, HOME, ANN, PASSWORD).await.problem(429, "rate_limited");
    let wrong = signin(&app, HOME, ANN, WRONG).await.problem(429, "rate_limited");
    assert!((3590..=3600).contains(&wait(&right)) && (3590..=3600).contains(&wait(&wrong)), "{right:?}");
    assert!(right.str("/detail").contains(&format!("wait {} seconds", wait(&right))), "{}", right.text);
    // Neither another account at the same network, nor the account at another.
    signin(&app, HOME, "bob@example.org", WRONG).await.problem(400, "invalid_credentials");
    signed_in(signin(&app, "198.51.100.2", ANN, PASSWORD).await);
    // What was refused is not in her history.
    let history = app.texts("SELECT result FROM signins WHERE user_id = 1 ORDER BY id").await;
    assert_eq!(history, ["ok", "invalid_credentials", "invalid_credentials", "invalid_credentials", "ok"]);
}

#[tokio::test]
async fn rule03_nobodys_address_is_limited_like_everybodys() {
    let app = guarded(3, 5).start();
    signup(&app, HOME, ANN).await.expect(200);
    let seen = async |email: &str| {
        let mut seen = Vec::new();
        for n in 0..9 {
            let answer = signin(&app, &format!("192.0.2.{}", n / 4), email, WRONG).await;
            let mut json = answer.json.clone();
            if let Some(flow) = json.pointer_mut("/challenge/flow") {
                flow.take();
            }
            seen.push((answer.status.as_u16(), json, answer.headers.contains_key("retry-after")));
        }
        seen
    };
    let (known, unknown) = (seen(ANN).await, seen("nobody@example.org").await);
    assert_eq!(known.iter().map(|(status, ..)| *status).collect::<Vec<_>>(), [400, 400, 400, 429, 400, 400, 200, 200, 200]);
    for (known, unknown) in known.iter().zip(&unknown) {
        let text = |seen: &(u16, serde_json::Value, bool)| {
            // A second may pass between the two.
            seen.1.to_string().replace(|c: char| c.is_ascii_digit(), "#")
        };
        assert_eq!((known.0, text(known), known.2), (unknown.0, text(unknown), unknown.2));
    }
}

#[tokio::test]
async fn rule22_a_right_password_clears_the_wrong_ones() {
    let app = guarded(3, 0).start();
    signup(&app, HOME, ANN).await.expect(200);
    for _ in 0..4 {
        for _ in 0..2 {
            signin(&app, HOME, ANN, WRONG).await.problem(400, "invalid_credentials");
        }
        signed_in(signin(&app, HOME, ANN, PASSWORD).await);
    }
    assert_eq!(app.number("SELECT COUNT(*) FROM allowances").await, 0);
}

#[tokio::test]
async fn rule22_who_waits_as_long_as_told_may_try_again() {
    let app = plan().set("wrong_password_burst", "1").set("wrong_password_interval", "3s").start();
    signup(&app, HOME, ANN).await.expect(200);
    signin(&app, HOME, ANN, WRONG).await.problem(400, "invalid_credentials");
    let begun = Instant::now();
    let told = wait(&signin(&app, HOME, ANN, PASSWORD).await.problem(429, "rate_limited"));
    assert!((2..=3).contains(&told), "{told}");
    tokio::time::sleep(Duration::from_secs(told).saturating_sub(begun.elapsed())).await;
    signed_in(signin(&app, HOME, ANN, PASSWORD).await);
}

/// A look before the hash and a count after it would let all of them through.
#[tokio::test]
async fn rule22_many_guesses_at_once_learn_no_more_than_a_few() {
    let app = guarded(5, 0).start();
    signup(&app, HOME, ANN).await.expect(200);
    let answers = join_all((0..40).map(|_| signin(&app, HOME, ANN, WRONG))).await;
    let told = answers.iter().filter(|answer| answer.status == 400).count();
    assert_eq!(told, 5);
    for answer in answers.into_iter().filter(|answer| answer.status != 400) {
        answer.problem(429, "rate_limited");
    }
    let entries = app.number("SELECT COUNT(*) FROM signins WHERE result = 'invalid_credentials'").await;
    assert_eq!(entries, 5);
}

#[tokio::test]
async fn rule22_a_customers_ipv6_addresses_and_mapped_ones_are_one_network() {
    let app = guarded(2, 0).start();
    for address in ["2001:db8:1:2::1", "2001:db8:1:2:ffff::1"] {
        signin(&app, address, ANN, WRONG).await.problem(400, "invalid_credentials");
    }
    signin(&app, "2001:db8:1:2::3", ANN, WRONG).await.problem(429, "rate_limited");
    signin(&app, "2001:db8:1:3::1", ANN, WRONG).await.problem(400, "invalid_credentials");
    for address in ["192.0.2.7", "::ffff:192.0.2.7"] {
        signin(&app, address, ANN, WRONG).await.problem(400, "invalid_credentials");
    }
    signin(&app, "192.0.2.7", ANN, WRONG).await.problem(429, "rate_limited");
    signin(&app, "::ffff:192.0.2.7", ANN, WRONG).await.problem(429, "rate_limited");
}

#[tokio::test]
async fn rule22_a_client_that_is_no_proxy_guesses_from_one_network_whatever_it_says() {
    let app = guarded(2, 0).set("trusted_proxies", "192.0.2.99").start();
    for n in 0..2 {
        signin(&app, &format!("192.0.2.{n}"), ANN, WRONG).await.problem(400, "invalid_credentials");
    }
    for forged in ["192.0.2.3", "192.0.2.99", "192.0.2.4, 192.0.2.99"] {
        signin(&app, forged, ANN, WRONG).await.problem(429, "rate_limited");
    }
}

#[tokio::test]
async fn rule22_signups_of_a_network_are_limited() {
    let app = plan().set("signup_rate_per_hour", "2").start();
    let weak = serde_json::json!({ "type": "simple", "email": ANN, "password": "password" });
    for _ in 0..3 {
        post(&app, "/auth/signup", HOME, &weak).await.problem(400, "invalid_fields");
    }
    signup(&app, HOME, ANN).await.expect(200);
    signup(&app, HOME, "bob@example.org").await.expect(200);
    let refused = signup(&app, HOME, "eve@example.org").await.problem(429, "rate_limited");
    assert!((1790..=1800).contains(&wait(&refused)), "{}", wait(&refused));
    signup(&app, "198.51.100.2", "eve@example.org").await.expect(200);
    assert_eq!(app.number("SELECT COUNT(*) FROM users").await, 3);
}

/// The store says how much was tried, and not by whom or at whom.
#[tokio::test]
async fn rule27_the_store_and_the_log_name_nobody_who_was_limited() {
    let app = guarded(1, 2).set("auth_rate_per_minute", "1").set("auth_rate_burst", "100").set("log_format", "json").start();
    for n in 0..4 {
        signin(&app, &format!("192.0.2.{n}"), ANN, WRONG).await;
        signin(&app, &format!("192.0.2.{n}"), ANN, WRONG).await;
    }
    let names = app.texts("SELECT name FROM allowances").await;
    assert!(names.len() > 4, "{names:?}");
    for name in &names {
        let (kind, digest) = name.split_once(':').unwrap();
        assert!(kind.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-') && digest.len() == 43, "{name}");
    }
    let log = app.log();
    assert!(log.contains("a limit refuses tries") && !log.contains(ANN), "{log}");
}
