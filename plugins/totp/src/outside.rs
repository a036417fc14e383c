//! What this provider needs of the gateway, as one small trait, so that it can be tested without one.

use vestibule_plugin::{crypto, host, identities, kv};

pub(crate) trait Outside {
    fn now(&self) -> u64;
    fn random(&self, length: u32) -> Vec<u8>;
    fn setting(&self, name: &str) -> Option<String>;
    /// What was kept at the enrolment of this subject.
    fn secret(&self, subject: &str) -> Option<Vec<u8>>;
    /// Adds one to a counter and gives the new count.
    fn increment(&self, key: &str, ttl_seconds: u32) -> u64;
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

    fn setting(&self, name: &str) -> Option<String> {
        host::setting(name)
    }

    fn secret(&self, subject: &str) -> Option<Vec<u8>> {
        identities::find(subject)?.private
    }

    fn increment(&self, key: &str, ttl_seconds: u32) -> u64 {
        kv::increment(key, 1, ttl_seconds)
    }
}
