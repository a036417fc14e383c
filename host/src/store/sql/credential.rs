//! Password hashes.

use async_trait::async_trait;
use sqlx::query;

use super::{Connection, Query, Record, SqlStore, execute, store_error};
use crate::{
    model::UserId,
    store::{Result, credential::Credentials},
};

#[async_trait]
impl Credentials for SqlStore {
    async fn password_hash(&self, user: UserId) -> Result<Option<String>> {
        let row = query("SELECT user_id, password_hash FROM credentials WHERE user_id = $1")
            .bind(user.0)
            .fetch_optional(&self.readers)
            .await
            .map_err(store_error)?;
        row.map(|row| Record::new("credentials", &["user_id"], &row).get("password_hash")).transpose()
    }

    async fn set_password_hash(&self, user: UserId, hash: &str) -> Result<bool> {
        Ok(self.write(replace(user, hash)).await? > 0)
    }

    async fn upgrade_password_hash(&self, user: UserId, old: &str, new: &str) -> Result<bool> {
        let upgrade = query("UPDATE credentials SET password_hash = $3 WHERE user_id = $1 AND password_hash = $2");
        Ok(self.write(upgrade.bind(user.0).bind(old.to_owned()).bind(new.to_owned())).await? > 0)
    }
}

fn replace(user: UserId, hash: &str) -> Query {
    query(
        "INSERT INTO credentials (user_id, password_hash)
         SELECT id, $2 FROM users WHERE id = $1
         ON CONFLICT (user_id) DO UPDATE SET password_hash = excluded.password_hash",
    )
    .bind(user.0)
    .bind(hash.to_owned())
}

/// Sets the hash, whatever was there.
pub(super) async fn set(connection: &mut Connection, user: UserId, hash: &str) -> Result<()> {
    execute(connection, replace(user, hash)).await?;
    Ok(())
}

/// The first password of a new user.
pub(super) async fn insert(connection: &mut Connection, user: UserId, hash: &str) -> Result<()> {
    let insert = query("INSERT INTO credentials (user_id, password_hash) VALUES ($1, $2)");
    execute(connection, insert.bind(user.0).bind(hash.to_owned())).await?;
    Ok(())
}
