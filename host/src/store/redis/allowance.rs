//! Allowances: one key each, with the time up to which it is spent. All are in one slot, so that one step takes from several.

use async_trait::async_trait;
use redis::cmd;

use super::{
    GRACE, RedisStore,
    script::{Args, script},
};
use crate::{
    model::{
        Timestamp,
        allowance::{Allowance, Left, Taken},
    },
    store::{Result, allowance::Allowances},
};

const PREFIX: &str = "vestibule:{limits}:";

#[async_trait]
impl Allowances for RedisStore {
    async fn take_allowances(&self, allowances: &[Allowance], now: Timestamp) -> Result<Taken> {
        if allowances.is_empty() {
            return Ok(Taken::All);
        }
        let args = Args::new()
            .one(now)
            .one(u64::try_from(GRACE.as_millis()).unwrap_or(u64::MAX))
            .list(allowances.iter().map(|allowance| &allowance.name))
            .list(allowances.iter().map(|allowance| Timestamp(0).plus(allowance.rate.every())))
            .list(allowances.iter().map(|allowance| allowance.rate.latest(now)))
            .list(allowances.iter().map(|allowance| allowance.rate.farthest(now)));
        let (refused, spent_to): (usize, i64) = self.run(script!("allowance_take"), PREFIX, args).await?;
        Ok(match refused.checked_sub(1) {
            None => Taken::All,
            Some(which) => Taken::Refused { which, wait: allowances[which].rate.wait(Timestamp(spent_to), now) },
        })
    }

    async fn allowance_left(&self, allowance: &Allowance, now: Timestamp) -> Result<Left> {
        let spent_to: Option<i64> = self.command(cmd("GET").arg(key(&allowance.name))).await?;
        let spent_to = spent_to.map_or(now, Timestamp);
        Ok(Left { wait: allowance.rate.wait(spent_to, now), whole: spent_to <= now || spent_to > allowance.rate.farthest(now) })
    }

    async fn refill_allowance(&self, name: &str) -> Result<()> {
        self.command(cmd("DEL").arg(key(name))).await
    }

    /// Nothing: Redis removes them.
    async fn purge_allowances(&self, _: Timestamp) -> Result<u64> {
        Ok(0)
    }
}

fn key(name: &str) -> String {
    format!("{PREFIX}{name}")
}
