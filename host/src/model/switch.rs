//! An administrator's switch for a provider type, shared by all gateways of one store.

/// Whether a provider type may be used. A type without a switch is on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Switch {
    /// The provider type.
    pub provider: String,
    /// On or off.
    pub enabled: bool,
}
