//! Every trick that a token can play (security rule 11).

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

use super::{ALGORITHMS, HOUR, KEYS, START, TTL, issuer, ring, session, tokens};
use crate::{
    model::key::Algorithm,
    random::SystemRandom,
    token::{Issuer, KeyRing, SecretKey, TokenError, key},
};

fn access(token: &str, ring: &KeyRing) -> Option<TokenError> {
    issuer().verify_access(token, ring, START, Duration::ZERO).err()
}

fn encode(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn part(token: &str, index: usize) -> Value {
    let text = token.split('.').nth(index).expect("three parts");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).expect("base64url")).expect("JSON")
}

/// The token with header members set (or, with null, removed) and signed with the real key, which no forger has: what is
/// refused then is refused for its header alone.
fn with_header(ring: &KeyRing, token: &str, members: &Value) -> String {
    let mut header = part(token, 0);
    for (name, value) in members.as_object().expect("members") {
        header[name] = value.clone();
    }
    header.as_object_mut().expect("a header").retain(|_, value| !value.is_null());
    resign(ring, &encode(&header), token.split('.').nth(1).expect("claims"))
}

fn with_claims(ring: &KeyRing, token: &str, members: &Value) -> String {
    let mut claims = part(token, 1);
    for (name, value) in members.as_object().expect("members") {
        claims[name] = value.clone();
    }
    claims.as_object_mut().expect("claims").retain(|_, value| !value.is_null());
    resign(ring, token.split('.').next().expect("header"), &encode(&claims))
}

fn resign(ring: &KeyRing, header: &str, claims: &str) -> String {
    let message = format!("{header}.{claims}");
    let key = ring.signing(START).expect("a key");
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), key.signer(), key.algorithm().into()).expect("a signature");
    format!("{message}.{signature}")
}

#[test]
fn no_signature_and_symmetric_signatures_are_refused() {
    for algorithm in ALGORITHMS {
        let ring = ring(algorithm);
        let (good, _) = tokens(&ring, &session(&ring));
        let claims = good.split('.').nth(1).expect("claims");
        let kid = ring.signing(START).expect("a key").kid().to_owned();
        for alg in ["none", "None", "NONE", ""] {
            let header = encode(&json!({"typ": "at+jwt", "alg": alg, "kid": kid}));
            assert_eq!(access(&format!("{header}.{claims}."), &ring), Some(TokenError::BadSignature), "{alg}");
        }
        let header = encode(&json!({"typ": "at+jwt", "alg": "none"}));
        assert_eq!(access(&format!("{header}.{claims}."), &ring), Some(TokenError::Malformed));

        let jwk = ring.jwks(START)["keys"][0].clone();
        let raw = URL_SAFE_NO_PAD.decode(jwk["x"].as_str().or(jwk["n"].as_str()).expect("public")).expect("base64url");
        for secret in [jwk.to_string().into_bytes(), raw] {
            let header = encode(&json!({"typ": "at+jwt", "alg": "HS256", "kid": kid}));
            let message = format!("{header}.{claims}");
            let mut mac = Hmac::<Sha256>::new_from_slice(&secret).expect("any length");
            mac.update(message.as_bytes());
            let token = format!("{message}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()));
            assert_eq!(access(&token, &ring), Some(TokenError::BadSignature), "{algorithm:?}");
        }
    }
}

#[test]
fn the_key_fixes_the_algorithm() {
    for key in ALGORITHMS {
        let ring = ring(key);
        let (good, _) = tokens(&ring, &session(&ring));
        for named in ["EdDSA", "Ed25519", "ES256", "RS256", "PS256", "eddsa"].into_iter().filter(|alg| *alg != key.as_str()) {
            let token = with_header(&ring, &good, &json!({"alg": named}));
            assert_eq!(access(&token, &ring), Some(TokenError::BadSignature), "{key:?} {named}");
        }
    }
}

#[test]
fn a_token_cannot_bring_its_key_or_its_rules() {
    let ring = ring(Algorithm::EdDsa);
    let (good, _) = tokens(&ring, &session(&ring));
    assert_eq!(access(&with_header(&ring, &good, &json!({})), &ring), None, "the forger's tools themselves work");
    for members in [
        json!({"jwk": ring.jwks(START)["keys"][0]}),
        json!({"jku": "https://evil.example/jwks.json"}),
        json!({"x5u": "https://evil.example/cert.pem"}),
        json!({"x5c": ["MIIB"]}),
        json!({"crit": ["exp"]}),
        json!({"crit": []}),
        json!({"b64": false}),
        json!({"zip": "DEF"}),
        json!({"enc": "A128GCM"}),
        json!({"kid": null}),
        json!({"kid": 1}),
        json!({"typ": null}),
        json!({"alg": null}),
    ] {
        assert_eq!(access(&with_header(&ring, &good, &members), &ring), Some(TokenError::Malformed), "{members}");
    }
}

#[test]
fn a_member_that_is_null_is_a_member_and_a_list_is_no_header() {
    let ring = ring(Algorithm::EdDsa);
    let (good, _) = tokens(&ring, &session(&ring));
    let claims = good.split('.').nth(1).expect("claims");
    let kid = ring.signing(START).expect("a key").kid();
    let with = |header: Value| access(&resign(&ring, &encode(&header), claims), &ring);
    for name in ["jwk", "jku", "x5u", "x5c", "x5t", "x5t#S256", "cty", "crit", "enc", "zip", "url", "nonce", "other"] {
        let header = json!({"typ": "at+jwt", "alg": "EdDSA", "kid": kid, name: null});
        assert_eq!(with(header), Some(TokenError::Malformed), "{name}");
    }
    assert_eq!(with(json!(["at+jwt", "EdDSA", kid])), Some(TokenError::Malformed));
}

#[test]
fn only_our_own_keys_count() {
    let ring = ring(Algorithm::EdDsa);
    let (good, _) = tokens(&ring, &session(&ring));
    let secret = SecretKey::generate(&SystemRandom);
    let foreign = key::generate(Algorithm::EdDsa, &secret, &SystemRandom, START, START).expect("a key");
    let foreign = KeyRing::open(&[foreign], &secret, HOUR).expect("a ring");
    let (forged, _) = tokens(&foreign, &session(&foreign));

    assert_eq!(access(&forged, &ring), Some(TokenError::UnknownKey));
    for kid in ["", "../../secret.key", "' OR 1=1 --", "\u{0}"] {
        assert_eq!(access(&with_header(&ring, &good, &json!({"kid": kid})), &ring), Some(TokenError::UnknownKey), "{kid:?}");
    }
    let our_kid = ring.signing(START).expect("a key").kid().to_owned();
    let posing = with_header(&foreign, &forged, &json!({"kid": our_kid}));
    assert_eq!(access(&posing, &ring), Some(TokenError::BadSignature));
}

#[test]
fn types_do_not_stand_in_for_each_other() {
    let ring = ring(Algorithm::EdDsa);
    let (good, refresh) = tokens(&ring, &session(&ring));
    assert_eq!(access(&refresh, &ring), Some(TokenError::WrongType));
    let error = issuer().verify_refresh(&good, &ring, START, Duration::ZERO).err();
    assert_eq!(error, Some(TokenError::WrongType));
    for typ in ["JWT", "AT+JWT", "application/at+jwt", ""] {
        assert_eq!(access(&with_header(&ring, &good, &json!({"typ": typ})), &ring), Some(TokenError::WrongType), "{typ}");
    }
}

#[test]
fn time_is_the_callers_and_leeway_is_capped() {
    let ring = ring(Algorithm::EdDsa);
    let (good, refresh) = tokens(&ring, &session(&ring));
    let end = crate::model::Timestamp::from_seconds(START.plus(TTL).seconds());
    let moment = Duration::from_micros(1);
    let minute = Duration::from_mins(1);
    let at = |now, leeway| issuer().verify_access(&good, &ring, now, leeway).err();

    assert_eq!(at(end.minus(moment), Duration::ZERO), None);
    assert_eq!(at(end, Duration::ZERO), Some(TokenError::Expired));
    assert_eq!(at(end, minute), None);
    assert_eq!(at(end.plus(minute), HOUR), Some(TokenError::Expired), "an hour of leeway counts as a minute");
    assert_eq!(at(START.minus(HOUR), Duration::ZERO), Some(TokenError::NotYetValid));
    assert_eq!(issuer().verify_refresh(&refresh, &ring, START.plus(HOUR), Duration::ZERO).err(), Some(TokenError::Expired));
    for exp in [i64::MIN, -1, 0] {
        assert_eq!(access(&with_claims(&ring, &good, &json!({"exp": exp})), &ring), Some(TokenError::Expired), "{exp}");
    }
}

#[test]
fn issuer_and_audience_are_ours() {
    let ring = ring(Algorithm::EdDsa);
    let (good, refresh) = tokens(&ring, &session(&ring));
    for other in [
        Issuer { iss: "https://auth.example.org/".to_owned(), ..issuer() },
        Issuer { aud: "exampl".to_owned(), iss: "https://auth.example.com".to_owned(), ..issuer() },
    ] {
        assert_eq!(other.verify_access(&good, &ring, START, Duration::ZERO).err(), Some(TokenError::WrongAudience));
        assert_eq!(other.verify_refresh(&refresh, &ring, START, Duration::ZERO).err(), Some(TokenError::WrongAudience));
    }
    let other = Issuer { aud: "another".to_owned(), ..issuer() };
    assert_eq!(other.verify_access(&good, &ring, START, Duration::ZERO).err(), Some(TokenError::WrongAudience));
}

#[test]
fn claims_that_are_missing_or_of_another_type_are_malformed() {
    let ring = ring(Algorithm::EdDsa);
    let (good, _) = tokens(&ring, &session(&ring));
    for name in ["iss", "sub", "user_id", "aud", "exp", "iat", "jti", "sid", "roles", "amr"] {
        for value in [Value::Null, json!({}), json!([[]]), json!(1.5)] {
            let token = with_claims(&ring, &good, &json!({ name: value }));
            assert_eq!(access(&token, &ring), Some(TokenError::Malformed), "{name} {value}");
        }
    }
    for members in [json!({"sub": "43"}), json!({"sid": "7x"}), json!({"exp": "1900000000"}), json!({"aud": ["example", "other"]})] {
        assert_eq!(access(&with_claims(&ring, &good, &members), &ring), Some(TokenError::Malformed), "{members}");
    }
    let doubled = r#"{"typ":"at+jwt","alg":"EdDSA","kid":"a","kid":"b"}"#;
    let doubled = resign(&ring, &URL_SAFE_NO_PAD.encode(doubled), good.split('.').nth(1).expect("claims"));
    assert_eq!(access(&doubled, &ring), Some(TokenError::Malformed));
}

#[test]
fn every_changed_character_is_noticed() {
    let ring = ring(Algorithm::EdDsa);
    let (good, _) = tokens(&ring, &session(&ring));
    for position in 0..good.len() {
        let mut bytes = good.clone().into_bytes();
        bytes[position] = if bytes[position] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(bytes).expect("ASCII");
        assert!(access(&changed, &ring).is_some(), "{position}");
        assert!(access(&good[..position], &ring).is_some(), "cut to {position}");
    }
}

#[test]
fn garbage_is_malformed_and_large_garbage_is_not_even_read() {
    let ring = ring(Algorithm::EdDsa);
    let (good, _) = tokens(&ring, &session(&ring));
    let [header, claims, signature] = good.split('.').collect::<Vec<_>>()[..] else { panic!("three parts") };
    for token in [
        String::new(),
        ".".to_owned(),
        "..".to_owned(),
        "...".to_owned(),
        "Bearer".to_owned(),
        "ключ.ключ.ключ".to_owned(),
        "\u{0}.\u{0}.\u{0}".to_owned(),
        format!("{header}..{claims}.{signature}"),
        format!("{header}.{claims}..{signature}"),
        format!("{header}.{claims}.{signature}."),
        format!(".{good}"),
        format!(" {good}"),
        format!("{header}=.{claims}.{signature}"),
        format!("{header}.{claims}.{signature}="),
        format!("{header}.{claims}.{signature}\n"),
        format!("{}.{claims}.{signature}", URL_SAFE_NO_PAD.encode([0xff, 0xfe, 0xc0])),
        format!("{}.{claims}.{signature}", encode(&json!([[]]))),
        resign(&ring, header, &URL_SAFE_NO_PAD.encode([0xff, 0xfe, 0xc0])),
        resign(&ring, header, &URL_SAFE_NO_PAD.encode("[".repeat(4000))),
    ] {
        let error = access(&token, &ring).expect("refused");
        assert!(matches!(error, TokenError::Malformed | TokenError::BadSignature), "{token:?}: {error:?}");
    }
    assert_eq!(access(&"a".repeat(8 * 1024 + 1), &ring), Some(TokenError::TooLarge));
    assert_eq!(access(&".".repeat(10 * 1024 * 1024), &ring), Some(TokenError::TooLarge));
}

#[test]
fn a_ring_without_the_key_knows_nothing() {
    let ring = ring(Algorithm::EdDsa);
    let (good, _) = tokens(&ring, &session(&ring));
    let empty = KeyRing::open(&[], &KEYS.0, HOUR).expect("a ring");
    assert_eq!(access(&good, &empty), Some(TokenError::UnknownKey));
}
