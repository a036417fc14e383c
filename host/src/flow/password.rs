//! Passwords: always checked on the hashing pool, always at the same cost.

use super::{Error, Flow, Result};
use crate::{
    model::{Email, Secret, UserId},
    password::hash::Verdict,
};

impl Flow {
    /// Whether this is the user's password; upgrades the stored hash if its parameters are not today's.
    pub(super) async fn password_is(&self, user: UserId, password: &Secret<String>) -> Result<bool> {
        let stored = self.accounts.password_hash(user).await?;
        let verdict = self.verify_password(stored.clone(), password).await?;
        if let (Verdict::Match { needs_rehash: true }, Some(old)) = (&verdict, stored) {
            let new = self.passwords.hash(password.clone()).await?;
            self.accounts.upgrade_password_hash(user, &old, &new).await?;
        }
        Ok(matches!(verdict, Verdict::Match { .. }))
    }

    /// The work of a check without anything to check against, so that an unknown user takes as long as a wrong password.
    pub(super) async fn check_nobodys_password(&self, password: &Secret<String>) -> Result<()> {
        self.verify_password(None, password).await.map(|_| ())
    }

    async fn verify_password(&self, stored: Option<String>, password: &Secret<String>) -> Result<Verdict> {
        self.passwords.verify(stored, password.clone()).await.map_err(Error::from)
    }

    /// Checks a new password against the policy and hashes it. `field` is named in the mistakes.
    pub(super) async fn hash_new_password(&self, field: &str, password: &Secret<String>, email: Option<&Email>) -> Result<String> {
        let checked = self.passwords.check(self.policy, password.clone(), email.cloned(), vec!["vestibule".to_owned()]).await?;
        checked.map_err(|weakness| Error::field(field, weakness.code(), &weakness.to_string()))?;
        Ok(self.passwords.hash(password.clone()).await?)
    }
}
