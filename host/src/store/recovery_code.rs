//! Recovery codes, which stand in for a lost second factor.

use async_trait::async_trait;

use super::Result;
use crate::model::UserId;

/// Digests of codes; each is used once.
#[async_trait]
pub trait RecoveryCodes: Send + Sync {
    /// Replaces all of a user. False, and no change, if the user has no second factor.
    async fn replace_recovery_codes(&self, user: UserId, hashes: &[String]) -> Result<bool>;
    /// Uses one up: of several concurrent calls one gets true.
    async fn use_recovery_code(&self, user: UserId, hash: &str) -> Result<bool>;
    /// How many are left.
    async fn recovery_codes_left(&self, user: UserId) -> Result<u64>;
}
