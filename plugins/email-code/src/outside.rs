//! What this provider needs of the gateway, as one small trait, so that the whole way in can be tested without one.

use vestibule_plugin::{Refusal, crypto, host, kv, mail};

pub(crate) trait Outside {
    fn now(&self) -> u64;
    fn random(&self, length: u32) -> Vec<u8>;
    fn sha256(&self, message: &[u8]) -> Vec<u8>;
    /// Adds one to a counter and gives the new count.
    fn increment(&self, key: &str, ttl_seconds: u32) -> u64;
    fn send(&self, to: &str, code: &str, minutes: &str) -> Result<(), Refusal>;
}

/// The real one.
pub(crate) struct Gateway;

impl Outside for Gateway {
    fn now(&self) -> u64 {
        host::now()
    }

    fn random(&self, length: u32) -> Vec<u8> {
        crypto::random(length)
    }

    fn sha256(&self, message: &[u8]) -> Vec<u8> {
        crypto::sha256(message)
    }

    fn increment(&self, key: &str, ttl_seconds: u32) -> u64 {
        kv::increment(key, 1, ttl_seconds)
    }

    fn send(&self, to: &str, code: &str, minutes: &str) -> Result<(), Refusal> {
        Ok(mail::send(to, "code", &[("code", code), ("minutes", minutes)])?)
    }
}
