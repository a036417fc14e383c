//! Tokens that are not good: garbage, expired, forged, of another kind.

use serde_json::{Value, json};

use super::jwt;
use crate::{
    actor::{Answer, read},
    app::{App, Plan},
};

async fn with(app: &App, header: &str) -> Answer {
    let mut answers = Vec::new();
    for path in ["/me", "/auth/check", "/me/sessions"] {
        let request = app.http.get(app.url(path)).header("authorization", header.as_bytes());
        answers.push(read(request.send().await.unwrap()).await.expect(401));
    }
    let codes: Vec<_> = answers.iter().map(|answer| answer.str("/code")).collect();
    assert!(codes.iter().all(|code| *code == codes[0]), "{codes:?}");
    answers.remove(0)
}

async fn refused(app: &App, token: &str, code: &str) {
    let answer = with(app, &format!("Bearer {token}")).await.problem(401, code);
    assert!(answer.headers["www-authenticate"].to_str().unwrap().starts_with("Bearer"));
    let shown = &token[..token.len().min(20)];
    assert!(shown.len() < 8 || !answer.text.contains(shown), "a token is never repeated");
}

async fn refresh_refused(app: &App, token: &str, code: &str) {
    app.post("/auth/refresh", &json!({ "refresh_token": token })).await.problem(401, code);
}

#[tokio::test]
async fn rule11_garbage_is_no_token() {
    let app = App::simple();
    let ann = app.user("ann@example.org").await;
    for header in ["", "Bearer", "Bearer ", "Basic YW5uOnB3", "Token x", &ann.access, &format!("Basic {}", ann.access)] {
        with(&app, header).await.problem(401, "token_missing");
    }
    let truncated = &ann.access[..ann.access.len() - 1];
    let parts: Vec<&str> = ann.access.split('.').collect();
    for token in [
        "x",
        "..",
        "a.b.c",
        "null",
        parts[0],
        &format!("{}.{}", parts[0], parts[1]),
        &format!("{}.{}.{}.{}", parts[0], parts[1], parts[2], parts[2]),
        &format!("{}.{}.", parts[0], parts[1]),
        &format!(".{}.{}", parts[1], parts[2]),
        &format!("{}=.{}.{}", parts[0], parts[1], parts[2]),
        &format!("{} {}", ann.access, ann.access),
        &format!("{},{}", ann.access, ann.access),
        "\u{e9}\u{e9}",
    ] {
        let answer = with(&app, &format!("Bearer {token}")).await;
        assert!(answer.str("/code").starts_with("token_"), "{token}: {}", answer.text);
    }
    for token in [truncated, &ann.access[..20], &ann.access[1..], &ann.access.to_lowercase()] {
        let answer = with(&app, &format!("Bearer {token}")).await;
        let code = answer.str("/code");
        assert!(["token_malformed", "token_bad_signature", "token_unknown_key"].contains(&code.as_str()), "{code}");
    }
    // The scheme's letters do not matter (RFC 9110, 11.1), the token does.
    let lower = app.http.get(app.url("/me")).header("authorization", format!("bearer {}", ann.access));
    read(lower.send().await.unwrap()).await.expect(200);
    let query = app.get(&format!("/me?access_token={}", ann.access)).await;
    query.problem(401, "token_missing");
}

#[tokio::test]
async fn rule11_a_token_of_ten_kilobytes_is_not_even_read() {
    let app = App::simple();
    let ann = app.user("ann@example.org").await;
    refused(&app, &"x".repeat(10_240), "token_too_large").await;
    refused(&app, &format!("{}{}", ann.access, "A".repeat(10_240)), "token_too_large").await;
    let long = app.post("/auth/refresh", &json!({ "refresh_token": "x".repeat(10_240) })).await.problem(400, "invalid_fields");
    assert_eq!(long.fields(), ["refresh_token:too_long"]);
}

#[tokio::test]
async fn rule11_the_algorithm_is_the_keys() {
    let app = App::simple();
    let ann = app.user("ann@example.org").await;
    let (header, claims) = (jwt::header(&ann.access), jwt::claims(&ann.access));
    let kid = jwt::kid(&ann.access);
    for alg in ["none", "None", "NONE", "nOnE", ""] {
        let unsigned = json!({ "typ": "at+jwt", "alg": alg, "kid": kid });
        let token = format!("{}.{}.", jwt::encode(&unsigned), jwt::encode(&claims));
        refused(&app, &token, "token_bad_signature").await;
        let signature = ann.access.rsplit_once('.').unwrap().1;
        refused(&app, &format!("{token}{signature}"), "token_bad_signature").await;
    }
    // The public key, as everybody knows it, taken for a shared secret.
    let set = app.get("/.well-known/jwks.json").await.json;
    let x = set["keys"][0]["x"].as_str().unwrap();
    let raw = base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, x).unwrap();
    for secret in [raw.as_slice(), x.as_bytes(), set["keys"][0].to_string().as_bytes()] {
        refused(&app, &jwt::symmetric(&kid, "at+jwt", &claims, secret), "token_bad_signature").await;
        let refresh = jwt::symmetric(&kid, "rt+jwt", &jwt::claims(&ann.refresh), secret);
        refresh_refused(&app, &refresh, "token_bad_signature").await;
    }
    let mut other = header;
    other["alg"] = json!("ES256");
    let rest = ann.access.split_once('.').unwrap().1;
    refused(&app, &format!("{}.{rest}", jwt::encode(&other)), "token_bad_signature").await;
}

#[tokio::test]
async fn rule11_another_key_is_none_of_ours() {
    let (app, stranger) = (App::simple(), App::simple());
    let ann = app.user("ann@example.org").await;
    let same = stranger.user("ann@example.org").await;
    assert_eq!(ann.id, same.id, "the claims are alike");
    refused(&app, &same.access, "token_unknown_key").await;
    refresh_refused(&app, &same.refresh, "token_unknown_key").await;
    refused(&app, &jwt::foreign(&jwt::kid(&ann.access), "at+jwt", &jwt::claims(&ann.access)), "token_bad_signature").await;
    refresh_refused(&app, &jwt::foreign(&jwt::kid(&ann.access), "rt+jwt", &jwt::claims(&ann.refresh)), "token_bad_signature").await;
    for kid in ["", "../../etc/passwd", "' OR 1=1 --", "x\u{0}"] {
        refused(&app, &jwt::foreign(kid, "at+jwt", &jwt::claims(&ann.access)), "token_unknown_key").await;
    }
    ann.get("/me").await.expect(200);
}

#[tokio::test]
async fn rule11_a_token_cannot_bring_its_key_or_its_rules() {
    let app = App::simple();
    let ann = app.user("ann@example.org").await;
    let rest = ann.access.split_once('.').unwrap().1;
    for (name, value) in [
        ("jku", json!("http://127.0.0.1:1/keys")),
        ("jwk", json!({ "kty": "OKP" })),
        ("x5u", json!("http://127.0.0.1:1/cert")),
        ("x5c", json!(["x"])),
        ("crit", json!(["exp"])),
        ("b64", json!(false)),
        ("zip", json!("DEF")),
        ("jwk", Value::Null),
    ] {
        let mut header = jwt::header(&ann.access);
        header[name] = value;
        refused(&app, &format!("{}.{rest}", jwt::encode(&header)), "token_malformed").await;
    }
}

#[tokio::test]
async fn rule11_claims_that_were_changed_do_not_pass() {
    let app = App::simple();
    let ann = app.user("ann@example.org").await;
    let parts: Vec<&str> = ann.access.split('.').collect();
    for (name, value) in
        [("user_id", json!(2)), ("sub", json!("2")), ("roles", json!(["admin"])), ("exp", json!(i64::MAX)), ("sid", json!("2"))]
    {
        let mut claims = jwt::claims(&ann.access);
        claims[name] = value;
        refused(&app, &format!("{}.{}.{}", parts[0], jwt::encode(&claims), parts[2]), "token_bad_signature").await;
    }
}

#[tokio::test]
async fn rule11_refresh_and_access_do_not_stand_in_for_each_other() {
    let app = App::simple();
    let ann = app.user("ann@example.org").await;
    refused(&app, &ann.refresh, "token_wrong_type").await;
    refresh_refused(&app, &ann.access, "token_wrong_type").await;
    for token in ["x", "a.b.c", &ann.refresh[1..]] {
        let answer = app.post("/auth/refresh", &json!({ "refresh_token": token })).await.expect(401);
        assert!(answer.str("/code").starts_with("token_"), "{}", answer.text);
    }
    // Garbage ends nothing.
    app.post("/auth/refresh", &json!({ "refresh_token": ann.refresh })).await.expect(200);
}

#[tokio::test]
async fn rule11_a_token_ends() {
    let app = Plan::new().simple().set("access_token_ttl", "1s").start();
    let mut ann = app.user("ann@example.org").await;
    // Seen before its end, so that whatever the gateway remembers of it is put to the test.
    ann.get("/me").await;
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    refused(&app, &ann.access, "token_expired").await;
    ann.renew().await.expect(200);
    assert_eq!(jwt::claims(&ann.access)["exp"].as_i64().unwrap() - jwt::claims(&ann.access)["iat"].as_i64().unwrap(), 1);
}

#[tokio::test]
async fn rule11_issuer_and_audience_are_checked() {
    let mut app = App::simple();
    let (access, refresh) = {
        let ann = app.user("ann@example.org").await;
        (ann.access.clone(), ann.refresh.clone())
    };
    app.set("audience", "another");
    app.restart();
    refused(&app, &access, "token_wrong_audience").await;
    app.set("audience", "vestibule");
    app.set("public_url", "http://127.0.0.1:5001");
    app.restart();
    refused(&app, &access, "token_wrong_audience").await;
    refresh_refused(&app, &refresh, "token_wrong_audience").await;
}
