//! Known places: a sorted set for each user, and one of all by time.

use async_trait::async_trait;
use redis::cmd;

use super::{
    ACCOUNTS, RedisStore,
    link::Patience,
    script::{Args, script},
};
use crate::{
    model::{Network, Timestamp, UserId},
    store::{Result, place::Places},
};

/// Places that one step removes.
const BATCH: u64 = 1000;

#[async_trait]
impl Places for RedisStore {
    async fn place_seen(&self, user: UserId, network: Network) -> Result<Option<Timestamp>> {
        let score = cmd("ZSCORE").arg(format!("{ACCOUNTS}places:{user}")).arg(network.to_string()).to_owned();
        let seen_at: Option<f64> = self.command(&score).await?;
        // Microseconds until the year 2255 are exact.
        #[expect(clippy::cast_possible_truncation, reason = "a whole number, written by this program")]
        Ok(seen_at.map(|at| Timestamp(at as i64)))
    }

    async fn note_place(&self, user: UserId, network: Network, at: Timestamp, keep: u32) -> Result<()> {
        let args = Args::new().one(user).one(network.to_string()).one(at).one(keep);
        self.run(script!("place_note"), ACCOUNTS, args).await
    }

    async fn purge_places(&self, before: Timestamp) -> Result<u64> {
        let mut gone = 0;
        loop {
            let args = Args::new().one(before).one(BATCH);
            let batch: u64 = self.run_patiently(script!("place_purge"), ACCOUNTS, args, Patience::Long).await?;
            gone += batch;
            if batch < BATCH {
                return Ok(gone);
            }
        }
    }
}
