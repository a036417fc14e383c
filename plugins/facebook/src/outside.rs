//! What this provider needs of the gateway and of Facebook, as one small trait, so that it can be tested without either.

use vestibule_plugin::{
    crypto::{self, Algorithm, CryptoError},
    host,
    http::{FetchError, Request, Response},
};

pub(crate) trait Outside {
    fn setting(&self, name: &str) -> Option<String>;
    /// Seconds since 1970.
    fn now(&self) -> u64;
    /// For the operator. Never Facebook's own words: they can hold the token.
    fn error(&self, message: &str);
    fn send(&self, request: &Request) -> Result<Response, FetchError>;
    fn hmac_sha256(&self, secret: &str, message: &[u8]) -> Result<Vec<u8>, CryptoError>;
    fn verify_rs256(&self, jwk: &str, message: &[u8], signature: &[u8]) -> Result<bool, CryptoError>;
}

/// The real one.
pub(crate) struct Gateway;

impl Outside for Gateway {
    fn setting(&self, name: &str) -> Option<String> {
        host::setting(name)
    }

    fn now(&self) -> u64 {
        host::now()
    }

    fn error(&self, message: &str) {
        host::error(message);
    }

    fn send(&self, request: &Request) -> Result<Response, FetchError> {
        request.send()
    }

    fn hmac_sha256(&self, secret: &str, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
        crypto::hmac_sha256(secret, message)
    }

    fn verify_rs256(&self, jwk: &str, message: &[u8], signature: &[u8]) -> Result<bool, CryptoError> {
        crypto::verify(Algorithm::Rs256, jwk, message, signature)
    }
}
