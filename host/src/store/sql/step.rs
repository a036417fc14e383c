//! Pending steps.

use async_trait::async_trait;

use super::{Record, Row, SqlStore, query, record::json_text};
use crate::{
    model::{
        Timestamp,
        step::{PendingStep, Purpose},
    },
    store::{Result, step::Steps},
};

#[async_trait]
impl Steps for SqlStore {
    async fn put_step(&self, id_hash: &str, step: &PendingStep) -> Result<()> {
        let insert = query(
            "INSERT INTO steps (id_hash, provider, digest, purpose, state, form, context, attempts, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(id_hash.to_owned())
        .bind(step.provider.clone())
        .bind(step.digest.clone())
        .bind(step.purpose.as_str())
        .bind(step.state.clone())
        .bind(json_text(&step.form)?)
        .bind(json_text(&step.context)?)
        .bind(i64::from(step.attempts))
        .bind(step.expires_at.0);
        self.write(insert).await?;
        Ok(())
    }

    async fn take_step(&self, id_hash: &str, now: Timestamp) -> Result<Option<PendingStep>> {
        let take = query(
            "DELETE FROM steps WHERE id_hash = $1 AND expires_at > $2
             RETURNING id_hash, provider, digest, purpose, state, form, context, attempts, expires_at",
        );
        let rows = self.write_returning(take.bind(id_hash.to_owned()).bind(now.0)).await?;
        rows.first().map(read).transpose()
    }

    async fn purge_steps(&self, now: Timestamp) -> Result<u64> {
        self.write(query("DELETE FROM steps WHERE expires_at <= $1").bind(now.0)).await
    }
}

fn read(row: &Row) -> Result<PendingStep> {
    let record = Record::new("steps", &["id_hash"], row);
    Ok(PendingStep {
        provider: record.get("provider")?,
        digest: record.get("digest")?,
        purpose: record.word("purpose", Purpose::parse)?,
        state: record.get("state")?,
        form: record.json("form")?,
        context: record.json("context")?,
        attempts: record.count("attempts")?,
        expires_at: record.time("expires_at")?,
    })
}
