//! Tokens as others see them: read, checked against the published keys alone, and forged.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, jwk::JwkSet};
use serde_json::Value;

use crate::app::App;

fn part(token: &str, index: usize) -> Value {
    let text = token.split('.').nth(index).expect("three parts");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).expect("base64url")).expect("JSON")
}

/// The header, unchecked.
pub fn header(token: &str) -> Value {
    part(token, 0)
}

/// The claims, unchecked.
pub fn claims(token: &str) -> Value {
    part(token, 1)
}

/// The name of the key.
pub fn kid(token: &str) -> String {
    header(token)["kid"].as_str().expect("a kid").to_owned()
}

/// Writes a part of a token.
pub fn encode(part: &Value) -> String {
    URL_SAFE_NO_PAD.encode(part.to_string())
}

/// Signs with a key that nobody knows, by whatever name.
pub fn foreign(kid: &str, typ: &str, claims: &Value) -> String {
    let mut der = b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20".to_vec();
    der.extend([7; 32]);
    let mut header = Header::new(Algorithm::EdDSA);
    header.typ = Some(typ.to_owned());
    header.kid = Some(kid.to_owned());
    jsonwebtoken::encode(&header, claims, &EncodingKey::from_ed_der(&der)).expect("a token")
}

/// Signs with a symmetric key.
pub fn symmetric(kid: &str, typ: &str, claims: &Value, secret: &[u8]) -> String {
    let mut header = Header::new(Algorithm::HS256);
    header.typ = Some(typ.to_owned());
    header.kid = Some(kid.to_owned());
    jsonwebtoken::encode(&header, claims, &EncodingKey::from_secret(secret)).expect("a token")
}

impl App {
    /// The published keys.
    pub async fn jwks(&self) -> JwkSet {
        serde_json::from_value(self.get("/.well-known/jwks.json").await.expect(200).json).expect("a JWK Set")
    }

    /// The names of the published keys.
    pub async fn kids(&self) -> Vec<String> {
        self.jwks().await.keys.into_iter().map(|key| key.common.key_id.expect("a kid")).collect()
    }

    /// Verifies as a service would that knows the JWKS, the issuer and the audience, and nothing else.
    pub async fn verify(&self, token: &str) -> jsonwebtoken::errors::Result<Value> {
        let set = self.jwks().await;
        let jwk = set.find(&kid(token)).expect("a published key");
        let mut rules = Validation::new(Algorithm::EdDSA);
        rules.set_issuer(&["http://127.0.0.1:5000"]);
        rules.set_audience(&["vestibule"]);
        rules.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        Ok(jsonwebtoken::decode::<Value>(token, &DecodingKey::from_jwk(jwk)?, &rules)?.claims)
    }
}
