//! Password hashes.

use async_trait::async_trait;

use super::{Query, Record, SqlStore, Transaction, again, commit, execute, identity, query, user::read};
use crate::{
    model::{
        UserId,
        user::{PasswordReset, Reset},
    },
    store::{Result, credential::Credentials},
};

#[async_trait]
impl Credentials for SqlStore {
    async fn password_hash(&self, user: UserId) -> Result<Option<String>> {
        let row = query("SELECT user_id, password_hash FROM credentials WHERE user_id = $1").bind(user.0).fetch_optional(self).await?;
        row.map(|row| Record::new("credentials", &["user_id"], &row).get("password_hash")).transpose()
    }

    async fn set_password_hash(&self, user: UserId, hash: &str) -> Result<bool> {
        Ok(self.write(replace(user, hash)).await? > 0)
    }

    async fn upgrade_password_hash(&self, user: UserId, old: &str, new: &str) -> Result<bool> {
        let upgrade = query("UPDATE credentials SET password_hash = $3 WHERE user_id = $1 AND password_hash = $2");
        Ok(self.write(upgrade.bind(user.0).bind(old.to_owned()).bind(new.to_owned())).await? > 0)
    }

    async fn reset_password(&self, reset: &PasswordReset) -> Result<Reset> {
        again(|| async {
            let mut transaction = self.begin().await?;
            // The same as `hold`, if the address is still the user's.
            let hold = query("UPDATE users SET disabled = disabled WHERE id = $1 AND email = $2");
            if execute(&mut transaction, hold.bind(reset.user.0).bind(reset.email.as_str().to_owned())).await? == 0 {
                return Ok(Reset::NotFound);
            }
            let Some(before) = read::by_id(&mut transaction, reset.user).await? else { return Ok(Reset::NotFound) };
            if before.disabled {
                return Ok(Reset::Disabled);
            }
            if !before.email_verified {
                clear(&mut transaction, reset.user).await?;
            }
            execute(&mut transaction, query("UPDATE users SET email_verified = TRUE WHERE id = $1").bind(reset.user.0)).await?;
            set(&mut transaction, reset.user, &reset.password_hash).await?;
            // If it is another's, the password is still this user's, for the other ways in that take one.
            identity::insert(&mut transaction, reset.user, &reset.identity, reset.at).await?;
            let user = read::by_id(&mut transaction, reset.user).await?;
            commit(transaction).await?;
            Ok(user.map_or(Reset::NotFound, |user| Reset::Done { user, taken_over: !before.email_verified }))
        })
        .await
    }
}

/// Removes everything that the maker of an account may have put there; id, address and roles stay.
async fn clear(transaction: &mut Transaction, user: UserId) -> Result<()> {
    for statement in [
        "DELETE FROM identities WHERE user_id = $1",
        "DELETE FROM recovery_codes WHERE user_id = $1",
        "DELETE FROM profile_entries WHERE user_id = $1",
        "DELETE FROM known_places WHERE user_id = $1",
        "UPDATE users SET display_name = NULL, locale = NULL WHERE id = $1",
    ] {
        execute(transaction, query(statement).bind(user.0)).await?;
    }
    Ok(())
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
pub(super) async fn set(transaction: &mut Transaction, user: UserId, hash: &str) -> Result<()> {
    execute(transaction, replace(user, hash)).await?;
    Ok(())
}

/// The first password of a new user.
pub(super) async fn insert(transaction: &mut Transaction, user: UserId, hash: &str) -> Result<()> {
    let insert = query("INSERT INTO credentials (user_id, password_hash) VALUES ($1, $2)");
    execute(transaction, insert.bind(user.0).bind(hash.to_owned())).await?;
    Ok(())
}
