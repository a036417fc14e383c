//! The gateway's published keys (RFC 7517), each with the one algorithm that it signs by.

use std::collections::HashMap;

use jsonwebtoken::{
    Algorithm, DecodingKey, Validation,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse},
};
use serde::Deserialize;
use serde_json::Value;

/// Shorter RSA keys are broken in reach of a budget: 2048 bits, as base64url.
const SHORTEST_MODULUS: usize = 342;

/// A key that tokens can be checked with.
pub(super) struct Key {
    /// As tokens write it.
    pub(super) algorithm: &'static str,
    pub(super) verifier: DecodingKey,
    /// The key's one algorithm, and nothing about claims, which are checked by hand.
    pub(super) rules: Validation,
}

/// The keys by name.
#[derive(Default)]
pub(super) struct KeySet(pub(super) HashMap<String, Key>);

#[derive(Deserialize)]
struct Document {
    keys: Vec<Value>,
}

impl KeySet {
    /// Reads the document. Keys of a kind that is not known here are passed over (RFC 7517, 5), so that the gateway can
    /// publish new kinds.
    pub(super) fn read(document: &[u8]) -> Result<Self, serde_json::Error> {
        let Document { keys } = serde_json::from_slice(document)?;
        let keys = keys.into_iter().filter_map(|value| serde_json::from_value::<Jwk>(value).ok());
        Ok(Self(keys.filter_map(|jwk| Some((jwk.common.key_id.clone()?, Key::read(&jwk)?))).collect()))
    }
}

impl Key {
    fn read(jwk: &Jwk) -> Option<Self> {
        let (algorithm, name, named) = match &jwk.algorithm {
            AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => {
                (Algorithm::EdDSA, "EdDSA", KeyAlgorithm::EdDSA)
            }
            AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => (Algorithm::ES256, "ES256", KeyAlgorithm::ES256),
            AlgorithmParameters::RSA(key) if key.n.len() >= SHORTEST_MODULUS => (Algorithm::RS256, "RS256", KeyAlgorithm::RS256),
            _ => return None,
        };
        let signs = jwk.common.public_key_use.as_ref().is_none_or(|usage| *usage == PublicKeyUse::Signature);
        let agrees = jwk.common.key_algorithm.is_none_or(|algorithm| algorithm == named);
        let verifier = DecodingKey::from_jwk(jwk).ok().filter(|_| signs && agrees)?;
        Some(Self { algorithm: name, verifier, rules: rules(algorithm) })
    }
}

fn rules(algorithm: Algorithm) -> Validation {
    let mut rules = Validation::new(algorithm);
    rules.required_spec_claims.clear();
    rules.validate_exp = false;
    rules.validate_nbf = false;
    rules.validate_aud = false;
    rules
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// RFC 8037, appendix A.2.
    const X: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

    fn names(keys: &Value) -> Vec<String> {
        let mut names: Vec<_> = KeySet::read(json!({ "keys": keys }).to_string().as_bytes()).expect("a document").0.into_keys().collect();
        names.sort();
        names
    }

    #[test]
    fn takes_signing_keys_of_its_three_kinds_alone() {
        let keys = json!([
            { "kid": "plain", "kty": "OKP", "crv": "Ed25519", "x": X },
            { "kid": "full", "kty": "OKP", "crv": "Ed25519", "x": X, "use": "sig", "alg": "EdDSA" },
            { "kid": "for secrets", "kty": "OKP", "crv": "Ed25519", "x": X, "use": "enc" },
            { "kid": "contradictory", "kty": "OKP", "crv": "Ed25519", "x": X, "alg": "HS256" },
            { "kid": "symmetric", "kty": "oct", "k": "c2VjcmV0" },
            { "kid": "short", "kty": "RSA", "n": "AQAB", "e": "AQAB" },
            { "kid": "of tomorrow", "kty": "PQ" },
            { "kty": "OKP", "crv": "Ed25519", "x": X },
            7
        ]);
        assert_eq!(names(&keys), ["full", "plain"]);
    }

    #[test]
    fn refuses_what_is_no_key_set() {
        for text in ["", "[]", "{}", "{\"keys\": {}}", "<html>"] {
            assert!(KeySet::read(text.as_bytes()).is_err(), "{text}");
        }
    }
}
