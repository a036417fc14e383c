//! The care of a store: once when a process begins, once when it ends.

use async_trait::async_trait;

use super::{OpenError, Result};

/// Called by the commands, never while a request is served.
#[async_trait]
pub trait Upkeep: Send + Sync {
    /// Brings what is kept into the form that this program knows, all or nothing; several processes may do it at once. Fails if
    /// a newer program was here.
    async fn migrate(&self) -> std::result::Result<(), OpenError>;
    /// The names of the migrations that [`Self::migrate`] would apply; empty if there is nothing to do. Fails if a newer program
    /// was here.
    async fn pending_migrations(&self) -> std::result::Result<Vec<String>, OpenError>;
    /// What about the store's own settings may lose what it is given.
    async fn doubts(&self, _: Kept) -> Result<Vec<Doubt>> {
        Ok(Vec::new())
    }
    /// Waits for what is under way and closes all connections.
    async fn close(&self);
}

/// What a store is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// Everything, or accounts.
    Accounts,
    /// Sessions and what else ends by itself.
    Sessions,
}

/// A setting of a server that may lose data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// What is wrong, and what comes of it.
    pub problem: String,
    /// The line of the server's own configuration that mends it.
    pub mend: &'static str,
}
