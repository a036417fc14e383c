//! The audit log.

use async_trait::async_trait;

use super::{
    Record, Row, SqlStore,
    history::{Bind, History},
    query,
};
use crate::{
    model::{
        UserId,
        audit::{Actor, AuditEntry, AuditFilter},
        page::{Page, PageRequest},
    },
    store::{Result, audit::Audit},
};

#[async_trait]
impl Audit for SqlStore {
    async fn record_audit(&self, entry: &AuditEntry) -> Result<()> {
        let (actor, actor_user) = columns(entry.actor);
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

    async fn audit_entries(&self, filter: &AuditFilter, request: &PageRequest) -> Result<Page<AuditEntry>> {
        history(filter).page(self, request, read).await
    }
}

/// As it is written: who, and which user.
fn columns(actor: Actor) -> (&'static str, Option<i64>) {
    match actor {
        Actor::User(id) => ("user", Some(id.0)),
        Actor::Operator => ("operator", None),
        Actor::Gateway => ("gateway", None),
    }
}

fn history(filter: &AuditFilter) -> History {
    let (actor, user) = filter.actor.map(columns).unzip();
    let user = user.flatten();
    History::new("audit", "at, actor, actor_user, action, target, detail")
        .only("actor_user", user.map(Bind::Number))
        .only("actor", actor.filter(|_| user.is_none()).map(|actor| Bind::Text(actor.to_owned())))
        .only("target", filter.target.clone().map(Bind::Text))
        .only("action", filter.action.clone().map(Bind::Text))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn no_reading_grows_with_the_log() {
        let filter = |actor, action: Option<&str>, target: Option<&str>| {
            history(&AuditFilter { actor, action: action.map(Into::into), target: target.map(Into::into) })
        };
        filter(None, None, None).assert_uses("audit_by_time").await;
        filter(Some(Actor::User(UserId(7))), Some("user.delete"), None).assert_uses("audit_by_user").await;
        filter(Some(Actor::Operator), None, None).assert_uses("audit_by_actor").await;
        filter(None, Some("user.delete"), None).assert_uses("audit_by_action").await;
        filter(None, Some("user.delete"), Some("user:7")).assert_uses("audit_by_target").await;
    }
}
