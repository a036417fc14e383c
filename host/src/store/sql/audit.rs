//! The audit log.

use async_trait::async_trait;
use sqlx::query;

use super::{Record, Row, SqlStore, store_error};
use crate::{
    model::{
        UserId,
        audit::{Actor, AuditEntry},
    },
    store::{Result, audit::Audit},
};

#[async_trait]
impl Audit for SqlStore {
    async fn record_audit(&self, entry: &AuditEntry) -> Result<()> {
        let (actor, actor_user) = match entry.actor {
            Actor::User(id) => ("user", Some(id.0)),
            Actor::Operator => ("operator", None),
            Actor::Gateway => ("gateway", None),
        };
        let id = self.reserved.audit.next(self, "audit").await?;
        let insert = query("INSERT INTO audit (id, at, actor, actor_user, action, target, detail) VALUES ($1, $2, $3, $4, $5, $6, $7)")
            .bind(id)
            .bind(entry.at.0)
            .bind(actor)
            .bind(actor_user)
            .bind(entry.action.clone())
            .bind(entry.target.clone())
            .bind(entry.detail.clone());
        self.write(insert).await.map(|_| ())
    }

    async fn audit_entries(&self, limit: u32) -> Result<Vec<AuditEntry>> {
        let rows = query("SELECT id, at, actor, actor_user, action, target, detail FROM audit ORDER BY at DESC, id DESC LIMIT $1")
            .bind(i64::from(limit))
            .fetch_all(&self.readers)
            .await
            .map_err(store_error)?;
        rows.iter().map(read).collect()
    }
}

fn read(row: &Row) -> Result<AuditEntry> {
    let record = Record::new("audit", &["id"], row);
    let user: Option<i64> = record.get("actor_user")?;
    let actor = record.word("actor", |word| match (word, user) {
        ("user", Some(id)) => Some(Actor::User(UserId(id))),
        ("operator", None) => Some(Actor::Operator),
        ("gateway", None) => Some(Actor::Gateway),
        _ => None,
    })?;
    Ok(AuditEntry {
        at: record.time("at")?,
        actor,
        action: record.get("action")?,
        target: record.get("target")?,
        detail: record.get("detail")?,
    })
}
