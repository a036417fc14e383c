//! Only the gateway's good word counts.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use crate::{
    customer::read,
    database::Database,
    gateway::{Key, now},
    place::Place,
};

const TYPE: &str = "identity+jwt";

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// The token with another header, and the signature that it had.
fn with_header(token: &str, header: &Value) -> String {
    format!("{}.{}", part(header), token.split_once('.').unwrap().1)
}

/// The claims of user 1 with one changed, or, if null, removed.
fn changed(place: &Place, name: &str, value: Value) -> Value {
    let mut claims = place.gateway.claims(1);
    if value.is_null() {
        claims.as_object_mut().unwrap().remove(name);
    } else {
        claims[name] = value;
    }
    claims
}

#[tokio::test(flavor = "multi_thread")]
async fn c8_good_tokens_of_all_three_algorithms() {
    let place = Place::furnished(Database::sqlite()).await;
    let keys = [Key::ed25519("a"), Key::p256("b"), Key::rsa("c")];
    place.gateway.publish(&keys.iter().collect::<Vec<_>>());
    for key in &keys {
        let me = place.get_with("/shop/me", &key.sign(TYPE, &place.gateway.claims(41))).await.expect(200);
        assert_eq!(me.number("/user_id"), 41, "{:?}", key.algorithm);
    }
    // The gateway may say more than this service knows of.
    place.get_with("/shop/me", &keys[0].sign(TYPE, &changed(&place, "sid", json!("9")))).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn c8_tokens_that_are_not_the_gateways_word() {
    let place = Place::furnished(Database::sqlite()).await;
    let key = &place.gateway.key;
    let claims = place.gateway.claims(1);
    let good = key.sign(TYPE, &claims);
    place.get_with("/shop/me", &good).await.expect(200);
    let sign = |name: &str, value: Value| key.sign(TYPE, &changed(&place, name, value));
    for (what, token, code) in [
        ("another service's", sign("aud", json!("billing")), "identity_wrong_audience"),
        ("several services'", sign("aud", json!(["shop", "billing"])), "identity_malformed"),
        ("another gateway's", sign("iss", json!("https://evil.example")), "identity_wrong_issuer"),
        ("an access token", key.sign("at+jwt", &claims), "identity_wrong_type"),
        ("a plain JWT", key.sign("JWT", &claims), "identity_wrong_type"),
        ("an old one", sign("exp", json!(now() - 11)), "identity_expired"),
        ("one from the future", sign("iat", json!(now() + 60)), "identity_not_yet_valid"),
        ("one that never ends", sign("exp", Value::Null), "identity_malformed"),
        ("one of nobody", sign("user_id", Value::Null), "identity_malformed"),
        (
            "one of user 0",
            key.sign(TYPE, &{
                let mut claims = changed(&place, "user_id", json!(0));
                claims["sub"] = json!("0");
                claims
            }),
            "identity_malformed",
        ),
        ("one of two users", sign("sub", json!("2")), "identity_malformed"),
        ("a number as text", sign("user_id", json!("1")), "identity_malformed"),
        ("no roles", sign("roles", Value::Null), "identity_malformed"),
        ("a foreign key under the gateway's name", Key::ed25519("first").sign(TYPE, &claims), "identity_bad_signature"),
        ("a foreign key of another kind", Key::p256("first").sign(TYPE, &claims), "identity_bad_signature"),
        ("a foreign key", Key::ed25519("nobody's").sign(TYPE, &claims), "identity_unknown_key"),
        (
            "other claims under the signature",
            format!(
                "{}.{}.{}",
                part(&json!({ "typ": TYPE, "alg": "EdDSA", "kid": "first" })),
                part(&place.gateway.claims(2)),
                good.rsplit('.').next().unwrap()
            ),
            "identity_bad_signature",
        ),
        ("nothing", String::new(), "identity_malformed"),
        ("not a token", "abc".to_owned(), "identity_malformed"),
        ("too many parts", format!("{good}.x"), "identity_malformed"),
        ("too large", format!("{good}{}", "x".repeat(9000)), "identity_malformed"),
    ] {
        let answer = place.get_with("/shop/me", &token).await;
        assert_eq!((answer.status.as_u16(), answer.json["code"].as_str()), (401, Some(code)), "{what}: {}", answer.text);
    }
    place.get("/shop/me").await.problem(401, "identity_missing");
}

#[tokio::test(flavor = "multi_thread")]
async fn c8_a_token_does_not_choose_its_key_or_its_algorithm() {
    let place = Place::furnished(Database::sqlite()).await;
    let claims = place.gateway.claims(1);
    let good = place.gateway.word(1);
    let own = Key::ed25519("own");
    let public = place.gateway.key.public["x"].as_str().unwrap().to_owned();
    let symmetric = |secret: &[u8]| {
        let header = Header { typ: Some(TYPE.to_owned()), kid: Some("first".to_owned()), ..Header::new(Algorithm::HS256) };
        jsonwebtoken::encode(&header, &claims, &EncodingKey::from_secret(secret)).unwrap()
    };
    let none = format!("{}.{}.", part(&json!({ "typ": TYPE, "alg": "none", "kid": "first" })), part(&claims));
    let embedded = |name: &str, value: Value| {
        let mut header = json!({ "typ": TYPE, "alg": "EdDSA", "kid": "own" });
        header[name] = value;
        with_header(&own.sign(TYPE, &claims), &header)
    };
    for (what, token, code) in [
        ("alg none", none.clone(), "identity_bad_signature"),
        ("alg none with a signature", format!("{none}x"), "identity_bad_signature"),
        ("HS256 by the public key", symmetric(public.as_bytes()), "identity_bad_signature"),
        ("HS256 by the public key's bytes", symmetric(&URL_SAFE_NO_PAD.decode(&public).unwrap()), "identity_bad_signature"),
        ("another alg", with_header(&good, &json!({ "typ": TYPE, "alg": "ES256", "kid": "first" })), "identity_bad_signature"),
        ("an unknown alg", with_header(&good, &json!({ "typ": TYPE, "alg": "XX", "kid": "first" })), "identity_bad_signature"),
        ("jwk", embedded("jwk", own.public.clone()), "identity_malformed"),
        ("jku", embedded("jku", json!("https://evil.example/keys")), "identity_malformed"),
        ("x5u", embedded("x5u", json!("https://evil.example/cert")), "identity_malformed"),
        ("crit", embedded("crit", json!(["x"])), "identity_malformed"),
        ("no kid", with_header(&good, &json!({ "typ": TYPE, "alg": "EdDSA" })), "identity_malformed"),
        ("no typ", with_header(&good, &json!({ "alg": "EdDSA", "kid": "first" })), "identity_malformed"),
    ] {
        let answer = place.get_with("/shop/me", &token).await;
        assert_eq!((answer.status.as_u16(), answer.json["code"].as_str()), (401, Some(code)), "{what}: {}", answer.text);
    }
    assert_eq!(place.gateway.fetches(), 1, "no other address was asked, nor the gateway again");
}

#[tokio::test(flavor = "multi_thread")]
async fn c8_headers_without_a_signature_say_nothing() {
    let place = Place::furnished(Database::sqlite()).await;
    let claimed = |request: reqwest::RequestBuilder| {
        let names = ["X-Auth-User-Id", "X-Auth-Email", "X-Auth-Roles", "X-Auth-User", "X-Forwarded-User", "Remote-User"];
        names.into_iter().fold(request, |request, name| request.header(name, "99")).bearer_auth(place.gateway.word(99))
    };
    let url = format!("{}/shop/me", place.base);
    read(claimed(place.http.get(&url)).send().await.unwrap()).await.problem(401, "identity_missing");
    let word = place.gateway.word(1);
    let me = read(claimed(place.http.get(&url)).header("X-Auth-Identity", &word).send().await.unwrap()).await.expect(200);
    assert_eq!((me.number("/user_id"), &me.json["roles"]), (1, &json!(["customer"])));
    // Two words: a proxy may have looked at the other one.
    let both = place.http.get(&url).header("X-Auth-Identity", place.gateway.word(2)).header("X-Auth-Identity", &word);
    read(both.send().await.unwrap()).await.problem(401, "identity_malformed");
}

#[tokio::test(flavor = "multi_thread")]
async fn c8_every_route_wants_the_gateways_word() {
    let place = Place::furnished(Database::sqlite()).await;
    let document: Value = serde_json::from_str(&place.command(&["openapi"])).unwrap();
    let mut seen = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys().filter(|_| path.starts_with("/shop/")) {
            let url = format!("{}{}", place.base, path.replace("{id}", "1"));
            let method = reqwest::Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            // Before anything else is looked at.
            let request = place.http.request(method, url).header("content-type", "application/json").body("{");
            read(request.send().await.unwrap()).await.problem(401, "identity_missing");
            seen += 1;
        }
    }
    assert_eq!(seen, 9);
}
