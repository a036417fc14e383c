//! The audit log: every change by an administrator, an operator or the gateway itself.

use super::{Flow, Result, authenticate::Caller, history::within_count};
use crate::model::{
    audit::{Actor, AuditEntry, AuditFilter},
    page::{Page, PageRequest},
    user::ADMIN,
};

impl Flow {
    /// A page of the log for administrators, the newest first.
    ///
    /// # Errors
    /// [`Forbidden`](super::Error::Forbidden), [`Fields`](super::Error::Fields) beyond what is counted, or the store's.
    pub async fn audit_log(&self, caller: &Caller, filter: &AuditFilter, request: &PageRequest) -> Result<Page<AuditEntry>> {
        caller.require(ADMIN)?;
        within_count(request)?;
        Ok(self.accounts.audit_entries(filter, request).await?)
    }

    /// Adds an entry after the change. What fails here must not hide from the caller that the change was made: it is logged.
    pub(super) async fn audit(&self, actor: Actor, action: &str, target: impl Into<String>, detail: impl Into<String>) {
        let entry = AuditEntry { at: self.clock.now(), actor, action: action.to_owned(), target: target.into(), detail: detail.into() };
        if let Err(reason) = self.accounts.record_audit(&entry).await {
            tracing::error!(%reason, action, target = entry.target, "the audit entry was not written");
        }
    }
}
