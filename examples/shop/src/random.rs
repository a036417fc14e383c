//! Randomness: for ids of requests alone, since the shop keeps no secrets.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

/// 128 random bits as base64url.
///
/// # Panics
/// If the operating system has no random bytes.
#[expect(clippy::disallowed_methods, reason = "the one place that draws from the system's generator")]
#[must_use]
pub fn request_id() -> String {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    URL_SAFE_NO_PAD.encode(bytes)
}
