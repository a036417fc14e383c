//! Cryptography that the gateway does for its providers.

pub use crate::bindings::vestibule::provider::crypto::Algorithm;
use crate::{Refusal, bindings::vestibule::provider::crypto};

/// A key that cannot be used, or a secret that is not granted. As a [`Refusal`] it is the operator's trouble, not the caller's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CryptoError(pub String);

impl std::fmt::Display for CryptoError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for CryptoError {}

impl From<CryptoError> for Refusal {
    fn from(error: CryptoError) -> Self {
        Self::Upstream(error.0)
    }
}

/// Whether `signature` over `message` is by the key, a JWK (RFC 7517) as JSON text.
///
/// # Errors
/// If the key cannot be used with the algorithm.
pub fn verify(algorithm: Algorithm, jwk: &str, message: &[u8], signature: &[u8]) -> Result<bool, CryptoError> {
    crypto::verify(algorithm, jwk, message, signature).map_err(CryptoError)
}

/// SHA-256, 32 bytes.
#[must_use]
pub fn sha256(message: &[u8]) -> Vec<u8> {
    crypto::sha256(message)
}

/// HMAC-SHA-256 under one of the operator's secrets, which stays in the gateway; 32 bytes.
///
/// # Errors
/// If that secret is not granted.
pub fn hmac_sha256(secret: &str, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
    crypto::hmac_sha256(secret, message).map_err(CryptoError)
}

/// Bytes from the operating system's generator, at most 1024.
#[must_use]
pub fn random(length: u32) -> Vec<u8> {
    crypto::random(length)
}

/// Compares secrets in a time that depends on their lengths only.
#[must_use]
pub fn equal(one: &[u8], other: &[u8]) -> bool {
    // The hint keeps the compiler from leaving the loop at the first difference.
    one.len() == other.len() && std::hint::black_box(one.iter().zip(other).fold(0, |all, (a, b)| all | (a ^ b))) == 0
}

#[cfg(test)]
mod tests {
    use super::equal;

    #[test]
    fn equal_means_every_byte() {
        assert!(equal(b"", b""));
        assert!(equal(b"secret", b"secret"));
        assert!(!equal(b"secret", b"secreT"));
        assert!(!equal(b"Secret", b"secret"));
        assert!(!equal(b"secret", b"secret1"));
    }
}
