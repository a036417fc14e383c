//! The audit log.

use async_trait::async_trait;

use super::Result;
use crate::model::audit::AuditEntry;

/// Append only.
#[async_trait]
pub trait Audit: Send + Sync {
    /// Adds one.
    async fn record_audit(&self, entry: &AuditEntry) -> Result<()>;
    /// The newest first, `limit` at most.
    async fn audit_entries(&self, limit: u32) -> Result<Vec<AuditEntry>>;
}
