//! A provider that fails again and again is left alone for a while; nobody else is.

use std::time::Duration;

use super::{
    attack::{attack, toml},
    besieged, signin,
};
use crate::{actor::Answer, app::write, patience::until};

fn seconds(answer: &Answer) -> u64 {
    answer.headers["retry-after"].to_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn g5_a_provider_that_always_fails_rests_and_comes_back() {
    let app = attack(attack(besieged(), "bad", "panic", ""), "good", "none", "").start();
    for _ in 0..4 {
        signin(&app, "bad", "ann@example.org").await.problem(503, "provider_failed");
    }
    let health = app.get("/health/ready").await.expect(200);
    assert!(!health.text.contains("resting"), "{}", health.text);
    signin(&app, "bad", "ann@example.org").await.problem(503, "provider_failed");
    let answer = signin(&app, "bad", "ann@example.org").await.problem(503, "provider_resting");
    assert!((1..=5).contains(&seconds(&answer)), "{:?}", answer.headers);
    let health = app.get("/health/ready").await.expect(200);
    assert_eq!(health.json["status"], "degraded");
    let check = health.json["checks"].as_array().unwrap().iter().find(|check| check["name"] == "provider:bad").unwrap();
    assert!(check["reason"].as_str().is_some_and(|reason| reason.contains("resting")), "{check}");
    let metrics = app.get("/metrics").await.expect(200).text;
    for sample in [
        "vestibule_provider_breaker_state{provider=\"bad\"} 2",
        "vestibule_provider_breaker_state{provider=\"good\"} 0",
        "vestibule_provider_calls_total{provider=\"bad\",outcome=\"trapped\"} 5",
        "vestibule_provider_calls_total{provider=\"bad\",outcome=\"breaker_open\"} 1",
        "vestibule_signins_total{provider=\"bad\",result=\"provider_failed\"} 6",
    ] {
        assert!(metrics.lines().any(|line| line == sample), "{sample} is not in\n{metrics}");
    }
    // The same component under another name is another provider.
    signin(&app, "good", "ann@example.org").await.problem(400, "invalid_credentials");
    app.user("ann@example.org").await;
    assert!(app.log().contains("failed too often"), "{}", app.log());

    // After the pause one call tries; it fails too, and the next pause is longer.
    tokio::time::sleep(Duration::from_secs(6)).await;
    signin(&app, "bad", "ann@example.org").await.problem(503, "provider_failed");
    let answer = signin(&app, "bad", "ann@example.org").await.problem(503, "provider_resting");
    assert!((6..=10).contains(&seconds(&answer)), "{:?}", answer.headers);

    // A provider that has been mended is a new one.
    write(&app.plugins().join("bad.toml"), toml("none", "", "").as_bytes());
    until("the end of the rest", async || (signin(&app, "bad", "ann@example.org").await.status != 503).then_some(())).await;
    assert_eq!(app.get("/health/ready").await.expect(200).json["status"], "ok");
}

#[tokio::test]
async fn g5_a_provider_that_recovers_by_itself_is_used_again() {
    // Without an upstream every call takes too long; the probe of a provider that works closes the breaker.
    let app = attack(besieged(), "flaky", "sleep", "wall_ms = 100").start();
    for _ in 0..5 {
        signin(&app, "flaky", "ann@example.org").await.problem(503, "provider_timeout");
    }
    signin(&app, "flaky", "ann@example.org").await.problem(503, "provider_resting");
    tokio::time::sleep(Duration::from_secs(6)).await;
    // Sign-up behaves, and so the probe goes well.
    let body = serde_json::json!({ "type": "flaky", "email": "ann@example.org", "password": crate::actor::PASSWORD });
    app.post("/auth/signup/", &body).await.expect(200);
    signin(&app, "flaky", "ann@example.org").await.problem(503, "provider_timeout");
}
