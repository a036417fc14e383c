use super::*;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use vestibule_plugin::Step;

const KEYS: &str = r#"{"keys":[{"kid":"k1","kty":"RSA","n":"k1","e":"AQAB"}]}"#;
const CLAIMS: &str = r#"{"iss":"https://www.facebook.com","aud":"123","exp":1700000060,"sub":"77","name":"Ann","nonce":"n1"}"#;

fn token(header: &str, claims: &str, signature: &str) -> String {
    [header, claims, signature].map(|part| URL_SAFE_NO_PAD.encode(part)).join(".")
}

fn good(claims: &str) -> String {
    token(r#"{"alg":"RS256","kid":"k1","typ":"JWT"}"#, claims, "k1")
}

fn refused(token: &str, answers: impl IntoIterator<Item = Result<Response, FetchError>>) -> String {
    let world = World::answering(answers);
    let refusal = signin(&world, token).expect_err("refused");
    assert!(world.answers.borrow().is_empty(), "every answer was asked for");
    name(&refusal)
}

#[test]
fn a_good_token_needs_one_look_at_the_keys() {
    let world = World::answering([ok(KEYS)]);
    let Ok(Step::Verified(facts)) = signup(&world, "77", &good(CLAIMS)) else { panic!("no facts") };
    assert_eq!((facts.subject.as_str(), facts.email.as_deref(), facts.email_verified), ("77", Some("ann@example.org"), false));
    let request = &world.requests.borrow()[0];
    assert_eq!((request.url.as_str(), request.max_age), ("https://limited.facebook.com/.well-known/oauth/openid/jwks/", 3600));
}

#[test]
fn an_unknown_key_is_looked_for_once_more_with_a_cool_down() {
    let rotated = KEYS.replace("k1", "k2");
    let world = World::answering([ok(&rotated), ok(KEYS)]);
    assert!(signin(&world, &good(CLAIMS)).is_ok());
    let ages: Vec<u32> = world.requests.borrow().iter().map(|request| request.max_age).collect();
    assert_eq!(ages, [3600, 60]);
    assert_eq!(refused(&good(CLAIMS), [ok(&rotated), ok(&rotated)]), "facebook_token token_invalid");
}

#[test]
fn claims_are_checked_exactly() {
    for (from, to, expected) in [
        ("https://www.facebook.com", "https://facebook.com", "token_invalid"),
        ("https://www.facebook.com", "https://www.facebook.com/", "token_invalid"),
        (r#""aud":"123""#, r#""aud":"124""#, "wrong_app"),
        (r#""aud":"123","#, "", "wrong_app"),
        ("1700000060", "1700000000", "token_expired"),
        (r#""exp":1700000060,"#, "", "token_invalid"),
        (r#""sub":"77""#, r#""sub":"""#, "token_invalid"),
    ] {
        assert_eq!(refused(&good(&CLAIMS.replace(from, to)), [ok(KEYS)]), format!("facebook_token {expected}"), "{to}");
    }
}

#[test]
fn a_forged_token_is_refused_before_its_claims_are_believed() {
    let header = r#"{"alg":"RS256","kid":"k1"}"#;
    assert_eq!(refused(&token(header, CLAIMS, "other"), [ok(KEYS)]), "facebook_token token_invalid");
    assert_eq!(refused(&format!("{}.{}.", "eyJhbGciOiJSUzI1NiIsImtpZCI6ImsxIn0", "e30"), [ok(KEYS)]), "facebook_token token_invalid");
    for header in [r#"{"alg":"none","kid":"k1"}"#, r#"{"alg":"HS256","kid":"k1"}"#, r#"{"alg":"RS256"}"#] {
        assert_eq!(refused(&token(header, CLAIMS, "k1"), []), "facebook_token token_invalid", "{header}");
    }
}

#[test]
fn the_nonce_must_be_the_one_of_the_request() {
    let with = |nonce: &str| {
        let token = good(CLAIMS);
        crate::signin(&World::answering([ok(KEYS)]), &Input::from([("facebook_token", token.as_str()), ("nonce", nonce)]))
    };
    assert!(with("n1").is_ok());
    assert_eq!(name(&with("n2").expect_err("refused")), "facebook_token token_invalid");
}

#[test]
fn keys_that_cannot_be_had_are_not_the_callers_mistake() {
    for answer in [status(500, ""), ok("<html>"), ok("{}"), Err(FetchError::TooLarge), ok(r#"{"keys":[{"kid":"k1","kty":"RSA"}]}"#)] {
        assert_eq!(refused(&good(CLAIMS), [answer]), "upstream");
    }
}

#[test]
fn what_only_looks_like_a_jwt_goes_to_graph() {
    for token in ["a.b.c", "EAAB.x", "a.b.c.d"] {
        assert_eq!(refused(token, [Err(FetchError::TooLarge)]), "upstream", "{token}");
    }
}
