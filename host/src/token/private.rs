//! Private keys as PKCS #8 DER: made here, since `jsonwebtoken` makes none, and handed to it in the forms that it takes.

use jsonwebtoken::EncodingKey;
use rsa::{
    RsaPrivateKey,
    pkcs8::{EncodePrivateKey as _, PrivateKeyInfo, SecretDocument},
    rand_core::{CryptoRng, Error as RngError, RngCore},
};
use zeroize::Zeroize as _;

use crate::{model::key::Algorithm, random::Random};

const RSA_BITS: usize = 2048;

/// A private key that cannot be made, or is not one of that algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BadPrivateKey;

/// Makes a key. The document clears itself when dropped.
pub(super) fn generate(algorithm: Algorithm, random: &dyn Random) -> Result<SecretDocument, BadPrivateKey> {
    let document = match algorithm {
        Algorithm::EdDsa => return generate_ed25519(random),
        Algorithm::Es256 => p256::SecretKey::random(&mut Generator(random)).to_pkcs8_der(),
        Algorithm::Rs256 => RsaPrivateKey::new(&mut Generator(random), RSA_BITS).map_err(|_| BadPrivateKey)?.to_pkcs8_der(),
    };
    document.map_err(|_| BadPrivateKey)
}

/// Without the public half (RFC 8410, 7): `jsonwebtoken` knows a private Ed25519 key by this form's 48 bytes.
fn generate_ed25519(random: &dyn Random) -> Result<SecretDocument, BadPrivateKey> {
    let mut key = ed25519_dalek::pkcs8::KeypairBytes { secret_key: [0; 32], public_key: None };
    random.fill(&mut key.secret_key);
    let document = key.to_pkcs8_der();
    key.secret_key.zeroize();
    document.map_err(|_| BadPrivateKey)
}

/// The key as `jsonwebtoken` signs with it: PKCS #8 for the curves, the PKCS #1 inside of it for RSA. What is in there is
/// not looked at yet.
pub(super) fn encoding_key(algorithm: Algorithm, pkcs8: &[u8]) -> Result<EncodingKey, BadPrivateKey> {
    Ok(match algorithm {
        Algorithm::EdDsa => EncodingKey::from_ed_der(pkcs8),
        Algorithm::Es256 => EncodingKey::from_ec_der(pkcs8),
        Algorithm::Rs256 => EncodingKey::from_rsa_der(PrivateKeyInfo::try_from(pkcs8).map_err(|_| BadPrivateKey)?.private_key),
    })
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
