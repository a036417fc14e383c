//! Sign-in: a provider states who somebody is, the host checks the proof and begins a session.

use super::{
    Client, Error, Flow, Result,
    challenge::Answer,
    session::Origin,
    verified::{Attempt, proof_password},
};
use crate::{
    model::{
        UserId,
        form::{Entries, RawBody},
        provider::{Facts, Proof},
        signin::SignIn,
        step::Purpose,
        user::{NewIdentity, User},
    },
    provider::sandbox::Operation,
};

impl Flow {
    /// See [`Self::signin`].
    pub(super) async fn begin_signin(&self, provider: &str, body: RawBody, client: &Client) -> Result<Answer> {
        self.admit(client).await?;
        let provider = self.live(provider)?;
        let form = provider.live.manifest().signin.as_ref();
        let form = form.ok_or_else(|| Error::NotOffered { provider: provider.type_name.clone(), what: "sign-ins" })?;
        let entries = form.read(body).map_err(Error::Fields)?;
        let attempt = Attempt { provider: &provider, purpose: Purpose::Signin, client };
        self.advance(attempt, Operation::Signin(entries.clone()), entries).await
    }

    /// Checks the proof of the facts and begins a session.
    pub(super) async fn complete_signin(&self, attempt: Attempt<'_>, facts: Facts, entries: &Entries) -> Result<Answer> {
        let type_name = &attempt.provider.type_name;
        let known = self.accounts.identity(type_name, &facts.subject).await?.map(|identity| identity.user);
        let user = match &facts.proof {
            Proof::Password(field) => self.by_password(attempt, known, entries, field).await?,
            Proof::Vouched => self.by_voucher(attempt, known, &facts).await?,
        };
        let mut user = self.accounts.user(user).await?.ok_or(Error::InvalidCredentials)?;
        if user.disabled {
            self.record_result(attempt, Some(user.id), "account_disabled").await;
            return Err(Error::AccountDisabled);
        }
        if !facts.attributes.is_empty() {
            self.accounts.fill_profile(user.id, type_name, &facts.attributes).await?;
            self.seen.forget_user(user.id);
            user = self.accounts.user(user.id).await?.ok_or(Error::InvalidCredentials)?;
        }
        if facts.private.is_some() {
            self.accounts.set_identity_private(type_name, &facts.subject, facts.private.as_deref()).await?;
        }
        self.enter(attempt, user, vec![type_name.clone()]).await
    }

    /// The last stops before a session, after the first proof was good: an address that must be verified, a second factor.
    /// `amr`: the provider types used so far.
    pub(super) async fn enter(&self, attempt: Attempt<'_>, user: User, amr: Vec<String>) -> Result<Answer> {
        if let Some(challenge) = self.demand_verified_address(attempt, &user, &amr).await? {
            return Ok(challenge);
        }
        if let Some(challenge) = self.demand_factor(attempt, &user, &amr).await? {
            return Ok(challenge);
        }
        self.finish_signin(attempt, user, amr).await
    }

    /// Begins the session; nothing is asked any more.
    pub(super) async fn finish_signin(&self, attempt: Attempt<'_>, user: User, amr: Vec<String>) -> Result<Answer> {
        self.record_result(attempt, Some(user.id), "ok").await;
        let origin = Origin { amr, digest: &attempt.provider.digest };
        Ok(Answer::SignedIn(Box::new(self.begin_session(user, origin, attempt.client).await?)))
    }

    /// An unknown user and a wrong password take the same way: one hash, one entry in the history, one answer.
    async fn by_password(&self, attempt: Attempt<'_>, known: Option<UserId>, entries: &Entries, field: &str) -> Result<UserId> {
        let password = proof_password(entries, field)?;
        let right = match known {
            Some(user) => self.password_is(user, password).await?,
            None => self.check_nobodys_password(password).await.map(|()| false)?,
        };
        if let Some(user) = known.filter(|_| right) {
            return Ok(user);
        }
        self.record_result(attempt, known, "invalid_credentials").await;
        Err(Error::InvalidCredentials)
    }

    /// A voucher opens the account that has this identity; or one whose address both sides know to be the person's.
    async fn by_voucher(&self, attempt: Attempt<'_>, known: Option<UserId>, facts: &Facts) -> Result<UserId> {
        if let Some(user) = known {
            return Ok(user);
        }
        if let Some(email) = facts.email.as_ref().filter(|_| facts.email_verified)
            && let Some(user) = self.accounts.user_by_email(email).await?.filter(|user| user.email_verified)
        {
            let identity = NewIdentity {
                provider: attempt.provider.type_name.clone(),
                subject: facts.subject.clone(),
                private: facts.private.clone(),
                is_factor: false,
            };
            if self.accounts.attach_identity(user.id, &identity, self.clock.now()).await? {
                return Ok(user.id);
            }
        }
        self.record_result(attempt, None, "no_account").await;
        Err(Error::NoAccount)
    }

    /// Writes the outcome into the history. A history that cannot be written stops nobody.
    pub(super) async fn record_result(&self, attempt: Attempt<'_>, user: Option<UserId>, result: &str) {
        let entry = SignIn {
            user,
            at: self.clock.now(),
            provider: attempt.provider.type_name.clone(),
            result: result.to_owned(),
            address: attempt.client.address.to_string(),
            user_agent: attempt.client.user_agent.clone(),
        };
        if let Err(reason) = self.accounts.record_signin(&entry).await {
            tracing::error!(%reason, "the sign-in was not recorded");
        }
    }
}
