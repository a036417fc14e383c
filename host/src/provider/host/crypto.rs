//! `crypto`: signatures, digests and randomness, done by the host because secrets stay here and guests are slow at it.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac};
use jsonwebtoken::{
    Algorithm, DecodingKey,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse},
};
use sha2::{Digest, Sha256};

use crate::provider::{
    bindings::imported::crypto::{Algorithm as WitAlgorithm, Host},
    budget::Work,
    call::Halt,
    state::CallState,
};

const MAX_JWK: usize = 16 << 10;
/// Bytes: of RSA with 4096 bits.
const MAX_SIGNATURE: usize = 512;
/// Bits. Below, too weak; above, an attack on the host's time.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=4096;
const MAX_RANDOM: u32 = 1024;

impl Host for CallState {
    fn verify(
        &mut self,
        algorithm: WitAlgorithm,
        jwk: String,
        message: Vec<u8>,
        signature: Vec<u8>,
    ) -> wasmtime::Result<Result<bool, String>> {
        self.spend(Work::Hash, "crypto.verify")?;
        Ok(verify(algorithm, &jwk, &message, &signature).map_err(str::to_owned))
    }

    fn sha256(&mut self, message: Vec<u8>) -> wasmtime::Result<Vec<u8>> {
        self.spend(Work::Hash, "crypto.sha256")?;
        Ok(Sha256::digest(message).to_vec())
    }

    fn hmac_sha256(&mut self, secret: String, message: Vec<u8>) -> wasmtime::Result<Result<Vec<u8>, String>> {
        self.spend(Work::Hash, "crypto.hmac-sha256")?;
        let Some(secret) = self.reach.grants.secrets.get(&secret) else {
            return Ok(Err("no such secret is granted".to_owned()));
        };
        let mac = Hmac::<Sha256>::new_from_slice(secret.value.expose().as_bytes());
        Ok(mac.map(|mac| mac.chain_update(message).finalize().into_bytes().to_vec()).map_err(|error| error.to_string()))
    }

    fn random(&mut self, length: u32) -> wasmtime::Result<Vec<u8>> {
        self.spend(Work::Hash, "crypto.random")?;
        if length > MAX_RANDOM {
            return Err(Halt::BadCall(format!("crypto.random: {length} bytes; at most {MAX_RANDOM}")).into());
        }
        let mut bytes = vec![0; usize::try_from(length)?];
        self.reach.ports.random.fill(&mut bytes);
        Ok(bytes)
    }
}

fn verify(algorithm: WitAlgorithm, jwk: &str, message: &[u8], signature: &[u8]) -> Result<bool, &'static str> {
    if jwk.len() > MAX_JWK {
        return Err("the key is too large");
    }
    let jwk: Jwk = serde_json::from_str(jwk).map_err(|_| "the key is not a JWK")?;
    let algorithm = match algorithm {
        WitAlgorithm::Eddsa => Algorithm::EdDSA,
        WitAlgorithm::Es256 => Algorithm::ES256,
        WitAlgorithm::Rs256 => Algorithm::RS256,
    };
    check_key(&jwk, algorithm)?;
    if signature.len() > MAX_SIGNATURE {
        return Ok(false);
    }
    let key = DecodingKey::from_jwk(&jwk).map_err(|_| "the key cannot be used")?;
    jsonwebtoken::crypto::verify(&URL_SAFE_NO_PAD.encode(signature), message, &key, algorithm).map_err(|_| "the key cannot be used")
}

/// The algorithm is the caller's word; the key has to be made for it.
fn check_key(jwk: &Jwk, algorithm: Algorithm) -> Result<(), &'static str> {
    if jwk.common.public_key_use.as_ref().is_some_and(|purpose| *purpose != PublicKeyUse::Signature) {
        return Err("the key is not for signatures");
    }
    let stated = match algorithm {
        Algorithm::EdDSA => KeyAlgorithm::EdDSA,
        Algorithm::ES256 => KeyAlgorithm::ES256,
        _ => KeyAlgorithm::RS256,
    };
    if jwk.common.key_algorithm.is_some_and(|alg| alg != stated) {
        return Err("the key is for another algorithm");
    }
    match (&jwk.algorithm, algorithm) {
        (AlgorithmParameters::OctetKeyPair(key), Algorithm::EdDSA) if key.curve == EllipticCurve::Ed25519 => Ok(()),
        (AlgorithmParameters::EllipticCurve(key), Algorithm::ES256) if key.curve == EllipticCurve::P256 => Ok(()),
        (AlgorithmParameters::RSA(key), Algorithm::RS256) => check_rsa(&key.n, &key.e),
        _ => Err("the key is of another type than the algorithm"),
    }
}

fn check_rsa(modulus: &str, exponent: &str) -> Result<(), &'static str> {
    let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).map_err(|_| "the key is not base64url");
    let (modulus, exponent) = (decode(modulus)?, decode(exponent)?);
    let leading = modulus.first().map_or(0, |byte| usize::try_from(byte.leading_zeros()).unwrap_or(0));
    if !RSA_BITS.contains(&(modulus.len() * 8).saturating_sub(leading)) {
        return Err("an RSA key must have 2048 to 4096 bits");
    }
    if exponent.len() > 4 {
        return Err("the exponent of the RSA key is too large");
    }
    Ok(())
}

#[cfg(test)]
mod tests;
