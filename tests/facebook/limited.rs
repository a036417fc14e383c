//! Signing up and in with the ID token of Limited Login.

use serde_json::{Value, json};

use super::{
    APP_ID, both,
    graph::{Graph, key::Key, now},
    refused,
};
use crate::{
    actor::{Answer, User},
    app::App,
};

const ANN: &str = "10215241773831025";

async fn signin(app: &App, token: &str, nonce: &str) -> Answer {
    app.post("/auth/signin/", &json!({ "type": "facebook", "facebook_token": token, "nonce": nonce })).await
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = Graph::claims(ANN);
    claims[name] = value;
    claims
}

fn without(name: &str) -> Value {
    let mut claims = Graph::claims(ANN);
    claims.as_object_mut().unwrap().remove(name);
    claims
}

#[tokio::test]
async fn a2_signup_facebook_limited_login() {
    let (graph, app) = both().await;
    let key = Key::named("k1");
    graph.publish(&[&Key::named("k2"), &key]);
    let token = key.token(&Graph::claims(ANN));
    let body = json!({
        "type": "facebook", "email": "ann@example.org", "facebook_id": ANN, "facebook_token": token, "nonce": "n-0S6_WzA2Mj",
    });
    let answer = app.post("/auth/signup/", &body).await.expect(200);
    assert_eq!(answer.json["user"]["profile"], json!({ "facebook_id": ANN, "name": "Ann Bee" }));
    let id = User::new(&app, &answer).id;
    assert_eq!(User::new(&app, &signin(&app, &token, "n-0S6_WzA2Mj").await.expect(200)).id, id);
    assert_eq!((graph.count("/jwks"), graph.count("/debug_token"), graph.count("/me")), (1, 0, 0));
}

#[tokio::test]
async fn a2_signup_facebook_limited_login_of_somebody_else() {
    let (graph, app) = both().await;
    let key = Key::named("k1");
    graph.publish(&[&key]);
    let before = app.rows().await;
    let token = key.token(&Graph::claims("1"));
    refused(app.facebook_signup("ann@example.org", ANN, &token).await, &["facebook_id:wrong_user"]);
    assert_eq!(app.rows().await, before);
}

#[tokio::test]
async fn rule15_claims_are_checked_exactly() {
    let (graph, app) = both().await;
    let key = Key::named("k1");
    graph.publish(&[&key]);
    app.facebook_signup("ann@example.org", ANN, &key.token(&Graph::claims(ANN))).await.expect(200);
    let stored = app.rows().await;
    for (claims, expected) in [
        (with("aud", json!("999")), "wrong_app"),
        (with("aud", json!(["999"])), "wrong_app"),
        (with("aud", json!(format!("{APP_ID}0"))), "wrong_app"),
        (without("aud"), "wrong_app"),
        (with("iss", json!("https://facebook.com")), "token_invalid"),
        (with("iss", json!("https://www.facebook.com/")), "token_invalid"),
        (with("iss", json!("https://www.facebook.com.example.org")), "token_invalid"),
        (with("iss", json!("http://www.facebook.com")), "token_invalid"),
        (without("iss"), "token_invalid"),
        (with("exp", json!(now() - 1)), "token_expired"),
        (with("exp", json!(now() - 86400)), "token_expired"),
        (with("exp", json!("9999999999")), "token_invalid"),
        (without("exp"), "token_invalid"),
        (without("sub"), "token_invalid"),
        (with("sub", json!("")), "token_invalid"),
    ] {
        refused(app.facebook_signin(&key.token(&claims)).await, &[&format!("facebook_token:{expected}")]);
    }
    assert_eq!(app.rows().await, stored);
    app.facebook_signin(&key.token(&Graph::claims(ANN))).await.expect(200);
}

#[tokio::test]
async fn rule15_the_nonce_is_checked_where_given() {
    let (graph, app) = both().await;
    let key = Key::named("k1");
    graph.publish(&[&key]);
    let token = key.token(&Graph::claims(ANN));
    app.facebook_signup("ann@example.org", ANN, &token).await.expect(200);
    signin(&app, &token, "n-0S6_WzA2Mj").await.expect(200);
    refused(signin(&app, &token, "another").await, &["facebook_token:token_invalid"]);
    refused(signin(&app, &key.token(&without("nonce")), "n-0S6_WzA2Mj").await, &["facebook_token:token_invalid"]);
    // An access token cannot hold one: somebody who gives it believes in a check that nobody could make.
    graph.give("EAAann", ANN, "Ann");
    refused(signin(&app, "EAAann", "n-0S6_WzA2Mj").await, &["nonce:unexpected"]);
}

#[tokio::test]
async fn rule15_only_the_issuers_signature_counts() {
    let (graph, app) = both().await;
    let (key, stranger) = (Key::named("k1"), Key::named("k2"));
    graph.publish(&[&key]);
    let good = key.token(&Graph::claims(ANN));
    app.facebook_signup("ann@example.org", ANN, &good).await.expect(200);
    let stored = app.rows().await;
    let claims = Graph::claims(ANN);
    let [header, _, signature] = <[&str; 3]>::try_from(good.split('.').collect::<Vec<_>>()).unwrap();
    let other = key.token(&Graph::claims("1"));
    let payload = other.split('.').nth(1).unwrap();
    for (trick, token) in [
        ("signed by another key under the name of a good one", {
            stranger.token_with(&json!({ "alg": "RS256", "typ": "JWT", "kid": "k1" }), &claims)
        }),
        ("a key brought along", { stranger.token_with(&json!({ "alg": "RS256", "kid": "k1", "jwk": stranger.jwk() }), &claims) }),
        ("keys brought along", stranger.token_with(&json!({ "alg": "RS256", "kid": "k1", "jku": graph.url("/evil") }), &claims)),
        ("no name of a key", key.token_with(&json!({ "alg": "RS256" }), &claims)),
        ("no signature", key.unsigned_token(&claims)),
        ("RS256 without a signature", format!("{header}.{payload}.")),
        ("the signature of other claims", format!("{header}.{payload}.{signature}")),
        ("an HMAC with the public key", key.symmetric_token(&claims)),
        ("another algorithm's name", key.token_with(&json!({ "alg": "RS512", "kid": "k1" }), &claims)),
        ("lower case", key.token_with(&json!({ "alg": "rs256", "kid": "k1" }), &claims)),
        ("four parts", format!("{good}.{signature}")),
        ("not base64", format!("{header}.{payload}.%%%")),
        ("a signature cut short", good[..good.len() - 8].to_owned()),
    ] {
        let answer = app.facebook_signin(&token).await;
        assert_eq!(answer.fields(), ["facebook_token:token_invalid"], "{trick}: {}", answer.text);
    }
    assert_eq!(app.rows().await, stored);
    assert_eq!(graph.count("/evil"), 0);
}

#[tokio::test]
async fn rule13_the_address_in_an_id_token_opens_no_account() {
    let (graph, app) = both().await;
    let key = Key::named("k1");
    graph.publish(&[&key]);
    app.user("ann@example.org").await;
    let mut claims = Graph::claims(ANN);
    for verified in [json!(true), json!("true"), json!("false")] {
        claims["email_verified"] = verified;
        let token = key.token(&claims);
        app.facebook_signin(&token).await.problem(400, "no_account");
        let asked = app.facebook_signup("ann@example.org", ANN, &token).await.expect(200);
        assert_eq!(asked.json["challenge"]["fields"][0]["name"], "password", "the old credential is asked for");
    }
}
