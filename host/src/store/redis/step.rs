//! Pending steps: a key each, which Redis removes in time.

use async_trait::async_trait;

use super::{
    RedisStore,
    record::{Fields, Record, json_text},
    script::{Args, Pairs, script},
};
use crate::{
    model::{
        Timestamp,
        step::{PendingStep, Purpose},
    },
    store::{Result, step::Steps},
};

#[async_trait]
impl Steps for RedisStore {
    async fn put_step(&self, id_hash: &str, step: &PendingStep) -> Result<()> {
        let fields = Pairs::new()
            .put("provider", &step.provider)
            .put("digest", &step.digest)
            .put("purpose", step.purpose.as_str())
            .put("state", &step.state)
            .put("form", json_text(&step.form)?)
            .put("context", json_text(&step.context)?)
            .put("attempts", step.attempts)
            .put("expires_at", step.expires_at);
        self.run(script!("record_put"), &name(id_hash), Args::new().one(self.keep(step.expires_at)).pairs(fields)).await
    }

    async fn take_step(&self, id_hash: &str, now: Timestamp) -> Result<Option<PendingStep>> {
        let fields: Fields = self.run(script!("record_take"), &name(id_hash), Args::new().one(now)).await?;
        Record::found("step", id_hash, fields).as_ref().map(read).transpose()
    }

    /// Nothing: Redis removes them.
    async fn purge_steps(&self, _: Timestamp) -> Result<u64> {
        Ok(0)
    }
}

pub(super) fn name(id_hash: &str) -> String {
    format!("vestibule:step:{id_hash}")
}

fn read(record: &Record) -> Result<PendingStep> {
    Ok(PendingStep {
        provider: record.text("provider")?,
        digest: record.text("digest")?,
        purpose: record.word("purpose", Purpose::parse)?,
        state: record.bytes("state").unwrap_or_default(),
        form: record.json("form")?,
        context: record.json("context")?,
        attempts: record.count("attempts")?,
        expires_at: record.time("expires_at")?,
    })
}
