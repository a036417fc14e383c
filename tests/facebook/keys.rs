//! The keys that sign ID tokens: cached, fetched once at a time, looked for again now and then.

use std::time::Duration;

use futures_util::future::join_all;

use super::{
    Toml, both,
    graph::{Graph, key::Key, trouble::Trouble},
    later, refused,
};
use crate::app::write;
use crate::patience::eventually;

const ANN: &str = "10215241773831025";

#[tokio::test]
async fn rule16_keys_are_fetched_once_for_many() {
    let (graph, app) = both().await;
    let key = Key::named("k1");
    graph.publish(&[&key]);
    let token = key.token(&Graph::claims(ANN));
    // Late enough for all twenty to be waiting when the keys come.
    graph.trouble("/jwks", Trouble::Late(Duration::from_secs(1)));
    for answer in join_all((0..20).map(|_| app.facebook_signin(&token))).await {
        answer.problem(400, "no_account");
    }
    assert_eq!(graph.count("/jwks"), 1);
    for _ in 0..3 {
        app.facebook_signin(&token).await.problem(400, "no_account");
    }
    assert_eq!(graph.count("/jwks"), 1);
}

#[tokio::test]
async fn rule16_unknown_keys_cause_no_flood() {
    let (graph, app) = both().await;
    let key = Key::named("k1");
    graph.publish(&[&key]);
    let stranger = Key::named("k2");
    let claims = Graph::claims(ANN);
    let tokens: Vec<_> =
        (0..20).map(|n| stranger.token_with(&serde_json::json!({ "alg": "RS256", "kid": format!("made-up-{n}") }), &claims)).collect();
    for answer in join_all(tokens.iter().map(|token| app.facebook_signin(token))).await {
        refused(answer, &["facebook_token:token_invalid"]);
    }
    app.facebook_signin(&key.token(&claims)).await.problem(400, "no_account");
    assert_eq!(graph.count("/jwks"), 1);
}

/// Waits for a clock, as the next: the cool-down is a minute by the gateway's own. Others run meanwhile.
#[tokio::test]
async fn rule16_a_rotated_key_is_found_after_the_cool_down() {
    let (graph, app) = both().await;
    let (old, new) = (Key::named("k1"), Key::named("k2"));
    graph.publish(&[&old]);
    app.facebook_signin(&old.token(&Graph::claims(ANN))).await.problem(400, "no_account");
    graph.publish(&[&new]);
    let token = new.token(&Graph::claims(ANN));
    refused(app.facebook_signin(&token).await, &["facebook_token:token_invalid"]);
    tokio::time::sleep(Duration::from_secs(62)).await;
    for answer in join_all((0..20).map(|_| app.facebook_signin(&token))).await {
        answer.problem(400, "no_account");
    }
    assert_eq!(graph.count("/jwks"), 2);
}

/// Somebody with a made-up token must not be able to make the gateway forget the keys that it has.
#[tokio::test]
async fn rule16_good_keys_outlive_an_outage() {
    let (graph, app) = both().await;
    let (key, stranger) = (Key::named("k1"), Key::named("k2"));
    graph.publish(&[&key]);
    let good = key.token(&Graph::claims(ANN));
    app.facebook_signin(&good).await.problem(400, "no_account");
    graph.trouble("/jwks", Trouble::status(500));
    tokio::time::sleep(Duration::from_secs(62)).await;
    let forged = stranger.token(&Graph::claims(ANN));
    for _ in 0..5 {
        assert_ne!(app.facebook_signin(&forged).await.status, 200);
    }
    app.facebook_signin(&good).await.problem(400, "no_account");
    assert!(graph.count("/jwks") <= 2, "{} fetches within the cool-down", graph.count("/jwks"));
}

#[tokio::test]
async fn rule16_trouble_with_the_keys_is_not_kept() {
    let (graph, app) = both().await;
    let key = Key::named("k1");
    graph.publish(&[&key]);
    let token = key.token(&Graph::claims(ANN));
    for trouble in [
        Trouble::status(500),
        Trouble::status(404),
        Trouble::Reset,
        Trouble::Half,
        Trouble::redirect(&graph.url("/elsewhere")),
        Trouble::Giant { announced: None },
    ] {
        graph.trouble("/jwks", trouble.clone());
        let answer = app.facebook_signin(&token).await;
        assert_eq!(answer.status, 503, "{trouble:?}: {}", answer.text);
        later(answer, "upstream_unavailable");
    }
    graph.heal();
    app.facebook_signin(&token).await.problem(400, "no_account");
    assert_eq!(graph.count("/elsewhere"), 0);
}

#[tokio::test]
async fn rule16_strange_keys_are_facebooks_trouble_and_never_a_crash() {
    for body in ["", "{", "[]", "{}", r#"{"keys":7}"#, r#"{"keys":[7,null,{}]}"#, r#"{"keys":[{"kid":"k1","kty":"RSA"}]}"#] {
        let (graph, app) = both().await;
        graph.trouble("/jwks", Trouble::body(body));
        let answer = app.facebook_signin(&Key::named("k1").token(&Graph::claims(ANN))).await;
        assert!([400, 503].contains(&answer.status.as_u16()), "{body}: {}", answer.text);
        assert!(!app.log().contains("broke down"), "{}", app.log());
    }
}

#[tokio::test]
async fn rule16_other_grants_begin_with_no_keys() {
    let (graph, app) = both().await;
    let key = Key::named("k1");
    graph.publish(&[&key]);
    let token = key.token(&Graph::claims(ANN));
    app.facebook_signin(&token).await.problem(400, "no_account");
    // The operator points it elsewhere; what the first place said counts no more.
    let other = Graph::start().await;
    other.publish(&[&Key::named("k2")]);
    write(&app.plugins().join("facebook.toml"), Toml::of(&other).text().as_bytes());
    let mut answer = app.facebook_signin(&token).await;
    for _ in 0..100 {
        if answer.json["code"] == "invalid_fields" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        answer = app.facebook_signin(&token).await;
    }
    refused(answer, &["facebook_token:token_invalid"]);
    eventually("a look at the new keys", || (other.count("/jwks") > 0).then_some(())).await;
}
