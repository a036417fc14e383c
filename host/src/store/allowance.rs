//! Allowances: how often something may still happen, shared by all gateways of one store.

use async_trait::async_trait;

use super::Result;
use crate::model::{
    Timestamp,
    allowance::{Allowance, Left, Taken},
};

/// Allowances by name; one that was never taken from is whole.
#[async_trait]
pub trait Allowances: Send + Sync {
    /// Takes one from each, or nothing: of any number of concurrent calls just as many succeed as are allowed.
    async fn take_allowances(&self, allowances: &[Allowance], now: Timestamp) -> Result<Taken>;
    /// What is left of one; takes nothing.
    async fn allowance_left(&self, allowance: &Allowance, now: Timestamp) -> Result<Left>;
    /// Makes it whole again.
    async fn refill_allowance(&self, name: &str) -> Result<()>;
    /// Removes those that are whole again by the passing of time.
    async fn purge_allowances(&self, now: Timestamp) -> Result<u64>;
}
