//! The history of sign-ins.

use async_trait::async_trait;

use super::{
    Record, Row, SqlStore, again, commit, execute,
    history::{Bind, History},
    query,
};
use crate::{
    model::{
        Timestamp, UserId,
        page::{Page, PageRequest},
        signin::{Hour, HourCount, SignIn, SignInFilter},
    },
    store::{Result, signin::SignIns},
};

#[async_trait]
impl SignIns for SqlStore {
    async fn record_signin(&self, signin: &SignIn) -> Result<()> {
        let id = self.reserved.signins.next(self, "signins").await?;
        // The account may have been deleted during the attempt; the attempt is remembered all the same.
        let insert = query(
            "INSERT INTO signins (id, user_id, at, provider, result, address, user_agent)
             VALUES ($1, (SELECT id FROM users WHERE id = $2), $3, $4, $5, $6, $7)",
        )
        .bind(id)
        .bind(signin.user.map(|user| user.0))
        .bind(signin.at.0)
        .bind(signin.provider.clone())
        .bind(signin.result.clone())
        .bind(signin.address.clone())
        .bind(signin.user_agent.clone());
        // All gateways add to one row for each hour, provider and result. It comes last, so that it is locked for the commit
        // alone: thousands of sign-ins a second pass, and hashing allows some dozens.
        let count = query(
            "INSERT INTO signin_hours (hour, provider, result, count) VALUES ($1, $2, $3, 1)
             ON CONFLICT (hour, provider, result) DO UPDATE SET count = signin_hours.count + 1",
        )
        .bind(Hour::of(signin.at).0)
        .bind(signin.provider.clone())
        .bind(signin.counted_as());
        again(|| async {
            let mut transaction = self.begin().await?;
            execute(&mut transaction, insert.clone()).await?;
            execute(&mut transaction, count.clone()).await?;
            commit(transaction).await
        })
        .await
    }

    async fn signins(&self, filter: &SignInFilter, request: &PageRequest) -> Result<Page<SignIn>> {
        history(filter).page(self, request, read).await
    }

    async fn signins_by_hour(&self, from: Hour, to: Hour) -> Result<Vec<HourCount>> {
        let select =
            query("SELECT hour, provider, result, count FROM signin_hours WHERE hour >= $1 AND hour < $2 ORDER BY hour, provider, result");
        let rows = select.bind(from.0).bind(to.0).fetch_all(self).await?;
        rows.iter().map(read_count).collect()
    }

    async fn purge_signins(&self, before: Timestamp, limit: u32) -> Result<u64> {
        let purge = query("DELETE FROM signins WHERE id IN (SELECT id FROM signins WHERE at < $1 ORDER BY at, id LIMIT $2)");
        let purge = purge.bind(before.0).bind(i64::from(limit));
        let hours = query("DELETE FROM signin_hours WHERE hour < $1").bind(Hour::of(before).0);
        again(|| async {
            let mut transaction = self.begin().await?;
            let purged = execute(&mut transaction, purge.clone()).await?;
            execute(&mut transaction, hours.clone()).await?;
            commit(transaction).await?;
            Ok(purged)
        })
        .await
    }
}

fn history(filter: &SignInFilter) -> History {
    History::new("signins", "user_id, at, provider, result, address, user_agent")
        .only("user_id", filter.user.map(|user| Bind::Number(user.0)))
        .only("result", filter.result.clone().map(Bind::Text))
        .only("provider", filter.provider.clone().map(Bind::Text))
}

fn read(row: &Row) -> Result<SignIn> {
    let record = Record::new("signins", &["id"], row);
    Ok(SignIn {
        user: record.get::<Option<i64>>("user_id")?.map(UserId),
        at: record.time("at")?,
        provider: record.get("provider")?,
        result: record.get("result")?,
        address: record.get("address")?,
        user_agent: record.get("user_agent")?,
    })
}

fn read_count(row: &Row) -> Result<HourCount> {
    let record = Record::new("signin_hours", &["hour", "provider", "result"], row);
    Ok(HourCount {
        hour: Hour(record.get("hour")?),
        provider: record.get("provider")?,
        result: record.get("result")?,
        count: record.count("count")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn no_reading_grows_with_the_history() {
        let some = || Some("x".to_owned());
        let filter = |user: Option<i64>, result, provider| SignInFilter { user: user.map(UserId), result, provider };
        for (filter, index) in [
            (SignInFilter::default(), "signins_by_time"),
            (filter(Some(7), None, None), "signins_of_user"),
            (filter(Some(7), some(), some()), "signins_of_user"),
            (filter(None, some(), None), "signins_by_result"),
            (filter(None, None, some()), "signins_by_provider"),
        ] {
            history(&filter).assert_uses(index).await;
        }
    }
}
