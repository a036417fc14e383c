//! Users.

mod amend;
mod page;
pub(super) mod read;

use async_trait::async_trait;

use super::{SqlStore, Transaction, again, commit, credential, execute, identity, invitation, query, role, sequence::next_id};
use crate::{
    model::{
        Email, InvitationId, UserId,
        page::{Page, PageRequest},
        user::{Amended, Amendment, Created, Deleted, EmailChanged, NewUser, User, UserChange},
    },
    store::{Result, StoreError, user::Users},
};

/// The writer of what the user wrote.
pub(super) const OWN: &str = "";
/// Ids that are counted together; the same number stands in the migration.
pub(super) const BLOCK: i64 = 1024;

#[async_trait]
impl Users for SqlStore {
    async fn create_user(&self, new: &NewUser) -> Result<Created> {
        again(|| async {
            let mut transaction = self.begin().await?;
            let id = UserId(next_id(&mut transaction, "users").await?);
            let made = make(&mut transaction, id, new, None).await?;
            // Leaving early rolls back, the id included.
            if matches!(made, Created::User(_)) {
                commit(transaction).await?;
            }
            Ok(made)
        })
        .await
    }

    async fn user(&self, id: UserId) -> Result<Option<User>> {
        read::by_id(self, id).await
    }

    async fn user_by_email(&self, email: &Email) -> Result<Option<User>> {
        read::by_email(self, email).await
    }

    async fn verify_email(&self, id: UserId, email: &Email) -> Result<Option<User>> {
        let verify = query("UPDATE users SET email_verified = TRUE WHERE id = $1 AND email = $2");
        if self.write(verify.bind(id.0).bind(email.as_str().to_owned())).await? == 0 {
            return Ok(None);
        }
        read::by_id(self, id).await
    }

    async fn change_user(&self, id: UserId, change: &UserChange) -> Result<Option<User>> {
        again(|| async {
            let mut transaction = self.begin().await?;
            if !amend::own(&mut transaction, id, change).await? {
                return Ok(None);
            }
            let user = read::by_id(&mut transaction, id).await?;
            commit(transaction).await?;
            Ok(user)
        })
        .await
    }

    async fn change_email(&self, id: UserId, new: Option<&Email>, verified: bool) -> Result<EmailChanged> {
        let change = Amendment { email: Some(new.cloned()), email_verified: Some(verified), ..Amendment::default() };
        Ok(match self.amend_user(id, &change).await? {
            Amended::Done(user) => EmailChanged::Done(user),
            Amended::EmailTaken => EmailChanged::Taken,
            Amended::NotFound | Amended::LastAdministrator => EmailChanged::NotFound,
        })
    }

    async fn amend_user(&self, id: UserId, amendment: &Amendment) -> Result<Amended> {
        again(|| async { amend::whole(self.begin().await?, id, amendment).await }).await
    }

    async fn users(&self, request: &PageRequest) -> Result<Page<User>> {
        page::of_all(self, request).await
    }

    async fn users_by_email(&self, prefix: &str, request: &PageRequest) -> Result<Option<Page<User>>> {
        page::by_email(self, prefix, request).await
    }

    async fn fill_profile(&self, id: UserId, provider: &str, entries: &[(String, String)]) -> Result<()> {
        again(|| async {
            if entries.is_empty() {
                return Ok(());
            }
            let mut transaction = self.begin().await?;
            for (name, value) in entries {
                // Adds nothing for a user who was deleted meanwhile.
                let fill = query(
                    "INSERT INTO profile_entries (user_id, name, value, provider)
                     SELECT id, $2, $3, $4 FROM users WHERE id = $1
                     ON CONFLICT (user_id, name, provider) DO NOTHING",
                );
                execute(&mut transaction, fill.bind(id.0).bind(name.clone()).bind(value.clone()).bind(provider.to_owned())).await?;
            }
            commit(transaction).await
        })
        .await
    }

    async fn profile_of(&self, id: UserId, provider: &str) -> Result<Vec<(String, String)>> {
        let select = query("SELECT name, value FROM profile_entries WHERE user_id = $1 AND provider = $2 ORDER BY name");
        let rows = select.bind(id.0).bind(provider.to_owned()).fetch_all(self).await?;
        rows.iter().map(read::entry).collect()
    }

    async fn delete_user(&self, id: UserId) -> Result<Deleted> {
        again(|| async {
            let mut transaction = self.begin().await?;
            if role::is_last_administrator(&mut transaction, id).await? {
                return Ok(Deleted::LastAdministrator);
            }
            delete_mails(&mut transaction, id).await?;
            invitation::delete_to(&mut transaction, id).await?;
            if execute(&mut transaction, query("DELETE FROM users WHERE id = $1").bind(id.0)).await? == 0 {
                return Ok(Deleted::NotFound);
            }
            count_out(&mut transaction, id).await?;
            commit(transaction).await?;
            Ok(Deleted::Done)
        })
        .await
    }
}

/// Makes everything of a new user within a transaction, which the caller rolls back if something is taken.
pub(super) async fn make(transaction: &mut Transaction, id: UserId, new: &NewUser, invitation: Option<InvitationId>) -> Result<Created> {
    // What is taken is found out by the insert itself, because a look before it could be outrun.
    if !insert(transaction, id, new, invitation).await? {
        return Ok(Created::EmailTaken);
    }
    if !identity::insert(transaction, id, &new.identity, new.created_at).await? {
        return Ok(Created::IdentityTaken);
    }
    if let Some(hash) = &new.password_hash {
        credential::insert(transaction, id, hash).await?;
    }
    for (name, value) in &new.profile {
        set_entry(transaction, id, &new.identity.provider, name, value).await?;
    }
    role::insert(transaction, id, &new.roles).await?;
    count_in(transaction, id).await?;
    let user = read::by_id(&mut *transaction, id).await?;
    user.map(Created::User).ok_or_else(|| StoreError::Statement("a new user cannot be read back".to_owned()))
}

/// Removes the mails to a user, whatever became of them. To an address that the user only asked for, and that may be somebody
/// else's, nothing but that question.
async fn delete_mails(transaction: &mut Transaction, id: UserId) -> Result<()> {
    let delete = query(
        "DELETE FROM outbox WHERE recipient IN (SELECT email FROM users WHERE id = $1)
         OR (template = 'email-change-new' AND recipient IN (SELECT email FROM proofs WHERE user_id = $1))",
    );
    execute(transaction, delete.bind(id.0)).await?;
    Ok(())
}

/// False if the address is taken.
async fn insert(transaction: &mut Transaction, id: UserId, new: &NewUser, invitation: Option<InvitationId>) -> Result<bool> {
    let insert = query(
        "INSERT INTO users (id, email, email_verified, created_at, invitation_id) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (email) DO NOTHING",
    )
    .bind(id.0)
    .bind(new.email.as_ref().map(|email| email.as_str().to_owned()))
    .bind(new.email_verified)
    .bind(new.created_at.0)
    .bind(invitation.map(|invitation| invitation.0));
    Ok(execute(transaction, insert).await? > 0)
}

/// Holds a user until the end of the transaction: whoever else is about to decide by what this user has waits here. False if
/// there is no such user.
pub(super) async fn hold(transaction: &mut Transaction, id: UserId) -> Result<bool> {
    Ok(execute(transaction, query("UPDATE users SET disabled = disabled WHERE id = $1").bind(id.0)).await? > 0)
}

/// Counts a new user in the block of its id, in the transaction that adds it.
pub(super) async fn count_in(transaction: &mut Transaction, id: UserId) -> Result<()> {
    let count = query(
        "INSERT INTO user_blocks (block, users) VALUES ($1, 1)
         ON CONFLICT (block) DO UPDATE SET users = user_blocks.users + 1",
    );
    execute(transaction, count.bind(id.0 / BLOCK)).await?;
    Ok(())
}

async fn count_out(transaction: &mut Transaction, id: UserId) -> Result<()> {
    execute(transaction, query("UPDATE user_blocks SET users = users - 1 WHERE block = $1").bind(id.0 / BLOCK)).await?;
    Ok(())
}

async fn set_entry(transaction: &mut Transaction, user: UserId, provider: &str, name: &str, value: &str) -> Result<()> {
    let set = query(
        "INSERT INTO profile_entries (user_id, name, value, provider) VALUES ($1, $2, $3, $4)
         ON CONFLICT (user_id, name, provider) DO UPDATE SET value = excluded.value",
    );
    execute(transaction, set.bind(user.0).bind(name.to_owned()).bind(value.to_owned()).bind(provider.to_owned())).await?;
    Ok(())
}

async fn remove_entry(transaction: &mut Transaction, user: UserId, name: &str) -> Result<()> {
    let remove = query("DELETE FROM profile_entries WHERE user_id = $1 AND name = $2");
    execute(transaction, remove.bind(user.0).bind(name.to_owned())).await?;
    Ok(())
}
