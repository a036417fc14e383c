//! Allowances.

use async_trait::async_trait;

use super::{Query, Record, Source, SqlStore, again, commit, execute, query};
use crate::{
    model::{
        Timestamp,
        allowance::{Allowance, Left, Taken},
    },
    store::{Result, allowance::Allowances},
};

#[async_trait]
impl Allowances for SqlStore {
    async fn take_allowances(&self, allowances: &[Allowance], now: Timestamp) -> Result<Taken> {
        match allowances {
            [] => Ok(Taken::All),
            [allowance] => self.take_one(allowance, now).await,
            _ => again(|| self.take_all(allowances, now)).await,
        }
    }

    async fn allowance_left(&self, allowance: &Allowance, now: Timestamp) -> Result<Left> {
        let spent_to = spent_to(self, &allowance.name).await?.unwrap_or(now);
        Ok(Left { wait: allowance.rate.wait(spent_to, now), whole: spent_to <= now || spent_to > allowance.rate.farthest(now) })
    }

    async fn refill_allowance(&self, name: &str) -> Result<()> {
        self.write(query("DELETE FROM allowances WHERE name = $1").bind(name.to_owned())).await?;
        Ok(())
    }

    async fn purge_allowances(&self, now: Timestamp) -> Result<u64> {
        self.write(query("DELETE FROM allowances WHERE expires_at <= $1").bind(now.0)).await
    }
}

impl SqlStore {
    /// One statement is a transaction of its own.
    async fn take_one(&self, allowance: &Allowance, now: Timestamp) -> Result<Taken> {
        if self.write(take(allowance, now)).await? > 0 {
            return Ok(Taken::All);
        }
        Ok(Taken::Refused { which: 0, wait: self.allowance_left(allowance, now).await?.wait })
    }

    async fn take_all(&self, allowances: &[Allowance], now: Timestamp) -> Result<Taken> {
        let mut transaction = self.begin().await?;
        // Each locks its row, so all callers go by the same order.
        let mut order: Vec<usize> = (0..allowances.len()).collect();
        order.sort_by(|a, b| allowances[*a].name.cmp(&allowances[*b].name));
        let mut refused: Option<usize> = None;
        for which in order {
            if execute(&mut transaction, take(&allowances[which], now)).await? == 0 {
                refused = Some(refused.map_or(which, |first| first.min(which)));
            }
        }
        let Some(which) = refused else {
            commit(transaction).await?;
            return Ok(Taken::All);
        };
        let allowance = &allowances[which];
        let spent_to = spent_to(&mut transaction, &allowance.name).await?.unwrap_or(now);
        // Dropped here: what was taken from the others is given back.
        Ok(Taken::Refused { which, wait: allowance.rate.wait(spent_to, now) })
    }
}

/// Touches no row if none is left.
fn take(allowance: &Allowance, now: Timestamp) -> Query {
    let rate = allowance.rate;
    query(
        "INSERT INTO allowances (name, spent_to, expires_at) VALUES ($1, $2, $2)
         ON CONFLICT (name) DO UPDATE SET
             spent_to = CASE WHEN allowances.spent_to > $3 AND allowances.spent_to <= $6 THEN allowances.spent_to + $4 ELSE $2 END,
             expires_at = CASE WHEN allowances.spent_to > $3 AND allowances.spent_to <= $6 THEN allowances.spent_to + $4 ELSE $2 END
         WHERE allowances.spent_to <= $5 OR allowances.spent_to > $6",
    )
    .bind(allowance.name.clone())
    .bind(now.plus(rate.every()).0)
    .bind(now.0)
    .bind(Timestamp(0).plus(rate.every()).0)
    .bind(rate.latest(now).0)
    .bind(rate.farthest(now).0)
}

async fn spent_to(executor: impl Into<Source<'_>>, name: &str) -> Result<Option<Timestamp>> {
    let select = query("SELECT name, spent_to FROM allowances WHERE name = $1").bind(name.to_owned());
    let row = select.fetch_optional(executor).await?;
    row.map(|row| Record::new("allowances", &["name"], &row).time("spent_to")).transpose()
}
