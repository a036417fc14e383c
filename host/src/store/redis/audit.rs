//! The audit log.

use async_trait::async_trait;

use super::{
    RedisStore,
    history::History,
    record::Record,
    script::{Args, Pairs, script},
};
use crate::{
    model::{
        UserId,
        audit::{Actor, AuditEntry, AuditFilter},
        page::{Page, PageRequest},
    },
    store::{Result, audit::Audit},
};

pub(super) const PREFIX: &str = "vestibule:{audit}:";

#[async_trait]
impl Audit for RedisStore {
    async fn record_audit(&self, entry: &AuditEntry) -> Result<()> {
        let actor = actor(entry.actor);
        let fields = Pairs::new()
            .put("at", entry.at)
            .put("actor", &actor)
            .put("action", &entry.action)
            .put("target", &entry.target)
            .put("detail", &entry.detail);
        let indexes =
            ["entries".to_owned(), format!("actor:{actor}"), format!("action:{}", entry.action), format!("target:{}", entry.target)];
        let args = Args::new().one(entry.at).pairs(fields).list(indexes);
        self.run(script!("history", "audit_record"), PREFIX, args).await
    }

    async fn audit_entries(&self, filter: &AuditFilter, request: &PageRequest) -> Result<Page<AuditEntry>> {
        // The first that is given is walked: of its value there are the fewest entries.
        let history = History::new(PREFIX, "entry", "entries")
            .only("target", "target:", filter.target.clone())
            .only("actor", "actor:", filter.actor.map(actor))
            .only("action", "action:", filter.action.clone());
        history.page(self, request, read).await
    }
}

/// As it is written: `user:7`, `operator`, `gateway`.
fn actor(actor: Actor) -> String {
    match actor {
        Actor::User(id) => format!("user:{id}"),
        Actor::Operator => "operator".to_owned(),
        Actor::Gateway => "gateway".to_owned(),
    }
}

fn read(record: &Record) -> Result<AuditEntry> {
    let actor = record.word("actor", |word| match word {
        "operator" => Some(Actor::Operator),
        "gateway" => Some(Actor::Gateway),
        user => user.strip_prefix("user:")?.parse().ok().map(|id| Actor::User(UserId(id))),
    })?;
    Ok(AuditEntry {
        at: record.time("at")?,
        actor,
        action: record.text("action")?,
        target: record.text("target")?,
        detail: record.text("detail")?,
    })
}
