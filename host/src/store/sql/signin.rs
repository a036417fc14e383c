//! The history of sign-ins.

use async_trait::async_trait;
use sqlx::query;

use super::{Record, Row, SqlStore, store_error};
use crate::{
    model::{UserId, signin::SignIn},
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
        self.write(insert).await.map(|_| ())
    }

    async fn signins_of(&self, user: UserId, limit: u32) -> Result<Vec<SignIn>> {
        let rows = query(
            "SELECT id, user_id, at, provider, result, address, user_agent FROM signins
             WHERE user_id = $1 ORDER BY at DESC, id DESC LIMIT $2",
        )
        .bind(user.0)
        .bind(i64::from(limit))
        .fetch_all(&self.readers)
        .await
        .map_err(store_error)?;
        rows.iter().map(read).collect()
    }
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
