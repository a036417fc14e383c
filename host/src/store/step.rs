//! Pending steps of a sign-up or sign-in.

use async_trait::async_trait;

use super::Result;
use crate::model::{Timestamp, step::PendingStep};

/// Kept under the SHA-256 (hex) of their id.
#[async_trait]
pub trait Steps: Send + Sync {
    /// Keeps one.
    async fn put_step(&self, id_hash: &str, step: &PendingStep) -> Result<()>;
    /// Takes it out: of several concurrent calls one gets it. An expired one is not there.
    async fn take_step(&self, id_hash: &str, now: Timestamp) -> Result<Option<PendingStep>>;
    /// Removes expired ones.
    async fn purge_steps(&self, now: Timestamp) -> Result<u64>;
}
