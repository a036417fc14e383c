//! What is done from time to time: expired rows removed, keys of other processes taken over.

use std::{sync::Arc, time::Duration};

use super::{Flow, Result};

/// How often the keys of other processes are looked for.
const KEYS_EVERY: Duration = Duration::from_secs(5);
/// How often expired rows are removed.
const PURGE_EVERY: Duration = Duration::from_mins(10);
/// How long an ended session stays, for a clear answer to a late refresh.
const SESSIONS_STAY: Duration = Duration::from_hours(24);

/// Sign-ins that are removed in one go: others write in between.
const BATCH: u32 = 1000;

impl Flow {
    /// Runs until the task is dropped. Failures are logged and tried again.
    pub async fn keep_house(self: Arc<Self>) {
        let mut keys = tokio::time::interval(KEYS_EVERY);
        let mut purge = tokio::time::interval(PURGE_EVERY);
        loop {
            let (what, outcome) = tokio::select! {
                _ = keys.tick() => ("reloading keys", self.reload_keys().await),
                _ = purge.tick() => ("removing expired rows", self.purge().await),
            };
            if let Err(reason) = outcome {
                tracing::warn!(%reason, "{what} failed; trying again later");
            }
        }
    }

    async fn purge(&self) -> Result<()> {
        let now = self.clock.now();
        let sessions = self.ephemeral.purge_sessions(now.minus(SESSIONS_STAY)).await?;
        let steps = self.ephemeral.purge_steps(now).await?;
        let proofs = self.ephemeral.purge_proofs(now).await?;
        let entries = self.ephemeral.purge_kv(now).await?;
        let allowances = self.ephemeral.purge_allowances(now).await?;
        let places = self.purge_places().await?;
        let mails = self.purge_outbox(now).await?;
        let signins = self.purge_history().await?;
        let invitations = self.purge_invitations().await?;
        tracing::debug!(sessions, steps, proofs, entries, allowances, places, mails, signins, invitations, "expired rows were removed");
        self.purge_keys().await
    }

    async fn purge_history(&self) -> Result<u64> {
        let before = self.clock.now().minus(self.terms.signin_history_ttl);
        let mut removed = 0;
        loop {
            let batch = self.accounts.purge_signins(before, BATCH).await?;
            removed += batch;
            if batch < u64::from(BATCH) {
                return Ok(removed);
            }
        }
    }
}
