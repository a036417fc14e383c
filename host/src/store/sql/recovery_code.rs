//! Recovery codes.

use async_trait::async_trait;

use super::{Record, SqlStore, Transaction, again, commit, execute, query, user::hold};
use crate::{
    model::UserId,
    store::{Result, recovery_code::RecoveryCodes},
};

#[async_trait]
impl RecoveryCodes for SqlStore {
    async fn replace_recovery_codes(&self, user: UserId, hashes: &[String]) -> Result<bool> {
        again(|| async {
            let mut transaction = self.begin().await?;
            hold(&mut transaction, user).await?;
            let factor = query("SELECT id FROM identities WHERE user_id = $1 AND is_factor LIMIT 1").bind(user.0);
            if factor.fetch_optional(&mut transaction).await?.is_none() {
                return Ok(false);
            }
            clear(&mut transaction, user).await?;
            insert(&mut transaction, user, hashes).await?;
            commit(transaction).await?;
            Ok(true)
        })
        .await
    }

    async fn use_recovery_code(&self, user: UserId, hash: &str) -> Result<bool> {
        let take = query("DELETE FROM recovery_codes WHERE user_id = $1 AND code_hash = $2");
        Ok(self.write(take.bind(user.0).bind(hash.to_owned())).await? > 0)
    }

    async fn recovery_codes_left(&self, user: UserId) -> Result<u64> {
        let left = query("SELECT $1 AS user_id, COUNT(*) AS codes FROM recovery_codes WHERE user_id = $1").bind(user.0);
        count(&left.fetch_one(self).await?)
    }
}

/// How many a user has, as the transaction sees it.
pub(super) async fn left(transaction: &mut Transaction, user: UserId) -> Result<u64> {
    let left = query("SELECT $1 AS user_id, COUNT(*) AS codes FROM recovery_codes WHERE user_id = $1").bind(user.0);
    count(&left.fetch_one(transaction).await?)
}

fn count(row: &super::Row) -> Result<u64> {
    Record::new("recovery_codes", &["user_id"], row).count("codes")
}

pub(super) async fn insert(transaction: &mut Transaction, user: UserId, hashes: &[String]) -> Result<()> {
    for hash in hashes {
        let insert = query("INSERT INTO recovery_codes (user_id, code_hash) VALUES ($1, $2) ON CONFLICT (user_id, code_hash) DO NOTHING");
        execute(transaction, insert.bind(user.0).bind(hash.clone())).await?;
    }
    Ok(())
}

pub(super) async fn clear(transaction: &mut Transaction, user: UserId) -> Result<()> {
    execute(transaction, query("DELETE FROM recovery_codes WHERE user_id = $1").bind(user.0)).await?;
    Ok(())
}
