//! Identities: the ways in of a user.

use async_trait::async_trait;

use super::Result;
use crate::model::{Timestamp, UserId, identity::Identity, user::NewIdentity};

/// Identities by (provider, subject).
#[async_trait]
pub trait Identities: Send + Sync {
    /// Whose identity this is.
    async fn identity(&self, provider: &str, subject: &str) -> Result<Option<Identity>>;
    /// All of a user, oldest first.
    async fn identities_of(&self, user: UserId) -> Result<Vec<Identity>>;
    /// Attaches one; false if (provider, subject) is another's already. True, and no change, if it is this user's.
    async fn attach_identity(&self, user: UserId, identity: &NewIdentity, at: Timestamp) -> Result<bool>;
    /// Replaces the provider's private data.
    async fn set_identity_private(&self, provider: &str, subject: &str, private: Option<&[u8]>) -> Result<()>;
}
