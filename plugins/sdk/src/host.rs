//! What every provider may call: the log, the gateway's clock, the operator's settings.

pub use crate::bindings::vestibule::provider::host::Level;
use crate::{Refusal, bindings::vestibule::provider::host};

/// A line for the gateway's log, at most 1 KiB, at most 50 a call. Never put secrets there.
pub fn log(level: Level, message: &str) {
    host::log(level, message);
}

/// A line for whoever looks for a fault in this provider.
pub fn debug(message: &str) {
    log(Level::Debug, message);
}

/// A line for the operator.
pub fn info(message: &str) {
    log(Level::Info, message);
}

/// Something that the operator should look at.
pub fn warn(message: &str) {
    log(Level::Warn, message);
}

/// Something that the operator must mend.
pub fn error(message: &str) {
    log(Level::Error, message);
}

/// Seconds since 1970-01-01T00:00:00Z, by the gateway's clock.
#[must_use]
pub fn now() -> u64 {
    host::now()
}

/// A value of the operator's `[settings]`.
#[must_use]
pub fn setting(name: &str) -> Option<String> {
    host::settings().into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
}

/// A value of the operator's `[settings]` that the provider cannot work without.
///
/// # Errors
/// If it is not set, a refusal that tells the caller to come back later and the operator's log which key is missing.
pub fn required_setting(name: &str) -> Result<String, Refusal> {
    setting(name).ok_or_else(|| Refusal::upstream(["the setting ", name, " is missing: add it under [settings]"].concat()))
}
