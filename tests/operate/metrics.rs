//! `/metrics`: what is counted is what happened.

use std::{collections::BTreeMap, time::Duration};

use reqwest::Method;
use serde_json::json;

use crate::{
    actor::PASSWORD,
    app::{App, Plan},
};

/// All samples, by name and labels.
async fn samples(app: &App) -> BTreeMap<String, f64> {
    let answer = app.get("/metrics").await.expect(200);
    assert_eq!(answer.headers["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    assert!(!answer.text.contains(".."), "descriptions end with one dot");
    let lines = answer.text.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| line.rsplit_once(' ').unwrap_or_else(|| panic!("{line}")))
        .map(|(name, value)| (name.to_owned(), value.parse().unwrap()))
        .collect()
}

#[track_caller]
fn is(samples: &BTreeMap<String, f64>, name: &str, value: f64) {
    let found = samples.get(name);
    let near: Vec<_> = samples.iter().filter(|(key, _)| key.split('{').next() == name.split('{').next()).collect();
    assert_eq!(found.copied(), Some(value), "{name}: {near:#?}");
}

#[tokio::test]
async fn f_metrics_count_the_ways_in_and_out() {
    let app = App::simple();
    let mut ann = app.user("ann@example.org").await;
    let wrong = json!({ "type": "simple", "email": "ann@example.org", "password": "not her password" });
    app.post("/auth/signin/", &wrong).await.problem(400, "invalid_credentials");
    app.post("/auth/signin/", &json!({ "type": "carrier-pigeon" })).await.problem(400, "unknown_type");
    let taken = json!({ "type": "simple", "email": "ann@example.org", "password": PASSWORD });
    app.post("/auth/signup/", &taken).await.problem(400, "email_taken");
    ann.renew().await.expect(200);
    app.post("/auth/refresh", &json!({ "refresh_token": "x.y.z" })).await.expect(401);
    ann.post("/auth/logout").await.expect(204);
    for _ in 0..2 {
        app.signin("ann@example.org").await;
    }
    app.signin("ann@example.org").await.post("/auth/logout-all").await.expect(204);
    let seen = samples(&app).await;
    is(&seen, "vestibule_signups_total{provider=\"simple\",result=\"ok\"}", 1.0);
    is(&seen, "vestibule_signups_total{provider=\"simple\",result=\"email_taken\"}", 1.0);
    is(&seen, "vestibule_signins_total{provider=\"simple\",result=\"ok\"}", 3.0);
    is(&seen, "vestibule_signins_total{provider=\"simple\",result=\"invalid_credentials\"}", 1.0);
    is(&seen, "vestibule_signins_total{provider=\"unknown\",result=\"unknown_type\"}", 1.0);
    is(&seen, "vestibule_refreshes_total{result=\"ok\"}", 1.0);
    is(&seen, "vestibule_refreshes_total{result=\"invalid\"}", 1.0);
    is(&seen, "vestibule_logouts_total{scope=\"one\"}", 1.0);
    is(&seen, "vestibule_logouts_total{scope=\"all\"}", 1.0);
    is(&seen, "vestibule_sessions_started_total", 4.0);
    is(&seen, "vestibule_sessions_ended_total{reason=\"logout\"}", 1.0);
    is(&seen, "vestibule_sessions_ended_total{reason=\"logout_all\"}", 3.0);
    is(&seen, "vestibule_provider_calls_total{provider=\"simple\",outcome=\"ok\"}", 6.0);
    is(&seen, "vestibule_provider_call_duration_seconds_count{provider=\"simple\"}", 6.0);
    is(&seen, "vestibule_provider_breaker_state{provider=\"simple\"}", 0.0);
    is(&seen, "vestibule_provider_calls_in_flight{provider=\"simple\"}", 0.0);
    is(&seen, "vestibule_providers{status=\"live\"}", 1.0);
    assert!(seen["vestibule_provider_cpu_seconds_total{provider=\"simple\"}"] > 0.0);
    assert!(seen["vestibule_hashing_jobs_total"] >= 6.0 && seen["vestibule_hashing_busy_seconds_total"] > 0.0, "{seen:#?}");
    assert!(!seen.keys().any(|name| name.contains("pigeon") || name.contains("ann")), "{seen:#?}");
}

#[tokio::test]
async fn f_metrics_know_routes_not_paths() {
    let app = App::simple();
    let root = app.admin().await;
    root.send(Method::PUT, "/providers/simple", Some(&json!({ "enabled": true }))).await.expect(200);
    for path in ["/nothing/1", "/nothing/2", "/auth/../etc/passwd", "/health/live", "/health/live/", "/api/docs"] {
        app.get(path).await;
    }
    app.http.request(Method::from_bytes(b"BREW").unwrap(), app.url("/health/live")).send().await.unwrap();
    let seen = samples(&app).await;
    is(&seen, "vestibule_http_requests_total{route=\"/health/live\",method=\"GET\",status=\"200\"}", 2.0);
    is(&seen, "vestibule_http_requests_total{route=\"/health/live\",method=\"OTHER\",status=\"405\"}", 1.0);
    is(&seen, "vestibule_http_requests_total{route=\"/providers/{type}\",method=\"PUT\",status=\"200\"}", 1.0);
    is(&seen, "vestibule_http_requests_total{route=\"/api/docs\",method=\"GET\",status=\"200\"}", 1.0);
    is(&seen, "vestibule_http_requests_total{route=\"unknown\",method=\"GET\",status=\"404\"}", 3.0);
    is(&seen, "vestibule_http_request_duration_seconds_count{route=\"/providers/{type}\",method=\"PUT\"}", 1.0);
    is(&seen, "vestibule_http_requests_in_flight", 1.0);
    assert!(!seen.keys().any(|name| name.contains("nothing") || name.contains("passwd")), "{seen:#?}");
}

#[tokio::test]
async fn f_metrics_tell_of_the_process_and_the_store() {
    let app = Plan::new().simple().on_file().start();
    let seen = samples(&app).await;
    is(&seen, concat!("vestibule_build_info{version=\"", env!("CARGO_PKG_VERSION"), "\"}"), 1.0);
    assert!(seen["process_start_time_seconds"] > 1.7e9);
    assert!(seen["process_resident_memory_bytes"] > 1e6 && seen["process_open_fds"] > 3.0 && seen["process_max_fds"] > 100.0, "{seen:#?}");
    assert!(seen["process_cpu_seconds_total"] > 0.0);
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(samples(&app).await["vestibule_uptime_seconds"] > seen["vestibule_uptime_seconds"]);
    is(&seen, "vestibule_store_connections{pool=\"writer\",state=\"max\"}", 1.0);
    is(&seen, "vestibule_hashing_queue_length", 0.0);
    is(&seen, "vestibule_hashing_running", 0.0);
    is(&seen, "vestibule_hashing_refused_total", 0.0);
}

#[tokio::test]
async fn f_metrics_tell_of_limits_and_failures() {
    let app = Plan::new().simple().set("auth_rate_per_minute", "60").set("auth_rate_burst", "2").start();
    let body = json!({ "type": "absent" });
    for _ in 0..2 {
        app.post("/auth/signin/", &body).await.expect(400);
    }
    for _ in 0..3 {
        app.post("/auth/signin/", &body).await.problem(429, "rate_limited");
    }
    let seen = samples(&app).await;
    is(&seen, "vestibule_limit_refusals_total{kind=\"rate_limited\"}", 3.0);
    is(&seen, "vestibule_signins_total{provider=\"unknown\",result=\"rate_limited\"}", 3.0);
    is(&seen, "vestibule_guard_refusals_total{limit=\"client\"}", 3.0);
    is(&seen, "vestibule_guard_refusals_total{limit=\"mail\"}", 0.0);
}

#[tokio::test]
async fn f_metrics_tell_of_a_store_in_trouble() {
    let app = App::simple();
    app.lose("users").await;
    let body = json!({ "type": "simple", "email": "ann@example.org", "password": PASSWORD });
    app.post("/auth/signup/", &body).await.problem(503, "store_unavailable");
    let seen = samples(&app).await;
    is(&seen, "vestibule_store_errors_total{kind=\"statement\"}", 1.0);
    is(&seen, "vestibule_signups_total{provider=\"simple\",result=\"store_unavailable\"}", 1.0);
}

/// Every name is in the manual, and the manual names nothing else.
#[tokio::test]
async fn f_every_metric_is_in_the_manual() {
    let app = Plan::new().simple().set("auth_rate_per_minute", "1").set("auth_rate_burst", "3").start();
    app.get("/metrics").await.expect(200);
    app.user("ann@example.org").await.post("/auth/logout").await.expect(204);
    app.signin("ann@example.org").await.renew().await.expect(200);
    app.lose("users").await;
    let body = json!({ "type": "simple", "email": "ben@example.org", "password": PASSWORD });
    app.post("/auth/signup/", &body).await.problem(503, "store_unavailable");
    app.post("/auth/signup/", &body).await.problem(429, "rate_limited");
    let text = app.get("/metrics").await.expect(200).text;
    let types = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")).filter_map(|line| line.split(' ').next());
    let mut names: Vec<&str> = types.collect();
    let manual = include_str!("../../docs/operating.md");
    let (_, chapter) = manual.split_once("\n## Metrics\n").expect("a chapter about metrics");
    let chapter = chapter.split("\n## ").next().unwrap_or_default();
    let rows = chapter.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    let mut told: Vec<&str> =
        rows.map(|(name, _)| name).filter(|name| name.starts_with("vestibule_") || name.starts_with("process_")).collect();
    names.sort_unstable();
    told.sort_unstable();
    assert_eq!(names, told);
}
