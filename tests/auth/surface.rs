//! Every path that there is, asked in ways that it does not expect.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::Value;

use crate::{
    actor::{Answer, User, read},
    app::App,
};

const METHODS: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"];

/// Paths with their methods, as the live document says, and the documentation's own.
async fn paths(app: &App) -> Vec<(String, BTreeSet<String>)> {
    let document = app.get("/api/openapi.json").await.expect(200).json;
    let methods = |item: &Value| item.as_object().unwrap().keys().map(|name| name.to_uppercase()).collect::<BTreeSet<_>>();
    let mut paths: Vec<_> = document["paths"].as_object().unwrap().iter().map(|(path, item)| (path.clone(), methods(item))).collect();
    assert!(paths.len() > 12, "{paths:?}");
    paths.extend(["/api/docs", "/api/openapi.json"].map(|path| (path.to_owned(), BTreeSet::from(["GET".to_owned()]))));
    for (path, methods) in &mut paths {
        *path = path.replace("{id}", "1").replace("{type}", "simple");
        if methods.contains("GET") {
            methods.insert("HEAD".to_owned());
        }
    }
    paths
}

async fn ask(app: &App, method: &str, path: &str) -> Answer {
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    read(app.http.request(method, app.url(path)).send().await.unwrap()).await
}

#[tokio::test]
async fn d7_a_wrong_method_is_told_with_those_that_there_are() {
    let app = App::simple();
    // Proxies ask there with the method of the request that they ask about.
    for (path, methods) in paths(&app).await.into_iter().filter(|(path, _)| path != "/auth/check") {
        for path in [path.trim_end_matches('/').to_owned(), format!("{}/", path.trim_end_matches('/'))] {
            for method in METHODS.iter().filter(|method| !methods.contains(**method)) {
                let answer = ask(&app, method, &path).await.expect(405);
                let allow = answer.headers.get("allow").unwrap_or_else(|| panic!("{method} {path} has no Allow"));
                let allowed: BTreeSet<String> = allow.to_str().unwrap().split(", ").map(ToOwned::to_owned).collect();
                assert_eq!(allowed, methods, "{method} {path}");
                if *method != "HEAD" {
                    answer.problem(405, "method_not_allowed");
                }
            }
        }
    }
}

#[tokio::test]
async fn d7_a_head_is_a_get_without_its_body() {
    let app = App::simple();
    for (path, _) in paths(&app).await.into_iter().filter(|(_, methods)| methods.contains("GET")) {
        let (get, head) = (ask(&app, "GET", &path).await, ask(&app, "HEAD", &path).await);
        assert_eq!((get.status, get.headers.get("content-type")), (head.status, head.headers.get("content-type")), "{path}");
        assert_eq!(head.text, "", "{path}");
    }
}

#[tokio::test]
async fn d7_every_answer_is_guarded_and_carries_its_id() {
    let app = App::simple();
    for (path, _) in paths(&app).await.into_iter().chain([("/nowhere".to_owned(), BTreeSet::new())]) {
        let answer = ask(&app, "GET", &path).await;
        for (name, part) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("content-security-policy", "frame-ancestors 'none'"),
        ] {
            assert!(answer.headers[name].to_str().unwrap().contains(part), "{path}: {name}");
        }
        assert!(answer.headers["x-request-id"].len() >= 8, "{path}");
        // The start page knows browsers apart.
        assert!(path == "/" || !answer.headers.contains_key("set-cookie"), "{path}");
        assert!(!answer.headers.contains_key("access-control-allow-origin"));
    }
    let with = async |id: &str| {
        let answer = app.http.get(app.url("/me")).header("x-request-id", id.as_bytes()).send().await.unwrap();
        answer.headers()["x-request-id"].to_str().unwrap().to_owned()
    };
    assert_eq!(with("trace-0123456789").await, "trace-0123456789");
    for id in ["short", "with space inside", "<script>alert(1)</script>", &"x".repeat(65), "umläut-umläut"] {
        assert_ne!(with(id).await, id);
    }
    let (first, second) = (ask(&app, "GET", "/me").await, ask(&app, "GET", "/me").await);
    assert_ne!(first.headers["x-request-id"], second.headers["x-request-id"]);
}

#[tokio::test]
async fn d7_what_is_not_there_is_a_problem_document() {
    let app = App::simple();
    let root = app.admin().await;
    for path in [
        "/nowhere",
        "/auth",
        "/auth/",
        "/auth/signin/x",
        "/me/sessions/1/2",
        "/.well-known",
        "/api",
        "/api/docs/nothing.js",
        "/%00",
        "/../etc/passwd",
    ] {
        root.get(path).await.problem(404, "not_found");
    }
}

/// Ids and types in paths, from nonsense to attacks: 400 or 404 as a problem document, never more.
#[tokio::test]
async fn d7_odd_paths_are_the_callers_mistake() {
    let app = App::simple();
    let root = app.admin().await;
    let odd = [
        "abc",
        "-1",
        "0",
        "1.5",
        "1e3",
        "99999999999999999999",
        "%00",
        "%ff",
        "%F0%9F%92%A9",
        "1%20",
        "..%2f1",
        "' OR 1=1",
        "%0d%0aX:%20y",
        ";",
    ];
    let body = serde_json::json!({ "enabled": true });
    let check = |answer: &Answer, path: &str| {
        assert!(matches!(answer.status.as_u16(), 400 | 404), "{path}: {} {}", answer.status, answer.text);
        assert_eq!(answer.headers["content-type"], "application/problem+json", "{path}");
        assert!(answer.json["code"].is_string() && answer.json["detail"].is_string(), "{path}: {}", answer.text);
    };
    for part in odd.into_iter().chain([&*"x".repeat(5000)]) {
        let path = format!("/me/sessions/{part}");
        check(&root.send(Method::DELETE, &path, None).await, &path);
        let path = format!("/providers/{part}");
        check(&root.send(Method::PUT, &path, Some(&body)).await, &path);
    }
    root.get("/me").await.expect(200);
}

#[tokio::test]
async fn d7_what_needs_a_token_says_so_before_anything_else() {
    let app = App::simple();
    let ann: User<'_> = app.user("ann@example.org").await;
    for (method, path) in [
        ("GET", "/me"),
        ("PATCH", "/me"),
        ("DELETE", "/me"),
        ("PUT", "/me/password"),
        ("GET", "/me/sessions"),
        ("DELETE", "/me/sessions/1"),
        ("GET", "/providers"),
        ("PUT", "/providers/simple"),
        ("POST", "/providers/reload"),
        ("POST", "/auth/logout"),
        ("POST", "/auth/logout-all"),
        ("GET", "/auth/check"),
    ] {
        ask(&app, method, path).await.problem(401, "token_missing");
    }
    for (method, path) in [("GET", "/providers"), ("POST", "/providers/reload")] {
        ann.send(Method::from_bytes(method.as_bytes()).unwrap(), path, None).await.problem(403, "forbidden");
    }
    let body = serde_json::json!({ "enabled": false });
    ann.send(Method::PUT, "/providers/simple", Some(&body)).await.problem(403, "forbidden");
    app.signin("ann@example.org").await;
}
