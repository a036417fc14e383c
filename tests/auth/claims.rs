//! What a pair of tokens says, and who can check it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::jwt;
use crate::app::{App, Plan};

fn names(claims: &Value) -> BTreeSet<&str> {
    claims.as_object().unwrap().keys().map(String::as_str).collect()
}

#[tokio::test]
async fn e2_the_access_token_says_who_and_how_and_until_when() {
    let app = App::simple();
    let mut ann = app.user("ann@example.org").await;
    for round in 0..2 {
        let claims = jwt::claims(&ann.access);
        assert_eq!(names(&claims), BTreeSet::from(["iss", "sub", "user_id", "aud", "exp", "iat", "jti", "sid", "roles", "amr"]));
        assert_eq!((&claims["iss"], &claims["aud"]), (&json!("http://127.0.0.1:5000"), &json!("vestibule")));
        assert_eq!((&claims["sub"], &claims["user_id"]), (&json!(ann.id.to_string()), &json!(ann.id)), "as text and as a number");
        assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 900);
        let age = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs().cast_signed() - claims["iat"].as_i64().unwrap();
        assert!((0..60).contains(&age), "{age}");
        assert_eq!((&claims["roles"], &claims["amr"]), (&json!([]), &json!(["simple"])));
        assert!(claims["jti"].is_string() && claims["sid"].is_string(), "round {round}: {claims}");
        let header = jwt::header(&ann.access);
        assert_eq!(names(&header), BTreeSet::from(["alg", "kid", "typ"]));
        assert_eq!((&header["alg"], &header["typ"]), (&json!("EdDSA"), &json!("at+jwt")));
        assert_eq!(jwt::header(&ann.refresh)["typ"], "rt+jwt");
        ann.renew().await.expect(200);
    }
}

#[tokio::test]
async fn e2_the_published_keys_are_all_that_a_verifier_needs() {
    let app = App::simple();
    let mut ann = app.user("ann@example.org").await;
    let claims = app.verify(&ann.access).await.expect("a good token");
    assert_eq!(claims["user_id"], ann.id);
    ann.renew().await.expect(200);
    app.verify(&ann.access).await.expect("a good token");
    assert!(app.verify(&ann.refresh).await.is_err(), "a refresh token is for another audience");
    let (signed, signature) = ann.access.rsplit_once('.').unwrap();
    let other = if signature.starts_with('A') { "B" } else { "A" };
    assert!(app.verify(&format!("{signed}.{other}{}", &signature[1..])).await.is_err());
}

#[tokio::test]
async fn e2_the_key_set_holds_public_halves_only_and_may_be_cached() {
    let app = App::simple();
    let answer = app.get("/.well-known/jwks.json").await.expect(200);
    assert!(answer.headers["cache-control"].to_str().unwrap().contains("max-age="));
    let keys = answer.json["keys"].as_array().unwrap();
    assert_eq!(keys.len(), 1);
    assert_eq!(names(&keys[0]), BTreeSet::from(["alg", "crv", "kid", "kty", "use", "x"]), "no d");
}

#[tokio::test]
async fn e2_other_algorithms_sign_and_verify() {
    for (name, algorithm) in [("ES256", jsonwebtoken::Algorithm::ES256), ("RS256", jsonwebtoken::Algorithm::RS256)] {
        let app = Plan::new().simple().set("signing_algorithm", name).set("retry_window", "10m").start();
        let ann = app.user("ann@example.org").await;
        assert_eq!(jwt::header(&ann.access)["alg"], name);
        let set = app.jwks().await;
        let key = jsonwebtoken::DecodingKey::from_jwk(set.find(&jwt::kid(&ann.access)).unwrap()).unwrap();
        let mut rules = jsonwebtoken::Validation::new(algorithm);
        rules.set_audience(&["vestibule"]);
        assert_eq!(jsonwebtoken::decode::<Value>(&ann.access, &key, &rules).unwrap().claims["user_id"], ann.id);
        ann.get("/me").await.expect(200);
        let body = json!({ "refresh_token": ann.refresh });
        let first = app.post("/auth/refresh", &body).await.expect(200);
        assert_eq!(app.post("/auth/refresh", &body).await.expect(200).text, first.text, "{name} signs the same bytes again");
    }
}

#[tokio::test]
async fn e2_roles_are_in_the_token_from_the_next_refresh_on() {
    let app = App::simple();
    let mut root = app.admin().await;
    assert_eq!(jwt::claims(&root.access)["roles"], json!(["admin"]));
    root.renew().await.expect(200);
    assert_eq!(jwt::claims(&root.access)["roles"], json!(["admin"]));
    let mut ann = app.user("ann@example.org").await;
    app.run(&format!("INSERT INTO user_roles (user_id, role) VALUES ({}, 'admin')", ann.id)).await;
    assert_eq!(jwt::claims(&ann.access)["roles"], json!([]));
    ann.renew().await.expect(200);
    assert_eq!(jwt::claims(&ann.access)["roles"], json!(["admin"]));
}

#[tokio::test]
async fn e2_public_url_and_audience_are_the_operators() {
    let app = Plan::new().simple().set("public_url", "https://id.example.org/").set("audience", "shop").start();
    let ann = app.user("ann@example.org").await;
    let claims = jwt::claims(&ann.access);
    assert_eq!((&claims["iss"], &claims["aud"]), (&json!("https://id.example.org"), &json!("shop")));
    let me = ann.get("/me").await.expect(200);
    assert!(me.headers.contains_key("strict-transport-security"));
}
