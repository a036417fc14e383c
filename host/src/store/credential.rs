//! Password hashes.

use async_trait::async_trait;

use super::Result;
use crate::model::{
    UserId,
    user::{PasswordReset, Reset},
};

/// At most one password a user, as a PHC string.
#[async_trait]
pub trait Credentials: Send + Sync {
    /// The stored hash.
    async fn password_hash(&self, user: UserId) -> Result<Option<String>>;
    /// Sets the hash, whatever was there. False if there is no such user.
    async fn set_password_hash(&self, user: UserId, hash: &str) -> Result<bool>;
    /// Replaces `old` by `new`, unless it was changed meanwhile (upgrade of the parameters after a sign-in).
    async fn upgrade_password_hash(&self, user: UserId, old: &str, new: &str) -> Result<bool>;
    /// Sets a forgotten password and marks the address verified. If it was not, everything of whoever made the account goes
    /// first (security rule 13): identities, second factors, recovery codes, profile, names.
    async fn reset_password(&self, reset: &PasswordReset) -> Result<Reset>;
}
