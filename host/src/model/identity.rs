//! A way in of a user: (provider type, subject).

use super::{IdentityId, Timestamp, UserId};

/// An identity as it is stored. An e-mail address never selects an account by itself; this does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Given by the store.
    pub id: IdentityId,
    /// Whose it is.
    pub user: UserId,
    /// The provider type.
    pub provider: String,
    /// Stable and unique within the provider.
    pub subject: String,
    /// The provider's own data about it.
    pub private: Option<Vec<u8>>,
    /// Asked for after the first step; never a way in of its own.
    pub is_factor: bool,
    /// When it was attached.
    pub created_at: Timestamp,
}
