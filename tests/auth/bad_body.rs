//! Bad bodies for every path that takes one: a problem document with the right status, never a 500, and nothing stored.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    actor::{Answer, PASSWORD, User, read},
    app::{App, Plan, plugin},
};

/// A path with a body that is good but for what a test does to it.
struct Door {
    method: Method,
    path: &'static str,
    good: Value,
    /// Fields that may be left out.
    optional: &'static [&'static str],
}

fn doors() -> Vec<Door> {
    let door = |method, path, good, optional| Door { method, path, good, optional };
    vec![
        door(Method::POST, "/auth/signup/", json!({ "type": "simple", "email": "new@example.org", "password": PASSWORD }), &[]),
        door(Method::POST, "/auth/signup/", json!({ "type": "email-code", "email": "new@example.org" }), &[]),
        door(Method::POST, "/auth/signin/", json!({ "type": "simple", "email": "root@example.org", "password": PASSWORD }), &[]),
        door(Method::POST, "/auth/signin", json!({ "type": "email-code", "email": "root@example.org" }), &[]),
        door(Method::POST, "/auth/continue", json!({ "flow": "x" }), &[]),
        door(Method::POST, "/auth/refresh", json!({ "refresh_token": "x" }), &[]),
        door(Method::PATCH, "/me", json!({ "display_name": "Root" }), &["display_name"]),
        door(Method::PUT, "/me/password", json!({ "current_password": PASSWORD, "new_password": "nine blue lanterns at sea" }), &[]),
        door(Method::PUT, "/providers/simple", json!({ "enabled": true }), &[]),
    ]
}

fn start() -> App {
    Plan::new().simple().plugin("email-code", &plugin("email-code"), Some("vouch = true\nmail = true\n")).start()
}

async fn send(app: &App, user: &User<'_>, door: &Door, kind: Option<&str>, body: impl Into<reqwest::Body>) -> Answer {
    let request = app.http.request(door.method.clone(), app.url(door.path)).bearer_auth(&user.access).body(body);
    let request = match kind {
        Some(kind) => request.header("content-type", kind),
        None => request,
    };
    read(request.send().await.unwrap_or_else(|error| panic!("{} {}: {error:?}", door.method, door.path))).await
}

/// Everything that a body could change.
async fn stored(app: &App) -> Vec<i64> {
    let mut counts = Vec::new();
    for table in
        ["users", "identities", "credentials", "profile_entries", "user_roles", "sessions", "steps", "kv", "counters", "provider_switches"]
    {
        counts.push(app.number(&format!("SELECT COUNT(*) FROM {table}")).await);
    }
    counts.push(app.number("SELECT COUNT(*) FROM sessions WHERE ended_at IS NOT NULL").await);
    counts.push(app.number("SELECT COUNT(*) FROM users WHERE display_name IS NOT NULL").await);
    counts
}

/// A problem document with a status of 400, or one of `more`.
fn refused(answer: &Answer, more: &[u16], what: &str) {
    let status = answer.status.as_u16();
    assert!(status == 400 || more.contains(&status), "{what}: {status} {}", answer.text);
    assert_eq!(answer.headers["content-type"], "application/problem+json", "{what}");
    assert_eq!(answer.json["status"], status, "{what}");
    assert!(
        answer.json["code"].is_string() && answer.json["title"].is_string() && answer.json["detail"].is_string(),
        "{what}: {}",
        answer.text
    );
    for secret in [PASSWORD, "lanterns"] {
        assert!(!answer.text.contains(secret), "{what} repeats a password: {}", answer.text);
    }
}

fn with(good: &Value, name: &str, value: Value) -> Value {
    let mut body = good.clone();
    body[name] = value;
    body
}

/// Values that no field takes; whether `null` and empty are mistakes depends on the field.
fn bad_values() -> Vec<Value> {
    vec![
        json!(7),
        json!(-1.5),
        json!([]),
        json!(["x"]),
        json!({}),
        json!({ "$gt": "" }),
        json!("x".repeat(20_000)),
        json!("\u{0}"),
        json!("root\u{0}@example.org"),
        json!("a\nb"),
        json!("a\r\nSet-Cookie: x=y"),
        json!("\u{1b}[31mred"),
        json!("\u{7f}\u{85}"),
    ]
}

#[tokio::test]
async fn bad_every_field_of_every_path_missing_or_wrong() {
    let app = start();
    let root = app.admin().await;
    let before = stored(&app).await;
    for door in doors() {
        let names: Vec<String> = door.good.as_object().unwrap().keys().cloned().collect();
        for name in &names {
            let optional = door.optional.contains(&name.as_str());
            let mut bodies: Vec<Value> = bad_values().into_iter().map(|value| with(&door.good, name, value)).collect();
            bodies.push(with(&door.good, name, json!("yes")));
            bodies.push(with(&door.good, name, json!(if name == "enabled" { json!("true") } else { json!(true) })));
            if !optional {
                bodies.extend([
                    with(&door.good, name, Value::Null),
                    with(&door.good, name, json!("")),
                    with(&door.good, name, json!("  ")),
                ]);
                let mut missing = door.good.clone();
                missing.as_object_mut().unwrap().remove(name);
                bodies.push(missing);
            }
            for body in bodies {
                let what = format!("{} {} {}", door.method, door.path, body.to_string().chars().take(120).collect::<String>());
                let answer = send(&app, &root, &door, Some("application/json"), body.to_string()).await;
                // A text like any other is a good name.
                if optional && body[name] == "yes" {
                    answer.expect(200);
                    root.send(Method::PATCH, "/me", Some(&json!({ "display_name": null }))).await.expect(200);
                    continue;
                }
                refused(&answer, if door.path == "/auth/refresh" { &[401] } else { &[] }, &what);
            }
        }
        for (name, value) in
            [("extra", json!(1)), ("__proto__", json!({})), ("", json!("")), ("\u{0}", json!("x")), ("x".repeat(1000).as_str(), json!(1))]
        {
            let answer = send(&app, &root, &door, Some("application/json"), with(&door.good, name, value).to_string()).await;
            if door.path == "/auth/continue" {
                refused(&answer, &[], door.path);
                continue;
            }
            let answer = answer.problem(400, "invalid_fields");
            assert!(answer.fields().iter().any(|field| field.ends_with(":unknown_field")), "{}: {}", door.path, answer.text);
        }
    }
    assert_eq!(stored(&app).await, before);
    assert!(app.mails().is_empty());
    root.get("/me").await.expect(200);
}

#[tokio::test]
async fn bad_bodies_that_are_no_json_object() {
    let app = start();
    let root = app.admin().await;
    let before = stored(&app).await;
    let deep = format!("{}{}", "[".repeat(20_000), "]".repeat(20_000));
    let bodies: Vec<Vec<u8>> = [
        "",
        " ",
        "null",
        "true",
        "7",
        "\"x\"",
        "[]",
        "[{}]",
        "{",
        "}",
        "{\"a\"",
        "{\"a\":}",
        "{\"a\":1,}",
        "{a:1}",
        "{'a':'b'}",
        "{} {}",
        "{}x",
        "{\"a\":1e999}",
        "{\"a\":NaN}",
        "{\"a\":\"\\ud800\"}",
        "{\"a\":\"\\udc00x\"}",
        "{\"\\ud83d\":1}",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"b\nc\"}",
        "\u{feff}{}",
        "<xml/>",
        &deep,
        &format!("{{\"a\":{deep}}}"),
    ]
    .into_iter()
    .map(|text| text.as_bytes().to_vec())
    .chain([b"{\"a\":\"\xff\xfe\"}".to_vec(), b"\xff\xfe{\0}\0".to_vec(), vec![0; 100]])
    .collect();
    for door in doors() {
        for body in &bodies {
            let answer = send(&app, &root, &door, Some("application/json"), body.clone()).await;
            let shown = String::from_utf8_lossy(&body[..body.len().min(40)]).into_owned();
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{} {shown}: {}", door.path, answer.text);
            answer.problem(400, "malformed_body");
        }
        let surrogate = format!("{{\"{}\":\"\\ud800\"}}", door.good.as_object().unwrap().keys().next().unwrap());
        send(&app, &root, &door, Some("application/json; charset=utf-8"), surrogate).await.problem(400, "malformed_body");
    }
    assert_eq!(stored(&app).await, before);
}

#[tokio::test]
async fn bad_a_member_given_twice_is_named() {
    let app = start();
    let root = app.admin().await;
    let before = stored(&app).await;
    for door in doors() {
        let text = door.good.to_string();
        for (name, value) in door.good.as_object().unwrap() {
            let twice = format!("{},{}:{value}}}", &text[..text.len() - 1], json!(name));
            let answer = send(&app, &root, &door, Some("application/json"), twice).await.problem(400, "invalid_fields");
            assert_eq!(answer.fields(), [format!("{name}:repeated")], "{}", door.path);
            let form = format!("{name}=a&{name}=a");
            let answer = send(&app, &root, &door, Some("application/x-www-form-urlencoded"), form).await.problem(400, "invalid_fields");
            assert_eq!(answer.fields(), [format!("{name}:repeated")], "{}", door.path);
        }
    }
    assert_eq!(stored(&app).await, before);
}

#[tokio::test]
async fn bad_other_media_types_are_told_what_is_taken() {
    let app = start();
    let root = app.admin().await;
    let before = stored(&app).await;
    let kinds = [
        "text/plain",
        "text/json",
        "application/xml",
        "multipart/form-data; boundary=x",
        "application/jsonx",
        "application/json-patch+json",
        "json",
        "*/*",
        "",
    ];
    for door in doors() {
        let body = door.good.to_string();
        for kind in kinds.into_iter().map(Some).chain([None]) {
            let answer = send(&app, &root, &door, kind, body.clone()).await.problem(415, "unsupported_media_type");
            assert!(answer.str("/detail").contains("application/json"), "{kind:?}");
        }
    }
    assert_eq!(stored(&app).await, before);
    let request = app.http.post(app.url("/auth/signin")).header("content-type", "Application/JSON; charset=utf-8");
    let body = json!({ "type": "simple", "email": "root@example.org", "password": PASSWORD });
    read(request.body(body.to_string()).send().await.unwrap()).await.expect(200);
}

#[tokio::test]
async fn bad_bodies_of_ten_megabytes_are_not_read() {
    let app = start();
    let root = app.admin().await;
    let before = stored(&app).await;
    for door in doors() {
        for size in [64 * 1024 + 1, 10 << 20] {
            let answer = send(&app, &root, &door, Some("application/json"), "x".repeat(size)).await;
            assert_eq!(answer.problem(413, "body_too_large").str("/detail"), "the body is larger than 64 KiB");
        }
        let mut value = door.good.clone();
        value["pad"] = json!("x".repeat(60_000));
        refused(&send(&app, &root, &door, Some("application/json"), value.to_string()).await, &[], door.path);
    }
    assert_eq!(stored(&app).await, before);
    root.get("/me").await.expect(200);
}

/// Nobody announces how much will come.
#[tokio::test]
async fn bad_bodies_without_a_length_are_cut_off() {
    let app = start();
    let root = app.admin().await;
    for door in doors() {
        let chunks = (0..160).map(|_| Ok::<_, std::io::Error>("x".repeat(1024)));
        let body = reqwest::Body::wrap_stream(futures_util::stream::iter(chunks));
        send(&app, &root, &door, Some("application/json"), body).await.problem(413, "body_too_large");
    }
    root.get("/me").await.expect(200);
}

#[tokio::test]
async fn bad_forms_are_told_as_json_is() {
    let app = start();
    let root = app.admin().await;
    let before = stored(&app).await;
    for door in doors().iter().filter(|door| door.path.starts_with("/auth/sign")) {
        for body in [
            "",
            "type",
            "type=",
            "=",
            "&&&",
            "type=simple&email=%ff&password=x",
            "type=simple&email=%00@example.org&password=x",
            "type=%E2%98%83",
            "type=simple&email=a%40b",
            "%00=1",
        ] {
            let answer = send(&app, &root, door, Some("application/x-www-form-urlencoded"), body).await;
            refused(&answer, &[], &format!("{} {body}", door.path));
        }
        let raw: &[u8] = b"type=simple&email=\xff\xfe";
        send(&app, &root, door, Some("application/x-www-form-urlencoded"), raw).await.problem(400, "malformed_body");
    }
    assert_eq!(stored(&app).await, before);
}
