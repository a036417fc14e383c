//! The care of a store: once when a process begins, once when it ends.

use async_trait::async_trait;

use super::OpenError;

/// Called by the commands, never while a request is served.
#[async_trait]
pub trait Upkeep: Send + Sync {
    /// Brings what is kept into the form that this program knows, all or nothing; several processes may do it at once. Fails if
    /// a newer program was here.
    async fn migrate(&self) -> Result<(), OpenError>;
    /// The names of the migrations that [`Self::migrate`] would apply; empty if there is nothing to do. Fails if a newer program
    /// was here.
    async fn pending_migrations(&self) -> Result<Vec<String>, OpenError>;
    /// Waits for what is under way and closes all connections.
    async fn close(&self);
}
