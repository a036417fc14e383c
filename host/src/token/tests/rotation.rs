//! Keys come, sign, and go.

use std::time::Duration;

use super::{ALGORITHMS, HOUR, KEYS, START, TTL, issuer, ring, session, tokens};
use crate::{
    model::{Timestamp, key::Algorithm},
    random::SystemRandom,
    token::{KeyError, KeyRing, SecretKey, TokenError, UnknownKey, key},
};

fn published(ring: &KeyRing, now: Timestamp) -> Vec<String> {
    let set = ring.jwks(now);
    let keys = set["keys"].as_array().expect("an array");
    keys.iter().map(|key| key["kid"].as_str().expect("kid").to_owned()).collect()
}

fn signing(ring: &KeyRing, now: Timestamp) -> Option<String> {
    ring.signing(now).map(|key| key.kid().to_owned())
}

#[test]
fn the_next_key_is_published_before_it_signs_and_the_old_one_while_its_tokens_live() {
    let (announced, active) = (START.plus(HOUR), START.plus(HOUR * 2));
    let secret = SecretKey::generate(&SystemRandom);
    let old = key::generate(Algorithm::EdDsa, &secret, &SystemRandom, START, START).expect("a key");
    let next = key::generate(Algorithm::Es256, &secret, &SystemRandom, announced, active).expect("a key");
    let (a, b) = (old.kid.clone(), next.kid.clone());
    // The order of the rows does not matter.
    let ring = KeyRing::open(&[next, old], &secret, HOUR).expect("a ring");
    let moment = Duration::from_micros(1);

    assert_eq!((signing(&ring, START), published(&ring, START)), (Some(a.clone()), vec![a.clone(), b.clone()]));
    assert_eq!((signing(&ring, announced), published(&ring, announced)), (Some(a.clone()), vec![a.clone(), b.clone()]));
    assert_eq!(signing(&ring, active.minus(moment)), Some(a.clone()));
    assert_eq!((signing(&ring, active), published(&ring, active)), (Some(b.clone()), vec![a.clone(), b.clone()]));
    let gone = active.plus(HOUR);
    assert_eq!(published(&ring, gone.minus(moment)), [a, b.clone()]);
    assert_eq!((signing(&ring, gone), published(&ring, gone)), (Some(b.clone()), vec![b]));
}

#[test]
fn a_clock_set_back_behind_the_first_key_finds_it_and_its_users_too() {
    let ring = ring(Algorithm::EdDsa);
    let early = START.minus(HOUR);
    assert_eq!((signing(&ring, early), published(&ring, early)), (signing(&ring, START), published(&ring, START)));
    assert!(signing(&ring, early).is_some() && ring.is_early(early) && !ring.is_early(START));
}

#[test]
fn tokens_of_the_old_key_are_good_while_they_live_and_its_name_is_unknown_afterwards() {
    let active = START.plus(TTL / 2);
    let secret = SecretKey::generate(&SystemRandom);
    let old = key::generate(Algorithm::EdDsa, &secret, &SystemRandom, START, START).expect("a key");
    let next = key::generate(Algorithm::EdDsa, &secret, &SystemRandom, START, active).expect("a key");
    let ring = KeyRing::open(&[old, next], &secret, TTL).expect("a ring");
    let row = session(&ring);
    let (access, _) = tokens(&ring, &row);

    assert!(issuer().verify_access(&access, &ring, active, Duration::ZERO).is_ok());
    let late = issuer().verify_access(&access, &ring, active.plus(TTL), Duration::from_mins(1));
    assert_eq!(late, Err(TokenError::UnknownKey));
    assert_eq!(tokens(&ring, &row).0, access, "a retry after the change of keys still gets the same pair");
}

#[test]
fn a_key_of_a_gateway_whose_clock_is_ahead_verifies_already() {
    let ring = ring(Algorithm::EdDsa);
    let (access, _) = tokens(&ring, &session(&ring));
    let behind = START.minus(Duration::from_secs(5));
    assert!(issuer().verify_access(&access, &ring, behind, Duration::ZERO).is_ok());
}

#[test]
fn a_pair_needs_the_key_of_its_row() {
    let ring = ring(Algorithm::EdDsa);
    let mut row = session(&ring);
    row.kid = "another".to_owned();
    assert_eq!(issuer().pair(&ring, &row).err(), Some(UnknownKey("another".to_owned())));
}

#[test]
fn an_empty_ring_signs_and_publishes_nothing() {
    let ring = KeyRing::open(&[], &KEYS.0, HOUR).expect("a ring");
    assert_eq!((signing(&ring, START), published(&ring, START)), (None, vec![]));
}

#[test]
fn a_ring_with_another_secret_does_not_open() {
    let another = SecretKey::generate(&SystemRandom);
    for (index, algorithm) in ALGORITHMS.into_iter().enumerate() {
        let error = KeyRing::open(&KEYS.1[index..=index], &another, HOUR).err();
        assert_eq!(error, Some(KeyError::Sealed(KEYS.1[index].kid.clone())), "{algorithm:?}");
    }
}
