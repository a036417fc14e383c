//! Passwords: always checked on the hashing pool, always at the same cost.

use tracing::Instrument as _;

use super::{Error, Flow, Result};
use crate::{
    model::{
        Email, Secret, UserId,
        form::{Entries, FieldError, Form, Kind, RawBody, Value},
    },
    password::{hash::Verdict, pool::PoolError},
    trace,
};

impl Flow {
    /// Whether this is the user's password; upgrades the stored hash if its algorithm or cost is not today's.
    pub(super) async fn password_is(&self, user: UserId, password: &Secret<String>) -> Result<bool> {
        loop {
            let stored = self.accounts.password_hash(user).await?;
            let verdict = match self.verify_password(stored.clone(), password).await {
                // As much work as a wrong password, and the same answer: a damaged row is for the operator, not for the caller.
                Err(Error::Hashing(PoolError::Hash(reason))) => {
                    tracing::error!(%user, %reason, "the stored hash cannot be used");
                    Verdict::NoMatch
                }
                verdict => verdict?,
            };
            let Verdict::Match { needs_rehash } = verdict else { return Ok(false) };
            // The check waits its turn: the password may be another one by now.
            if self.accounts.password_hash(user).await? != stored {
                continue;
            }
            if let (true, Some(old)) = (needs_rehash, stored) {
                self.upgrade_hash(user, &old, password).await?;
            }
            return Ok(true);
        }
    }

    /// The password was right. Where there is no new hash now (the queue is full, or the password too long for a new one), the
    /// old one serves until the next time.
    async fn upgrade_hash(&self, user: UserId, old: &str, password: &Secret<String>) -> Result<()> {
        match self.passwords.hash(password.clone()).await {
            Ok(new) => self.accounts.upgrade_password_hash(user, old, &new).await.map(|_| ()).map_err(Error::from),
            Err(reason) => {
                tracing::info!(%user, %reason, "the old hash stays for now");
                Ok(())
            }
        }
    }

    /// The work of a check without anything to check against, so that an unknown user takes as long as a wrong password.
    pub(super) async fn check_nobodys_password(&self, password: &Secret<String>) -> Result<()> {
        self.verify_password(None, password).await.map(|_| ())
    }

    async fn verify_password(&self, stored: Option<String>, password: &Secret<String>) -> Result<Verdict> {
        let span = tracing::info_span!(target: trace::TARGET, "password check");
        self.passwords.verify(stored, password.clone()).instrument(span).await.map_err(Error::from)
    }

    /// What the policy has against a new password, as a mistake in `field`.
    pub(super) async fn weakness(&self, field: &str, password: &Secret<String>, email: Option<&Email>) -> Result<Option<FieldError>> {
        let checked = self.passwords.check(self.policy, password.clone(), email.cloned(), vec!["vestibule".to_owned()]).await?;
        Ok(checked.err().map(|weakness| FieldError::new(field, weakness.code(), weakness.to_string())))
    }

    /// Reads the body of a sign-up: mistakes in its fields and weak passwords, all at once.
    pub(super) async fn read_signup(&self, form: &Form, body: RawBody) -> Result<Entries> {
        let (entries, mut errors) = form.examine(body);
        let mut texts = form.fields.iter().filter(|field| field.kind == Kind::Email).filter_map(|field| entries.text(&field.name));
        let email = texts.find_map(|text| Email::parse(text).ok());
        for (name, value) in &entries.0 {
            if let Value::Password(password) = value {
                errors.extend(self.weakness(name, password, email.as_ref()).await?);
            }
        }
        if errors.is_empty() { Ok(entries) } else { Err(Error::Fields(errors)) }
    }

    /// Hashes a password that the policy took.
    pub(super) async fn hash_password(&self, password: &Secret<String>) -> Result<String> {
        let span = tracing::info_span!(target: trace::TARGET, "password hash");
        Ok(self.passwords.hash(password.clone()).instrument(span).await?)
    }
}
