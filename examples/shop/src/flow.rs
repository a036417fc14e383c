//! What the shop does, without HTTP: decisions live here.

mod cart;
pub mod error;
mod order;
mod selection;
mod shop;
mod user;

use std::sync::Arc;

use crate::{clock::Clock, identity::Verifier, store::Store};

pub use error::Error;

/// Everything that a request may need.
pub struct Flow {
    /// What the shop keeps.
    pub store: Store,
    /// Whose word about a caller counts.
    pub verifier: Verifier,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

impl Flow {
    /// Whether the database answers, and whether there are keys of the gateway to decide by.
    pub async fn health(&self) -> (bool, bool) {
        let database = self.store.ping().await.inspect_err(|error| tracing::warn!(%error, "not ready"));
        (database.is_ok(), self.verifier.keys.ready().await.is_ok())
    }
}
