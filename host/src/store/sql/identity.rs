//! Identities.

mod change;

use async_trait::async_trait;

use super::{Record, Row, Source, SqlStore, Transaction, again, commit, execute, query, sequence::next_id};
use crate::{
    model::{
        Email, IdentityId, Timestamp, UserId,
        identity::{Added, Detached, Enrolled, Identity, NewWay},
        user::NewIdentity,
    },
    store::{Result, identity::Identities},
};

#[async_trait]
impl Identities for SqlStore {
    async fn identity(&self, provider: &str, subject: &str) -> Result<Option<Identity>> {
        by_subject(self, provider, subject).await
    }

    async fn identities_of(&self, user: UserId) -> Result<Vec<Identity>> {
        of_user(self, user).await
    }

    async fn attach_identity(&self, user: UserId, identity: &NewIdentity, at: Timestamp) -> Result<bool> {
        again(|| async {
            let mut transaction = self.begin().await?;
            if insert(&mut transaction, user, identity, at).await? {
                commit(transaction).await?;
                return Ok(true);
            }
            drop(transaction);
            let there = self.identity(&identity.provider, &identity.subject).await?;
            Ok(there.is_some_and(|there| there.user == user))
        })
        .await
    }

    async fn add_identity(&self, user: UserId, way: &NewWay, at: Timestamp) -> Result<Added> {
        again(|| change::add(self, user, way, at)).await
    }

    async fn enrol_factor(&self, user: UserId, identity: &NewIdentity, code_hashes: &[String], at: Timestamp) -> Result<Option<Enrolled>> {
        again(|| change::enrol(self, user, identity, code_hashes, at)).await
    }

    async fn detach_identity(&self, user: UserId, id: IdentityId, vouching: &[String]) -> Result<Detached> {
        again(|| change::detach(self, user, id, vouching)).await
    }

    async fn take_over(&self, user: UserId, email: &Email, identity: &NewIdentity, at: Timestamp) -> Result<bool> {
        again(|| change::take_over(self, user, email, identity, at)).await
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
pub(super) async fn insert(transaction: &mut Transaction, user: UserId, identity: &NewIdentity, at: Timestamp) -> Result<bool> {
    let insert = query(
        "INSERT INTO identities (provider, subject, id, user_id, is_factor, private_data, created_at)
         SELECT $1, $2, $3, id, $4, $5, $6 FROM users WHERE id = $7
         ON CONFLICT (provider, subject) DO NOTHING",
    )
    .bind(identity.provider.clone())
    .bind(identity.subject.clone())
    .bind(next_id(transaction, "identities").await?)
    .bind(identity.is_factor)
    .bind(identity.private.clone())
    .bind(at.0)
    .bind(user.0);
    Ok(execute(transaction, insert).await? > 0)
}

async fn by_subject<'c>(executor: impl Into<Source<'c>>, provider: &str, subject: &str) -> Result<Option<Identity>> {
    let select = query(
        "SELECT id, provider, subject, user_id, is_factor, private_data, created_at FROM identities
         WHERE provider = $1 AND subject = $2",
    );
    let row = select.bind(provider.to_owned()).bind(subject.to_owned()).fetch_optional(executor).await?;
    row.as_ref().map(read).transpose()
}

async fn of_user<'c>(executor: impl Into<Source<'c>>, user: UserId) -> Result<Vec<Identity>> {
    let select = query(
        "SELECT id, provider, subject, user_id, is_factor, private_data, created_at FROM identities
         WHERE user_id = $1 ORDER BY created_at, provider, subject",
    );
    let rows = select.bind(user.0).fetch_all(executor).await?;
    rows.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Identity> {
    let record = Record::new("identities", &["provider", "subject"], row);
    Ok(Identity {
        id: IdentityId(record.get("id")?),
        user: UserId(record.get("user_id")?),
        provider: record.get("provider")?,
        subject: record.get("subject")?,
        private: record.get("private_data")?,
        is_factor: record.get("is_factor")?,
        created_at: record.time("created_at")?,
    })
}
