//! Signatures of the three algorithms. All are deterministic (Ed25519 by design, ECDSA by RFC 6979, RSA PKCS #1 v1.5 by
//! design), which the byte-identical retry of a refresh rests on. Keys are parsed once, not for every token.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::{Signature as EdSignature, SigningKey as EdSigningKey, VerifyingKey as EdVerifyingKey};
use p256::ecdsa::{Signature as EsSignature, SigningKey as EsSigningKey, VerifyingKey as EsVerifyingKey};
use rsa::{
    RsaPrivateKey,
    pkcs1v15::{Signature as RsSignature, SigningKey as RsSigningKey, VerifyingKey as RsVerifyingKey},
    pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _},
    rand_core::{CryptoRng, Error as RngError, RngCore},
    signature::{Keypair as _, RandomizedSigner as _, SignatureEncoding as _, Signer as _, Verifier as _},
    traits::PublicKeyParts as _,
};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::{
    model::{Secret, key::Algorithm},
    random::{Random, SystemRandom},
};

const RSA_BITS: usize = 2048;

/// Signs; cleared from memory when dropped.
pub(super) enum PrivateKey {
    EdDsa(EdSigningKey),
    Es256(EsSigningKey),
    Rs256(Box<RsSigningKey<Sha256>>),
}

/// Verifies.
pub(super) enum PublicKey {
    EdDsa(EdVerifyingKey),
    Es256(EsVerifyingKey),
    Rs256(Box<RsVerifyingKey<Sha256>>),
}

/// A private key that cannot be made, written or read (PKCS #8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BadPrivateKey;

impl PrivateKey {
    pub(super) fn generate(algorithm: Algorithm, random: &dyn Random) -> Result<Self, BadPrivateKey> {
        Ok(match algorithm {
            Algorithm::EdDsa => {
                let mut seed = zeroize::Zeroizing::new([0; 32]);
                random.fill(seed.as_mut());
                Self::EdDsa(EdSigningKey::from_bytes(&seed))
            }
            Algorithm::Es256 => Self::Es256(EsSigningKey::random(&mut Generator(random))),
            Algorithm::Rs256 => {
                let key = RsaPrivateKey::new(&mut Generator(random), RSA_BITS).map_err(|_| BadPrivateKey)?;
                Self::Rs256(Box::new(RsSigningKey::new(key)))
            }
        })
    }

    pub(super) fn from_pkcs8(algorithm: Algorithm, der: &[u8]) -> Result<Self, BadPrivateKey> {
        match algorithm {
            Algorithm::EdDsa => EdSigningKey::from_pkcs8_der(der).map(Self::EdDsa),
            Algorithm::Es256 => EsSigningKey::from_pkcs8_der(der).map(Self::Es256),
            Algorithm::Rs256 => RsSigningKey::from_pkcs8_der(der).map(Box::new).map(Self::Rs256),
        }
        .map_err(|_| BadPrivateKey)
    }

    pub(super) fn to_pkcs8(&self) -> Result<Secret<Vec<u8>>, BadPrivateKey> {
        let document = match self {
            Self::EdDsa(key) => key.to_pkcs8_der(),
            Self::Es256(key) => key.to_pkcs8_der(),
            Self::Rs256(key) => key.to_pkcs8_der(),
        };
        document.map(|document| Secret::new(document.as_bytes().to_vec())).map_err(|_| BadPrivateKey)
    }

    pub(super) fn public(&self) -> PublicKey {
        match self {
            Self::EdDsa(key) => PublicKey::EdDsa(key.verifying_key()),
            Self::Es256(key) => PublicKey::Es256(*key.verifying_key()),
            Self::Rs256(key) => PublicKey::Rs256(Box::new(key.verifying_key())),
        }
    }

    /// The signature as JWS writes it (RFC 7518, 3.4: `r || s` for ES256).
    pub(super) fn sign(&self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::EdDsa(key) => key.sign(message).to_bytes().to_vec(),
            Self::Es256(key) => {
                let signature: EsSignature = key.sign(message);
                signature.to_vec()
            }
            // Randomness blinds the computation against timing (RUSTSEC-2023-0071); the signature does not depend on it.
            Self::Rs256(key) => key.sign_with_rng(&mut Generator(&SystemRandom), message).to_vec(),
        }
    }
}

impl PublicKey {
    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::EdDsa(key) => EdSignature::from_slice(signature).is_ok_and(|signature| key.verify(message, &signature).is_ok()),
            Self::Es256(key) => EsSignature::from_slice(signature).is_ok_and(|signature| key.verify(message, &signature).is_ok()),
            Self::Rs256(key) => RsSignature::try_from(signature).is_ok_and(|signature| key.verify(message, &signature).is_ok()),
        }
    }

    /// The required members of the JWK (RFC 7518, 6; RFC 8037, 2), which are also those of its thumbprint.
    pub(super) fn jwk_members(&self) -> Value {
        match self {
            Self::EdDsa(key) => json!({ "kty": "OKP", "crv": "Ed25519", "x": base64url(key.as_bytes()) }),
            Self::Es256(key) => {
                let point = key.to_encoded_point(false);
                let (x, y) = (point.x().map(|x| base64url(x)), point.y().map(|y| base64url(y)));
                json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y })
            }
            Self::Rs256(key) => {
                let key: &rsa::RsaPublicKey = (**key).as_ref();
                json!({ "kty": "RSA", "n": base64url(&key.n().to_bytes_be()), "e": base64url(&key.e().to_bytes_be()) })
            }
        }
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey")
    }
}

fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Our source of randomness, as the `RustCrypto` crates ask for it.
struct Generator<'a>(&'a dyn Random);

impl RngCore for Generator<'_> {
    fn next_u32(&mut self) -> u32 {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes);
        u32::from_le_bytes(bytes)
    }

    fn next_u64(&mut self) -> u64 {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        self.0.fill(bytes);
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), RngError> {
        self.0.fill(bytes);
        Ok(())
    }
}

impl CryptoRng for Generator<'_> {}
