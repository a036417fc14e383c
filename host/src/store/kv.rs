//! Short-lived data of providers, by namespace.

use async_trait::async_trait;

use super::Result;
use crate::model::Timestamp;

/// Expired entries are not there, whether or not they were purged. Values and counters of the same key are strangers to each
/// other.
#[async_trait]
pub trait Kv: Send + Sync {
    /// Sets a value and its end.
    async fn kv_put(&self, namespace: &str, key: &str, value: &[u8], expires_at: Timestamp) -> Result<()>;
    /// The value.
    async fn kv_get(&self, namespace: &str, key: &str, now: Timestamp) -> Result<Option<Vec<u8>>>;
    /// The value, removed in the same step: of several concurrent calls one gets it.
    async fn kv_take(&self, namespace: &str, key: &str, now: Timestamp) -> Result<Option<Vec<u8>>>;
    /// Adds to a counter (0 if absent or expired; its end is set at its first increment); returns the new count.
    async fn kv_increment(&self, namespace: &str, key: &str, by: u32, now: Timestamp, expires_at: Timestamp) -> Result<u64>;
    /// Removes expired entries.
    async fn purge_kv(&self, now: Timestamp) -> Result<u64>;
}
