//! The room as a whole: pairs made and read, keys rotated, forgeries refused.

use std::{sync::LazyLock, time::Duration};

use serde_json::{Map, json};

use super::{Issuer, KeyRing, SecretKey, key};
use crate::{
    model::{
        SessionId, Timestamp, UserId,
        key::{Algorithm, SigningKey},
        session::Session,
    },
    random::SystemRandom,
};

mod forgery;
mod rotation;

const ALGORITHMS: [Algorithm; 3] = [Algorithm::EdDsa, Algorithm::Es256, Algorithm::Rs256];
const START: Timestamp = Timestamp(1_700_000_000_900_000);
const TTL: Duration = Duration::from_mins(15);
const HOUR: Duration = Duration::from_hours(1);

/// RSA keys take long to make: one of each for all tests.
static KEYS: LazyLock<(SecretKey, Vec<SigningKey>)> = LazyLock::new(|| {
    let secret = SecretKey::generate(&SystemRandom);
    let keys = ALGORITHMS.map(|algorithm| key::generate(algorithm, &secret, &SystemRandom, START, START).expect("a key"));
    (secret, keys.into())
});

/// A ring with one key.
fn ring(algorithm: Algorithm) -> KeyRing {
    let stored: Vec<SigningKey> = KEYS.1.iter().filter(|key| key.algorithm == algorithm).cloned().collect();
    KeyRing::open(&stored, &KEYS.0, HOUR).expect("a ring")
}

fn issuer() -> Issuer {
    Issuer { iss: "https://auth.example.org".to_owned(), aud: "example".to_owned(), access_ttl: TTL }
}

fn session(ring: &KeyRing) -> Session {
    Session {
        id: SessionId(7),
        user: UserId(42),
        amr: vec!["simple".to_owned()],
        provider_digest: "00".repeat(32),
        counter: 3,
        roles: vec!["editor".to_owned()],
        ext: Map::new(),
        kid: ring.signing(START).expect("a key").kid().to_owned(),
        rotated_at: START,
        created_at: START,
        expires_at: START.plus(HOUR * 24),
        idle_expires_at: START.plus(HOUR),
        ended: None,
        address: "192.0.2.1".to_owned(),
        user_agent: "test".to_owned(),
    }
}

/// Access and refresh token.
fn tokens(ring: &KeyRing, session: &Session) -> (String, String) {
    let pair = issuer().pair(ring, session).expect("a pair");
    (pair.access_token.expose().clone(), pair.refresh_token.expose().clone())
}

#[test]
fn the_same_row_gives_the_same_bytes() {
    for algorithm in ALGORITHMS {
        let ring = ring(algorithm);
        let mut row = session(&ring);
        row.ext = Map::from_iter([("facebook".to_owned(), json!({"b": 1, "a": [1.5, null]}))]);
        let first = tokens(&ring, &row);
        let other_process = KeyRing::open(&KEYS.1, &KEYS.0, HOUR).expect("a ring");
        assert_eq!(tokens(&other_process, &row), first, "{algorithm:?}");

        row.counter += 1;
        let next = tokens(&ring, &row);
        assert!(next.0 != first.0 && next.1 != first.1, "{algorithm:?}: each rotation gives new tokens");
    }
}

#[test]
fn what_was_put_in_comes_out() {
    for algorithm in ALGORITHMS {
        let ring = ring(algorithm);
        let mut row = session(&ring);
        row.ext = Map::from_iter([("facebook".to_owned(), json!({"vip": true}))]);
        let (access, refresh) = tokens(&ring, &row);

        let claims = issuer().verify_access(&access, &ring, START, Duration::ZERO).expect("good");
        assert_eq!((claims.user, claims.session), (row.user, row.id));
        assert_eq!((claims.roles, claims.amr, claims.ext), (row.roles, row.amr, row.ext));
        assert_eq!(claims.issued_at.seconds(), START.seconds());
        assert_eq!(claims.expires_at.seconds(), START.plus(TTL).seconds());

        let claims = issuer().verify_refresh(&refresh, &ring, START, Duration::ZERO).expect("good");
        assert_eq!((claims.user, claims.session, claims.counter), (row.user, row.id, row.counter));
        assert_eq!(claims.expires_at.seconds(), row.idle_expires_at.seconds());
    }
}

#[test]
fn a_service_with_the_public_key_alone_can_read_access_tokens() {
    for algorithm in ALGORITHMS {
        let ring = ring(algorithm);
        let (access, refresh) = tokens(&ring, &session(&ring));
        let jwks: jsonwebtoken::jwk::JwkSet = serde_json::from_value(ring.jwks(START)).expect("a JWK Set");
        let header = jsonwebtoken::decode_header(&access).expect("a header");
        assert_eq!(header.typ.as_deref(), Some("at+jwt"));
        let jwk = jwks.find(header.kid.as_deref().expect("kid")).expect("published");
        let key = jsonwebtoken::DecodingKey::from_jwk(jwk).expect("a usable key");
        let mut rules = jsonwebtoken::Validation::new(algorithm.as_str().parse().expect("known"));
        rules.set_audience(&["example"]);
        rules.set_issuer(&["https://auth.example.org"]);
        rules.validate_exp = false;

        let claims = jsonwebtoken::decode::<serde_json::Value>(&access, &key, &rules).expect("good").claims;
        let (iat, exp) = (START.seconds(), START.plus(TTL).seconds());
        let expected = json!({
            "iss": "https://auth.example.org", "sub": "42", "user_id": 42, "aud": "example", "iat": iat, "exp": exp,
            "jti": "7.3.a", "sid": "7", "roles": ["editor"], "amr": ["simple"],
        });
        assert_eq!(claims, expected, "{algorithm:?}; ext is left out where it is empty");
        assert!(jsonwebtoken::decode::<serde_json::Value>(&refresh, &key, &rules).is_err(), "the audience keeps refresh tokens out");
    }
}

#[test]
fn jwks_says_what_each_key_is_for_and_nothing_private() {
    for algorithm in ALGORITHMS {
        let set = ring(algorithm).jwks(START);
        let jwk = set["keys"][0].as_object().expect("one key");
        assert_eq!((&jwk["use"], &jwk["alg"]), (&json!("sig"), &json!(algorithm.as_str())));
        let private = ["d", "p", "q", "dp", "dq", "qi", "k"];
        assert!(private.iter().all(|member| !jwk.contains_key(*member)), "{jwk:?}");
    }
}

#[test]
fn an_access_token_ends_with_its_session() {
    let ring = ring(Algorithm::EdDsa);
    let mut row = session(&ring);
    row.expires_at = START.plus(Duration::from_mins(1));
    let pair = issuer().pair(&ring, &row).expect("a pair");
    assert_eq!(pair.expires_in, 60);
    let claims = issuer().verify_access(pair.access_token.expose(), &ring, START, Duration::ZERO).expect("good");
    assert_eq!(claims.expires_at.seconds(), row.expires_at.seconds());
    let claims = issuer().verify_refresh(pair.refresh_token.expose(), &ring, START, Duration::ZERO).expect("good");
    assert_eq!(claims.expires_at.seconds(), row.expires_at.seconds(), "the absolute end wins over the idle one");
}

#[test]
fn nothing_secret_shows_in_debug() {
    let ring = ring(Algorithm::EdDsa);
    let row = session(&ring);
    let shown = format!("{:?}", issuer().pair(&ring, &row));
    assert!(!shown.contains("ey"), "{shown}");
}
