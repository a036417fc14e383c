//! The audit log.

use async_trait::async_trait;

use super::Result;
use crate::model::{
    audit::{AuditEntry, AuditFilter},
    page::{Page, PageRequest},
};

/// Append only.
#[async_trait]
pub trait Audit: Send + Sync {
    /// Adds one.
    async fn record_audit(&self, entry: &AuditEntry) -> Result<()>;
    /// A page, the newest first; counted up to [`COUNTED`](crate::model::page::COUNTED).
    async fn audit_entries(&self, filter: &AuditFilter, request: &PageRequest) -> Result<Page<AuditEntry>>;
}
