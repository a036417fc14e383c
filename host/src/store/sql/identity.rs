//! Identities.

use async_trait::async_trait;
use sqlx::query;

use super::{Connection, Record, Row, SqlStore, execute, store_error};
use crate::{
    model::{Timestamp, UserId, identity::Identity, user::NewIdentity},
    store::{Result, identity::Identities},
};

#[async_trait]
impl Identities for SqlStore {
    async fn identity(&self, provider: &str, subject: &str) -> Result<Option<Identity>> {
        let row = query("SELECT provider, subject, user_id, private_data, created_at FROM identities WHERE provider = $1 AND subject = $2")
            .bind(provider.to_owned())
            .bind(subject.to_owned())
            .fetch_optional(&self.readers)
            .await
            .map_err(store_error)?;
        row.as_ref().map(read).transpose()
    }

    async fn identities_of(&self, user: UserId) -> Result<Vec<Identity>> {
        let rows = query(
            "SELECT provider, subject, user_id, private_data, created_at FROM identities
             WHERE user_id = $1 ORDER BY created_at, provider, subject",
        )
        .bind(user.0)
        .fetch_all(&self.readers)
        .await
        .map_err(store_error)?;
        rows.iter().map(read).collect()
    }

    async fn attach_identity(&self, user: UserId, identity: &NewIdentity, at: Timestamp) -> Result<bool> {
        if insert(&mut *self.writer.acquire().await.map_err(store_error)?, user, identity, at).await? {
            return Ok(true);
        }
        let there = self.identity(&identity.provider, &identity.subject).await?;
        Ok(there.is_some_and(|there| there.user == user))
    }

    async fn set_identity_private(&self, provider: &str, subject: &str, private: Option<&[u8]>) -> Result<()> {
        let update = query("UPDATE identities SET private_data = $3 WHERE provider = $1 AND subject = $2")
            .bind(provider.to_owned())
            .bind(subject.to_owned())
            .bind(private.map(<[u8]>::to_vec));
        self.write(update).await?;
        Ok(())
    }
}

/// False, and no change, if (provider, subject) is there already, or the user is not.
pub(super) async fn insert(connection: &mut Connection, user: UserId, identity: &NewIdentity, at: Timestamp) -> Result<bool> {
    let insert = query(
        "INSERT INTO identities (provider, subject, user_id, private_data, created_at)
         SELECT $1, $2, id, $3, $4 FROM users WHERE id = $5
         ON CONFLICT (provider, subject) DO NOTHING",
    )
    .bind(identity.provider.clone())
    .bind(identity.subject.clone())
    .bind(identity.private.clone())
    .bind(at.0)
    .bind(user.0);
    Ok(execute(connection, insert).await? > 0)
}

fn read(row: &Row) -> Result<Identity> {
    let record = Record::new("identities", &["provider", "subject"], row);
    Ok(Identity {
        user: UserId(record.get("user_id")?),
        provider: record.get("provider")?,
        subject: record.get("subject")?,
        private: record.get("private_data")?,
        created_at: record.time("created_at")?,
    })
}
