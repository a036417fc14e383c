//! Identities of this provider type; no other provider's can be reached.

use crate::bindings::vestibule::provider::identities;
pub use crate::bindings::vestibule::provider::identities::Identity;

/// The identity with this subject, if somebody has signed up with it.
#[must_use]
pub fn find(subject: &str) -> Option<Identity> {
    identities::find(subject)
}
