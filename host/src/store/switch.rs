//! Switches of providers.

use async_trait::async_trait;

use super::Result;
use crate::model::{Timestamp, switch::Switch};

/// Shared by all gateways of one store.
#[async_trait]
pub trait Switches: Send + Sync {
    /// All that were ever set.
    async fn switches(&self) -> Result<Vec<Switch>>;
    /// Sets one.
    async fn set_switch(&self, switch: &Switch, at: Timestamp) -> Result<()>;
}
