//! Signing keys.

use async_trait::async_trait;

use super::Result;
use crate::model::{Timestamp, key::SigningKey};

/// Shared by all gateways of one store.
#[async_trait]
pub trait Keys: Send + Sync {
    /// All, oldest `active_from` first.
    async fn signing_keys(&self) -> Result<Vec<SigningKey>>;
    /// Adds one.
    async fn add_signing_key(&self, key: &SigningKey) -> Result<()>;
    /// Adds one if there is none yet; false if another process was faster.
    async fn add_first_signing_key(&self, key: &SigningKey) -> Result<bool>;
    /// Removes keys that were replaced (another became active) before `replaced_before`.
    async fn purge_signing_keys(&self, replaced_before: Timestamp) -> Result<u64>;
}
