//! What an operator does with a shell.

use super::{Error, Flow, Result};
use crate::model::{
    Email, Secret, UserId,
    audit::Actor,
    session::EndReason,
    user::{ADMIN, Amendment, Created, NewIdentity, NewUser, SIMPLE},
};

/// What came of [`Flow::set_admin`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AdminSet {
    /// A new account.
    Created(UserId),
    /// An account that was there; it has this password now and its sessions ended.
    Promoted(UserId),
}

impl Flow {
    /// Creates an administrator, or promotes an account and sets its password.
    ///
    /// # Errors
    /// [`Error::Fields`] if the password is refused, or the store's.
    pub async fn set_admin(&self, email: &Email, password: &Secret<String>) -> Result<AdminSet> {
        if let Some(weakness) = self.weakness("password", password, Some(email)).await? {
            return Err(Error::Fields(vec![weakness]));
        }
        let hash = self.hash_password(password).await?;
        let identity = NewIdentity { provider: SIMPLE.to_owned(), subject: email.as_str().to_owned(), private: None, is_factor: false };
        let new = NewUser {
            email: Some(email.clone()),
            email_verified: true,
            profile: std::collections::BTreeMap::new(),
            identity: identity.clone(),
            password_hash: Some(hash.clone()),
            roles: vec![ADMIN.to_owned()],
            created_at: self.clock.now(),
        };
        let set = match self.accounts.create_user(&new).await? {
            Created::User(user) => AdminSet::Created(user.id),
            Created::EmailTaken | Created::IdentityTaken => AdminSet::Promoted(self.promote(email, &identity, &hash).await?),
        };
        let (id, how) = match set {
            AdminSet::Created(id) => (id, "created"),
            AdminSet::Promoted(id) => (id, "promoted"),
        };
        self.audit(Actor::Operator, "user.set_admin", format!("user:{id}"), how).await;
        Ok(set)
    }

    async fn promote(&self, email: &Email, identity: &NewIdentity, hash: &str) -> Result<UserId> {
        let user = self.accounts.user_by_email(email).await?.ok_or(Error::IdentityTaken)?;
        if !self.accounts.attach_identity(user.id, identity, self.clock.now()).await? {
            return Err(Error::IdentityTaken);
        }
        // Who is made an administrator can act as one.
        let change = Amendment { disabled: Some(false), password_hash: Some(hash.to_owned()), ..Amendment::default() };
        self.apply(user.id, &change).await?;
        self.accounts.grant_role(user.id, ADMIN).await?;
        self.end_all(user.id, None, EndReason::Password).await?;
        self.drop_proofs(user.id).await?;
        self.seen.forget_user(user.id);
        Ok(user.id)
    }
}
