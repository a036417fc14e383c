//! Signing keys: made here, kept by the store with the private half sealed.

use jsonwebtoken::{
    DecodingKey, EncodingKey, Validation,
    jwk::{Jwk, PublicKeyUse, ThumbprintHash},
};
use serde_json::Value;

use super::{
    private::{self, BadPrivateKey},
    seal::{self, SecretKey},
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
    let der = private::generate(algorithm, random).map_err(|_| KeyError::NotMade(algorithm))?;
    let open = OpenKey::read(algorithm, der.as_bytes()).map_err(|_| KeyError::NotMade(algorithm))?;
    let sealed_private = seal::seal(&secret.derive(LABEL), open.kid.as_bytes(), der.as_bytes(), random);
    Ok(SigningKey { kid: open.kid, algorithm, public_jwk: open.public_jwk.to_string(), sealed_private, created_at, active_from })
}

/// A key that was opened, once for all its tokens: both halves, the rules for its tokens, and what is published of it.
pub(super) struct OpenKey {
    pub(super) signer: EncodingKey,
    pub(super) verifier: DecodingKey,
    pub(super) rules: Validation,
    pub(super) public_jwk: Value,
    kid: String,
}

impl OpenKey {
    fn read(algorithm: Algorithm, pkcs8: &[u8]) -> Result<Self, BadPrivateKey> {
        let signer = private::encoding_key(algorithm, pkcs8)?;
        let (mut jwk, kid) = identify(algorithm, &signer).map_err(|_| BadPrivateKey)?;
        let verifier = DecodingKey::from_jwk(&jwk).map_err(|_| BadPrivateKey)?;
        jwk.common.public_key_use = Some(PublicKeyUse::Signature);
        jwk.common.key_id = Some(kid.clone());
        let public_jwk = serde_json::to_value(&jwk).map_err(|_| BadPrivateKey)?;
        Ok(Self { signer, verifier, rules: rules(algorithm), public_jwk, kid })
    }
}

/// The public key and its name (RFC 7638).
fn identify(algorithm: Algorithm, key: &EncodingKey) -> jsonwebtoken::errors::Result<(Jwk, String)> {
    let jwk = Jwk::from_encoding_key(key, algorithm.into())?;
    let kid = jwk.thumbprint(ThumbprintHash::SHA256)?;
    Ok((jwk, kid))
}

/// The key's one algorithm, and nothing about claims: the crate would read the system's clock, while our time is a
/// parameter, and it takes lists for `iss` and `aud`, which must be ours alone.
fn rules(algorithm: Algorithm) -> Validation {
    let mut rules = Validation::new(algorithm.into());
    rules.required_spec_claims.clear();
    rules.validate_exp = false;
    rules.validate_nbf = false;
    rules.validate_aud = false;
    rules
}

impl From<Algorithm> for jsonwebtoken::Algorithm {
    fn from(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::EdDsa => Self::EdDSA,
            Algorithm::Es256 => Self::ES256,
            Algorithm::Rs256 => Self::RS256,
        }
    }
}

/// Opens a stored key. Everything public is derived from the sealed half again, so that a changed row in the store cannot
/// publish a foreign key.
pub(super) fn open(key: &SigningKey, secret: &SecretKey) -> Result<OpenKey, KeyError> {
    let der = seal::open(&secret.derive(LABEL), key.kid.as_bytes(), &key.sealed_private).map_err(|_| KeyError::Sealed(key.kid.clone()))?;
    let open = OpenKey::read(key.algorithm, der.expose()).map_err(|_| KeyError::Malformed(key.kid.clone()))?;
    let stored: Option<Value> = serde_json::from_str(&key.public_jwk).ok();
    if open.kid != key.kid || stored.as_ref() != Some(&open.public_jwk) {
        return Err(KeyError::Mismatch(key.kid.clone()));
    }
    Ok(open)
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

    use super::*;
    use crate::random::SystemRandom;

    const NOW: Timestamp = Timestamp::from_seconds(1_000);

    /// The private key of RFC 8037, appendix A.1.
    struct RfcKey;

    impl Random for RfcKey {
        fn fill(&self, buffer: &mut [u8]) {
            let key = URL_SAFE_NO_PAD.decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A").expect("base64url");
            buffer.copy_from_slice(&key[..buffer.len()]);
        }
    }

    #[test]
    fn thumbprints_are_those_of_the_rfcs() {
        let key = generate(Algorithm::EdDsa, &SecretKey::generate(&SystemRandom), &RfcKey, NOW, NOW).expect("a key");
        // RFC 8037, appendix A.2 and A.3.
        assert!(key.public_jwk.contains(r#""x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo""#), "{}", key.public_jwk);
        assert_eq!(key.kid, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
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
