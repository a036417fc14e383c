use futures_util::future::join_all;
use vestibule::model::{
    Timestamp,
    key::{Algorithm, SigningKey},
};

use super::{
    place::Place,
    samples::{NOW, at},
};

fn key(kid: &str, algorithm: Algorithm, active_from: Timestamp) -> SigningKey {
    SigningKey {
        kid: kid.into(),
        algorithm,
        public_jwk: format!(r#"{{"kid":"{kid}"}}"#),
        sealed_private: vec![0, 159, 146, 150],
        created_at: NOW,
        active_from,
    }
}

pub(super) async fn ordered_by_activity(place: &impl Place) {
    let store = place.open().await;
    assert_eq!(store.signing_keys().await.unwrap(), []);
    let first = key("z", Algorithm::EdDsa, at(0));
    let keys = [first.clone(), key("b", Algorithm::Es256, at(50)), key("a", Algorithm::Rs256, at(100))];
    assert!(store.add_first_signing_key(&first).await.unwrap());
    store.add_signing_key(&keys[2]).await.unwrap();
    store.add_signing_key(&keys[1]).await.unwrap();
    assert_eq!(store.signing_keys().await.unwrap(), keys);
}

pub(super) async fn one_first_key_in_a_race(place: &impl Place) {
    let gateways = [place.open().await, place.open().await];
    let keys: Vec<_> = (0..20).map(|n| key(&format!("k{n}"), Algorithm::EdDsa, NOW)).collect();
    let made = join_all(keys.iter().zip(gateways.iter().cycle()).map(|(key, store)| store.add_first_signing_key(key))).await;
    assert_eq!(made.into_iter().filter(|made| *made.as_ref().unwrap()).count(), 1);
    assert_eq!(gateways[0].signing_keys().await.unwrap().len(), 1);
}

pub(super) async fn purged_when_replaced(place: &impl Place) {
    let store = place.open().await;
    for (kid, active_from) in [("a", 0), ("b", 100), ("c", 200)] {
        store.add_signing_key(&key(kid, Algorithm::EdDsa, at(active_from))).await.unwrap();
    }
    assert_eq!(store.purge_signing_keys(at(100)).await.unwrap(), 0, "a was replaced at that time, not before it");
    assert_eq!(store.purge_signing_keys(at(101)).await.unwrap(), 1);
    assert_eq!(store.purge_signing_keys(at(9999)).await.unwrap(), 1);
    let left: Vec<_> = store.signing_keys().await.unwrap().into_iter().map(|key| key.kid).collect();
    assert_eq!(left, ["c"], "the one that signs stays");
    assert!(!store.add_first_signing_key(&key("d", Algorithm::EdDsa, NOW)).await.unwrap());
}
