//! Short-lived data of this provider type, shared by all gateways. Keys have at most 200 bytes, values at most 16 KiB, and
//! nothing lives longer than a day.

use crate::bindings::vestibule::provider::kv;

/// Sets a value.
pub fn put(key: &str, value: &[u8], ttl_seconds: u32) {
    kv::put(key, value, ttl_seconds);
}

/// Reads a value.
#[must_use]
pub fn get(key: &str) -> Option<Vec<u8>> {
    kv::get(key)
}

/// Reads and removes a value in one step: of several concurrent calls one gets it.
#[must_use]
pub fn take(key: &str) -> Option<Vec<u8>> {
    kv::take(key)
}

/// Adds to a counter that begins at 0 and ends `ttl_seconds` after its first increment; the new count.
#[must_use]
pub fn increment(key: &str, by: u32, ttl_seconds: u32) -> u64 {
    kv::increment(key, by, ttl_seconds)
}
