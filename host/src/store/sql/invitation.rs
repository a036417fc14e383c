//! Invitations.

mod page;

use async_trait::async_trait;

use self::page::{read, with_roles};
use super::{Query, SqlStore, Transaction, again, commit, execute, outbox, query, sequence::next_id, user};
use crate::{
    model::{
        InvitationId, Timestamp, UserId,
        invitation::{Acceptance, Accepted, Invitation, InvitationFilter, InvitationRevoked, InvitationState, NewInvitation},
        outbox::NewMail,
        page::{Page, PageRequest},
        user::{Created, NewUser},
    },
    store::{Result, StoreError, invitation::Invitations},
};

#[async_trait]
impl Invitations for SqlStore {
    async fn create_invitation(&self, new: &NewInvitation, mail: &NewMail) -> Result<Option<Invitation>> {
        let mail_id = self.reserved.outbox.next(self, "outbox").await?;
        again(|| async {
            let mut transaction = self.begin().await?;
            let id = InvitationId(next_id(&mut transaction, "invitations").await?);
            execute(&mut transaction, insert(id, new)).await?;
            for role in &new.roles {
                let add = query(
                    "INSERT INTO invitation_roles (invitation_id, role) SELECT $1, name FROM roles WHERE name = $2
                     ON CONFLICT (invitation_id, role) DO UPDATE SET role = excluded.role",
                );
                if execute(&mut transaction, add.bind(id.0).bind(role.clone())).await? == 0 {
                    return Ok(None);
                }
            }
            execute(&mut transaction, outbox::insert(mail_id, mail)).await?;
            let made = one(&mut transaction, by_id(id)).await?;
            commit(transaction).await?;
            made.map(Some).ok_or_else(|| StoreError::Statement("a new invitation cannot be read back".to_owned()))
        })
        .await
    }

    async fn invitation(&self, id: InvitationId) -> Result<Option<Invitation>> {
        let mut moment = self.database.moment().await?;
        one(&mut moment, by_id(id)).await
    }

    async fn invitation_by_token(&self, token_hash: &str) -> Result<Option<Invitation>> {
        let mut moment = self.database.moment().await?;
        one(&mut moment, by_token(token_hash)).await
    }

    async fn invitations(&self, filter: &InvitationFilter, now: Timestamp, request: &PageRequest) -> Result<Page<Invitation>> {
        page::of(self, filter, now, request).await
    }

    async fn revoke_invitation(&self, id: InvitationId, at: Timestamp) -> Result<InvitationRevoked> {
        let revoke = query("UPDATE invitations SET revoked_at = COALESCE(revoked_at, $2) WHERE id = $1 AND used_at IS NULL");
        if self.write(revoke.bind(id.0).bind(at.0)).await? > 0 {
            return Ok(InvitationRevoked::Done);
        }
        Ok(if self.invitation(id).await?.is_some() { InvitationRevoked::Used } else { InvitationRevoked::NotFound })
    }

    async fn accept_invitation(&self, acceptance: &Acceptance) -> Result<Accepted> {
        let mail_id = match &acceptance.mail {
            Some(_) => Some(self.reserved.outbox.next(self, "outbox").await?),
            None => None,
        };
        let now = acceptance.user.created_at;
        again(|| async {
            let mut transaction = self.begin().await?;
            let id = UserId(next_id(&mut transaction, "users").await?);
            // Whoever takes it goes on; leaving early rolls back, which gives it back.
            if execute(&mut transaction, take(&acceptance.token_hash, id, now)).await? == 0 {
                let found = one(&mut transaction, by_token(&acceptance.token_hash)).await?;
                return Ok(found.map_or(Accepted::NotFound, |found| refused(&found, now)));
            }
            let taken = one(&mut transaction, by_token(&acceptance.token_hash)).await?;
            let taken = taken.ok_or_else(|| StoreError::Statement("an invitation cannot be read back".to_owned()))?;
            let roles = acceptance.user.roles.iter().chain(&taken.roles).cloned().collect();
            let new = NewUser { roles, ..acceptance.user.clone() };
            let made = match user::make(&mut transaction, id, &new, Some(taken.id)).await? {
                Created::User(user) => user,
                Created::EmailTaken => return Ok(Accepted::EmailTaken),
                Created::IdentityTaken => return Ok(Accepted::IdentityTaken),
            };
            if let (Some(mail), Some(mail_id)) = (&acceptance.mail, mail_id) {
                execute(&mut transaction, outbox::insert(mail_id, mail)).await?;
            }
            commit(transaction).await?;
            Ok(Accepted::User(Box::new(made)))
        })
        .await
    }

    async fn purge_invitations(&self, before: Timestamp, limit: u32) -> Result<u64> {
        let old = [
            "DELETE FROM invitations WHERE id IN (SELECT id FROM invitations WHERE used_at < $1 ORDER BY used_at, id LIMIT $2)",
            "DELETE FROM invitations WHERE id IN (SELECT id FROM invitations WHERE revoked_at < $1 ORDER BY revoked_at, id LIMIT $2)",
            "DELETE FROM invitations WHERE id IN (SELECT id FROM invitations
             WHERE used_at IS NULL AND revoked_at IS NULL AND expires_at < $1 ORDER BY expires_at, id LIMIT $2)",
        ];
        let mut purged = 0;
        for statement in old {
            purged += self.write(query(statement).bind(before.0).bind(i64::from(limit))).await?;
        }
        Ok(purged)
    }
}

/// Removes the invitations to a user's address, which says who the user was; those that made the user go by themselves. To an
/// address that is not known to be the user's, they stay.
pub(super) async fn delete_to(transaction: &mut Transaction, user: UserId) -> Result<()> {
    let delete = query("DELETE FROM invitations WHERE email IN (SELECT email FROM users WHERE id = $1 AND email_verified)");
    execute(transaction, delete.bind(user.0)).await?;
    Ok(())
}

fn insert(id: InvitationId, new: &NewInvitation) -> Query {
    query(
        "INSERT INTO invitations (id, token_hash, email, note, locale, created_by, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, (SELECT id FROM users WHERE id = $6), $7, $8)",
    )
    .bind(id.0)
    .bind(new.token_hash.clone())
    .bind(new.email.as_str().to_owned())
    .bind(new.note.clone())
    .bind(new.locale.clone())
    .bind(new.created_by.0)
    .bind(new.created_at.0)
    .bind(new.expires_at.0)
}

fn take(token_hash: &str, user: UserId, now: Timestamp) -> Query {
    query(
        "UPDATE invitations SET used_at = $3, used_by = $2
         WHERE token_hash = $1 AND used_at IS NULL AND revoked_at IS NULL AND expires_at > $3",
    )
    .bind(token_hash.to_owned())
    .bind(user.0)
    .bind(now.0)
}

fn refused(found: &Invitation, now: Timestamp) -> Accepted {
    match found.state(now) {
        InvitationState::Used => Accepted::Used,
        InvitationState::Revoked => Accepted::Revoked,
        InvitationState::Expired | InvitationState::Pending => Accepted::Expired,
    }
}

fn by_id(id: InvitationId) -> Query {
    query(concat!(page::columns!(), " WHERE id = $1")).bind(id.0)
}

fn by_token(token_hash: &str) -> Query {
    query(concat!(page::columns!(), " WHERE token_hash = $1")).bind(token_hash.to_owned())
}

async fn one(transaction: &mut Transaction, select: Query) -> Result<Option<Invitation>> {
    let row = select.fetch_optional(&mut *transaction).await?;
    let mut found: Vec<Invitation> = row.as_ref().map(read).transpose()?.into_iter().collect();
    with_roles(transaction, &mut found).await?;
    Ok(found.pop())
}
