//! Signing keys: made here, kept by the store with the private half sealed.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::{
    seal::{self, SecretKey},
    signature::{PrivateKey, PublicKey},
};
use crate::{
    model::{
        Timestamp,
        key::{Algorithm, SigningKey},
    },
    random::Random,
};

/// Names the sub-key that seals private keys.
const LABEL: &str = "signing keys";

/// Why a signing key cannot be made or used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The generator gave no usable key.
    #[error("no {algorithm} key could be made", algorithm = .0.as_str())]
    NotMade(Algorithm),
    /// Sealed with another secret key, or changed in the store.
    #[error("signing key {0} does not open with the secret key: restore the secret key that it was made with")]
    Sealed(String),
    /// What was sealed is not a private key of that algorithm.
    #[error("signing key {0}: the private key is malformed")]
    Malformed(String),
    /// Name or public key do not belong to the private key: somebody changed the store.
    #[error("signing key {0}: name or public key do not belong to the private key")]
    Mismatch(String),
}

/// Makes a key, published from `created_at` on and signing from `active_from` on. RSA takes up to seconds: keep it off
/// the request path.
///
/// # Errors
/// [`KeyError::NotMade`].
pub fn generate(
    algorithm: Algorithm,
    secret: &SecretKey,
    random: &dyn Random,
    created_at: Timestamp,
    active_from: Timestamp,
) -> Result<SigningKey, KeyError> {
    let private = PrivateKey::generate(algorithm, random).map_err(|_| KeyError::NotMade(algorithm))?;
    let der = private.to_pkcs8().map_err(|_| KeyError::NotMade(algorithm))?;
    let (kid, public_jwk) = identify(algorithm, &private.public());
    let sealed_private = seal::seal(&secret.derive(LABEL), kid.as_bytes(), der.expose(), random);
    Ok(SigningKey { kid, algorithm, public_jwk: Value::Object(public_jwk).to_string(), sealed_private, created_at, active_from })
}

/// A key that was opened: both halves, and what is published of it.
pub(super) struct OpenKey {
    pub(super) private: PrivateKey,
    pub(super) public: PublicKey,
    pub(super) public_jwk: Value,
}

/// Opens a stored key. Everything public is derived from the sealed half again, so that a changed row in the store cannot
/// publish a foreign key.
pub(super) fn open(key: &SigningKey, secret: &SecretKey) -> Result<OpenKey, KeyError> {
    let der = seal::open(&secret.derive(LABEL), key.kid.as_bytes(), &key.sealed_private).map_err(|_| KeyError::Sealed(key.kid.clone()))?;
    let private = PrivateKey::from_pkcs8(key.algorithm, der.expose()).map_err(|_| KeyError::Malformed(key.kid.clone()))?;
    let public = private.public();
    let (kid, jwk) = identify(key.algorithm, &public);
    let public_jwk = Value::Object(jwk);
    let stored: Option<Value> = serde_json::from_str(&key.public_jwk).ok();
    if kid != key.kid || stored.as_ref() != Some(&public_jwk) {
        return Err(KeyError::Mismatch(key.kid.clone()));
    }
    Ok(OpenKey { private, public, public_jwk })
}

/// The key's name and its JWK.
fn identify(algorithm: Algorithm, public: &PublicKey) -> (String, Map<String, Value>) {
    let mut jwk = match public.jwk_members() {
        Value::Object(members) => members,
        _ => Map::new(),
    };
    let kid = thumbprint(&jwk);
    jwk.insert("use".to_owned(), "sig".into());
    jwk.insert("alg".to_owned(), algorithm.as_str().into());
    jwk.insert("kid".to_owned(), kid.clone().into());
    (kid, jwk)
}

/// RFC 7638: SHA-256 of the required members in the order of their names, without white space.
fn thumbprint(members: &Map<String, Value>) -> String {
    let sorted: std::collections::BTreeMap<&str, &str> =
        members.iter().filter_map(|(name, value)| Some((name.as_str(), value.as_str()?))).collect();
    let canonical: Vec<String> = sorted.iter().map(|(name, value)| format!("\"{name}\":\"{value}\"")).collect();
    URL_SAFE_NO_PAD.encode(Sha256::digest(format!("{{{}}}", canonical.join(","))))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::random::SystemRandom;

    const NOW: Timestamp = Timestamp::from_seconds(1_000);

    fn members(jwk: Value) -> Map<String, Value> {
        let Value::Object(members) = jwk else { panic!("an object") };
        members
    }

    #[test]
    fn thumbprints_are_those_of_the_rfcs() {
        // RFC 8037, appendix A.3.
        let ed = json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});
        assert_eq!(thumbprint(&members(ed)), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    #[test]
    fn a_key_opens_with_its_secret_only() {
        let secret = SecretKey::generate(&SystemRandom);
        let key = generate(Algorithm::EdDsa, &secret, &SystemRandom, NOW, NOW).expect("a key");
        assert!(open(&key, &secret).is_ok());
        let error = open(&key, &SecretKey::generate(&SystemRandom)).err();
        assert_eq!(error, Some(KeyError::Sealed(key.kid.clone())));
    }

    #[test]
    fn a_row_with_a_foreign_public_key_or_algorithm_is_refused() {
        let secret = SecretKey::generate(&SystemRandom);
        let key = generate(Algorithm::Es256, &secret, &SystemRandom, NOW, NOW).expect("a key");
        let foreign = generate(Algorithm::Es256, &secret, &SystemRandom, NOW, NOW).expect("a key");

        let published = SigningKey { public_jwk: foreign.public_jwk.clone(), ..key.clone() };
        assert_eq!(open(&published, &secret).err(), Some(KeyError::Mismatch(key.kid.clone())));
        let renamed = SigningKey { kid: foreign.kid.clone(), public_jwk: foreign.public_jwk, ..key.clone() };
        assert_eq!(open(&renamed, &secret).err(), Some(KeyError::Sealed(foreign.kid)));
        let other = SigningKey { algorithm: Algorithm::EdDsa, ..key.clone() };
        assert_eq!(open(&other, &secret).err(), Some(KeyError::Malformed(key.kid)));
    }
}
