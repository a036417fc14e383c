//! The gateway's keys: fetched when needed, and not too often.

use futures_util::future::join_all;

use crate::{
    database::Database,
    gateway::Key,
    place::{Place, eventually},
};

const TYPE: &str = "identity+jwt";

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_fetched_once_for_many_requests() {
    let place = Place::furnished(Database::sqlite()).await;
    assert_eq!(place.gateway.fetches(), 0, "it starts before the gateway does");
    let word = place.gateway.word(1);
    for answer in join_all((0..20).map(|_| place.get_with("/shop/me", &word))).await {
        answer.expect(200);
    }
    assert_eq!(place.gateway.fetches(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn made_up_keys_do_not_make_it_ask_again_and_again() {
    let place = Place::furnished(Database::sqlite()).await;
    place.get_with("/shop/me", &place.gateway.word(1)).await.expect(200);
    let forged: Vec<String> = (0..30).map(|n| Key::ed25519(&format!("made up {n}")).sign(TYPE, &place.gateway.claims(1))).collect();
    for answer in join_all(forged.iter().map(|token| place.get_with("/shop/me", token))).await {
        answer.problem(401, "identity_unknown_key");
    }
    assert!(place.gateway.fetches() <= 2, "{}", place.gateway.fetches());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_key_is_found_and_an_old_one_forgotten() {
    let place = Place::furnished(Database::sqlite()).await;
    let old = place.gateway.word(1);
    place.get_with("/shop/me", &old).await.expect(200);
    let new = Key::p256("second");
    place.gateway.publish(&[&new]);
    let token = new.sign(TYPE, &place.gateway.claims(1));
    eventually("the new key", async || place.get_with("/shop/me", &token).await.status == 200).await;
    place.get_with("/shop/me", &old).await.problem(401, "identity_unknown_key");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_keys_nobody_can_tell_and_with_old_ones_it_goes_on() {
    let place = Place::furnished(Database::sqlite()).await;
    place.gateway.set_down(true);
    let word = place.gateway.word(1);
    for answer in join_all((0..10).map(|_| place.get_with("/shop/me", &word))).await {
        answer.problem(503, "keys_unavailable");
    }
    assert_eq!(place.gateway.fetches(), 1, "one asks, the others are told");
    let health = place.get("/health/ready").await.expect(200);
    assert_eq!(health.json["status"], "degraded");
    place.get("/shop/me").await.problem(401, "identity_missing");

    place.gateway.set_down(false);
    eventually("the keys", async || place.get_with("/shop/me", &word).await.status == 200).await;
    assert_eq!(place.get("/health/ready").await.expect(200).json["status"], "ok");

    place.gateway.set_down(true);
    place.get_with("/shop/me", &word).await.expect(200);
    // A name that may be the gateway's newest key is not called a forgery while nobody can ask.
    let unknown = Key::ed25519("new").sign(TYPE, &place.gateway.claims(1));
    eventually("the doubt", async || place.get_with("/shop/me", &unknown).await.status == 503).await;
    place.get_with("/shop/me", &word).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_may_be_at_another_address_than_the_issuer() {
    // The public address leads nowhere from here; the inner one does.
    let elsewhere = crate::gateway::Gateway::start().await;
    let jwks = format!("{}/.well-known/jwks.json", elsewhere.base);
    let settings = [("SHOP_GATEWAY", "https://id.example.org/"), ("SHOP_JWKS_URL", jwks.as_str()), ("SHOP_AUDIENCE", "books")];
    let place = Place::with(Database::sqlite(), &settings).await;
    let mut claims = elsewhere.claims(5);
    claims["iss"] = "https://id.example.org".into();
    claims["aud"] = "books".into();
    place.get_with("/shop/me", &elsewhere.key.sign(TYPE, &claims)).await.expect(200);
    place.get_with("/shop/me", &elsewhere.word(5)).await.problem(401, "identity_wrong_issuer");
}
