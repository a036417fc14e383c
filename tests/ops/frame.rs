//! What surrounds every answer: headers, methods, slashes.

use reqwest::Method;
use serde_json::json;

use super::select;
use crate::{
    actor::{Answer, PASSWORD, read},
    app::{App, Plan},
};

/// One answer of each kind.
async fn every_kind(app: &App) -> Vec<(&'static str, Answer)> {
    let ann = app.user("ann@example.org").await;
    let send = |method: Method, path: &str| app.http.request(method, app.url(path));
    let large = send(Method::POST, "/auth/signin/").header("Content-Type", "application/json").body(vec![b' '; 70 * 1024]);
    let typeless = send(Method::POST, "/auth/signin/").body("{}");
    vec![
        ("200", ann.get("/me").await.expect(200)),
        ("204", ann.post("/auth/logout-all").await.expect(204)),
        ("400", app.post("/auth/signin/", &json!({})).await.expect(400)),
        ("401", app.get("/me").await.expect(401)),
        ("404", app.get("/no/such/path").await.expect(404)),
        ("405", read(send(Method::DELETE, "/auth/providers").send().await.unwrap()).await.expect(405)),
        ("413", read(large.send().await.unwrap()).await.expect(413)),
        ("415", read(typeless.send().await.unwrap()).await.expect(415)),
        ("docs", app.get("/api/docs").await.expect(200)),
        ("asset", app.get("/api/docs/swagger-ui-bundle.js").await.expect(200)),
        ("document", app.get("/api/openapi.json").await.expect(200)),
        ("jwks", app.get("/.well-known/jwks.json").await.expect(200)),
        ("health", app.get("/health/ready").await.expect(200)),
        ("options", read(send(Method::OPTIONS, "/me").send().await.unwrap()).await.expect(405)),
    ]
}

#[tokio::test]
async fn rule19_every_answer_bears_the_headers() {
    let app = App::simple();
    for (kind, answer) in every_kind(&app).await {
        let header = |name: &str| answer.headers.get(name).map_or_else(|| panic!("{kind}: no {name}"), |value| value.to_str().unwrap());
        assert_eq!(header("x-content-type-options"), "nosniff", "{kind}");
        assert_eq!(header("referrer-policy"), "no-referrer", "{kind}");
        let policy = header("content-security-policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{kind}: {policy}");
        assert!(header("x-request-id").len() >= 8, "{kind}");
        let cached = ["docs", "asset", "jwks"].contains(&kind);
        assert_eq!(header("cache-control").contains("no-store"), !cached, "{kind}");
        assert!(answer.headers.get("strict-transport-security").is_none(), "{kind}: HSTS is for https");
        assert!(answer.headers.get("set-cookie").is_none(), "{kind}");
        if answer.status.is_client_error() {
            assert_eq!(header("content-type"), "application/problem+json", "{kind}");
        }
    }
}

#[tokio::test]
async fn rule19_https_is_strict() {
    let app = Plan::new().simple().set("public_url", "https://gate.example").start();
    for (kind, answer) in every_kind(&app).await {
        let value = answer.headers.get("strict-transport-security").map(|value| value.to_str().unwrap());
        assert_eq!(value, Some("max-age=31536000; includeSubDomains"), "{kind}");
    }
}

#[tokio::test]
async fn a_405_says_what_is_allowed() {
    let app = App::simple();
    for (method, path, allowed) in [
        (Method::GET, "/auth/signup/", "POST"),
        (Method::GET, "/auth/signin", "POST"),
        (Method::DELETE, "/api/docs", "GET, HEAD"),
        (Method::POST, "/providers/simple", "PUT"),
        (Method::PUT, "/providers/reload", "POST"),
        (Method::PUT, "/auth/providers/", "GET, HEAD"),
    ] {
        let answer = read(app.http.request(method, app.url(path)).send().await.unwrap()).await.problem(405, "method_not_allowed");
        let said = answer.headers["allow"].to_str().unwrap();
        assert!(allowed.split(", ").all(|method| said.split(", ").any(|one| one == method)), "{path}: {said}");
    }
}

#[tokio::test]
async fn every_path_works_with_and_without_a_slash() {
    let app = App::simple();
    let ann = app.user("ann@example.org").await;
    for path in [
        "/me",
        "/me/sessions",
        "/auth/check",
        "/auth/providers",
        "/.well-known/jwks.json",
        "/health/live",
        "/health/ready",
        "/api/docs",
        "/api/openapi.json",
    ] {
        for slashes in ["", "/"] {
            ann.get(&format!("{path}{slashes}")).await.expect(200);
        }
    }
    let body = json!({ "type": "simple", "email": "ann@example.org", "password": PASSWORD });
    for path in ["/auth/signin", "/auth/signin/"] {
        app.post(path, &body).await.expect(200);
    }
}

#[tokio::test]
async fn head_is_get_without_a_body() {
    let app = App::simple();
    let ann = app.user("ann@example.org").await;
    for path in ["/me", "/health/ready", "/api/docs", "/api/openapi.json", "/nothing"] {
        let get = ann.get(path).await;
        let head = ann.send(Method::HEAD, path, None).await;
        assert_eq!((head.status, head.text.as_str()), (get.status, ""), "{path}");
        assert_eq!(head.headers.get("content-type"), get.headers.get("content-type"), "{path}");
    }
}

/// Everything that the database holds.
async fn contents(app: &App) -> Vec<String> {
    let mut all = Vec::new();
    for (table, query) in [
        ("users", "SELECT id || ':' || coalesce(email, '') || ':' || disabled FROM users ORDER BY 1"),
        (
            "sessions",
            "SELECT id || ':' || counter || ':' || CASE WHEN ended_at IS NULL THEN '' ELSE ended_at || '' END FROM sessions ORDER BY 1",
        ),
        ("signins", "SELECT CAST(count(*) AS TEXT) FROM signins"),
        ("audit", "SELECT CAST(count(*) AS TEXT) FROM audit"),
        ("steps", "SELECT CAST(count(*) AS TEXT) FROM steps"),
        ("provider_switches", "SELECT provider || enabled FROM provider_switches ORDER BY 1"),
    ] {
        all.extend(select(app, query).await.into_iter().map(|row| format!("{table} {row}")));
    }
    all
}

#[tokio::test]
async fn rule20_get_and_head_change_nothing() {
    let app = App::simple();
    let root = app.admin().await;
    let document = app.get("/api/openapi.json").await.expect(200).json;
    let before = contents(&app).await;
    assert!(before.iter().any(|row| row.starts_with("sessions ")), "{before:?}");
    let mut paths: Vec<String> = document["paths"].as_object().unwrap().keys().cloned().collect();
    paths.extend(["/api/docs", "/api/openapi.json", "/", "/auth/reset?token=x"].map(ToOwned::to_owned));
    for path in paths {
        let path = path.replace("{id}", "1").replace("{type}", "simple");
        for method in [Method::GET, Method::HEAD] {
            root.send(method, &path, None).await;
        }
    }
    assert_eq!(contents(&app).await, before);
    root.get("/me").await.expect(200);
}
