//! What the log says, and how.

use serde_json::{Value, json};

use crate::app::{App, Plan};
use crate::patience::eventually;

/// The log, once it holds the request with this id.
async fn log_with(app: &App, id: &str) -> String {
    eventually("the request's line", || app.log().lines().find(|line| line.contains(id)).map(ToOwned::to_owned)).await
}

/// Reads that succeed are no news, and stand below the usual level.
const EVERYTHING: &str = "info,vestibule::http=debug";

#[tokio::test]
async fn reads_that_succeed_are_no_news() {
    let app = App::simple();
    app.get("/health/live").await.expect(200);
    app.get("/me").await.expect(401);
    app.user("ann@example.org").await;
    let requests: Vec<String> = app.log().lines().filter(|line| line.contains("method=")).map(ToOwned::to_owned).collect();
    assert!(requests.iter().all(|line| !line.contains("/health/live")), "{requests:#?}");
    assert!(
        requests.iter().any(|line| line.contains("/me")) && requests.iter().any(|line| line.contains("/auth/signup/")),
        "{requests:#?}"
    );
}

#[tokio::test]
async fn lines_are_readable_in_development() {
    let app = App::simple();
    let answer = app.get("/nothing").await.expect(404);
    let line = log_with(&app, answer.headers["x-request-id"].to_str().unwrap()).await;
    for part in [" INFO ", "method=GET", "path=\"/nothing\"", "status=404", "client=127.0.0.1", "micros="] {
        assert!(line.contains(part), "{part} is not in {line}");
    }
    assert!(!app.log().contains('\u{1b}'), "colours are for terminals");
}

#[tokio::test]
async fn d9_lines_are_json_in_production() {
    let plan = Plan::new().simple().env("APP_SETTINGS", "production").set("public_url", "https://gate.example");
    let app = plan.start();
    let answer = app.post("/auth/signin/", &json!({ "type": "absent" })).await.problem(400, "unknown_type");
    let id = answer.headers["x-request-id"].to_str().unwrap();
    log_with(&app, id).await;
    let lines: Vec<Value> =
        app.log().lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("not JSON: {line}"))).collect();
    for line in &lines {
        assert!(line["timestamp"].is_string() && line["level"].is_string() && line["message"].is_string(), "{line}");
    }
    let line = lines.iter().find(|line| line["span"]["request_id"] == json!(id)).expect("the request's line");
    assert_eq!((&line["method"], &line["path"], &line["status"]), (&json!("POST"), &json!("/auth/signin/"), &json!(400)));
}

#[tokio::test]
async fn either_format_can_be_asked_for() {
    let app = Plan::new().set("log_format", "json").start();
    assert!(app.log().lines().all(|line| serde_json::from_str::<Value>(line).is_ok()), "{}", app.log());
    let plan = Plan::new().env("APP_SETTINGS", "production").set("public_url", "https://gate.example").set("log_format", "text");
    let app = plan.start();
    assert!(app.log().lines().all(|line| serde_json::from_str::<Value>(line).is_err()), "{}", app.log());
}

#[tokio::test]
async fn every_request_has_its_own_id() {
    let app = Plan::new().simple().set("log_level", EVERYTHING).start();
    let mut ids = std::collections::BTreeSet::new();
    for path in ["/health/live", "/nothing", "/me", "/api/docs", "/auth/signin/"] {
        let answer = app.get(path).await;
        let id = answer.headers["x-request-id"].to_str().unwrap().to_owned();
        assert!(log_with(&app, &id).await.contains(path));
        assert!(ids.insert(id));
    }
}

#[tokio::test]
async fn a_plain_request_id_is_taken_over() {
    let app = Plan::new().simple().set("log_level", EVERYTHING).start();
    let ask = |id: &'static str| {
        let request = app.http.get(app.url("/health/live")).header("X-Request-Id", id);
        async move { request.send().await.unwrap().headers()["x-request-id"].to_str().unwrap().to_owned() }
    };
    let given = "0af7651916cd43dd-8448.eb21_1c80319c";
    assert_eq!(ask(given).await, given);
    log_with(&app, given).await;
    let long = "a".repeat(65);
    for odd in ["", "short", "has spaces in it", "<script>alert()</script>", "quote\"quote\"quote", Box::leak(long.into_boxed_str())] {
        assert_ne!(ask(odd).await, odd);
    }
}

/// A path cannot forge a line of the log, nor fill it.
#[tokio::test]
async fn paths_are_logged_as_one_short_word() {
    let app = App::simple();
    let path = format!("/%0a%1b[31mforged%22%20status=200/{}", "x".repeat(5000));
    let answer = app.get(&path).await.problem(404, "not_found");
    let line = log_with(&app, answer.headers["x-request-id"].to_str().unwrap()).await;
    assert!(line.len() < 500 && !line.contains('\u{1b}'), "{line}");
}
