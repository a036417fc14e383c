//! The audit log: every change by an administrator, an operator or the gateway itself.

use super::Flow;
use crate::model::audit::{Actor, AuditEntry};

impl Flow {
    /// Adds an entry after the change. What fails here must not hide from the caller that the change was made: it is logged.
    pub(super) async fn audit(&self, actor: Actor, action: &str, target: impl Into<String>, detail: impl Into<String>) {
        let entry = AuditEntry { at: self.clock.now(), actor, action: action.to_owned(), target: target.into(), detail: detail.into() };
        if let Err(reason) = self.accounts.record_audit(&entry).await {
            tracing::error!(%reason, action, target = entry.target, "the audit entry was not written");
        }
    }
}
