//! Sign-in: a provider states who somebody is, the host checks the proof and begins a session.

use super::{
    Client, Error, Flow, Result,
    challenge::Answer,
    guard,
    linking::Met,
    session::Origin,
    verified::{Attempt, proof_password},
};
use crate::{
    model::{
        Secret, UserId,
        form::{Entries, RawBody},
        provider::{Facts, Proof},
        session::EndReason,
        signin::SignIn,
        step::Purpose,
        user::User,
    },
    provider::sandbox::Operation,
};

/// What came of a password that was not wrong.
enum Checked {
    Right(UserId),
    HeldUp(Answer),
}

impl Flow {
    /// See [`Self::signin`].
    pub(super) async fn begin_signin(&self, provider: &str, body: RawBody, client: &Client) -> Result<Answer> {
        self.admit(client).await?;
        let provider = self.live(provider)?;
        let form = provider.live.manifest().signin.as_ref().filter(|_| !provider.live.manifest().factor);
        let form = form.ok_or_else(|| Error::NotOffered { provider: provider.type_name.clone(), what: "sign-ins" })?;
        let entries = form.read(body).map_err(Error::Fields)?;
        let attempt = Attempt { provider: &provider, purpose: Purpose::Signin, client, invitation: None };
        self.advance(attempt, Operation::Signin(entries.clone()), entries).await
    }

    /// Checks the proof of the facts and begins a session.
    pub(super) async fn complete_signin(&self, attempt: Attempt<'_>, facts: Facts, entries: &Entries) -> Result<Answer> {
        let type_name = &attempt.provider.type_name;
        // What a type kept as a second factor is no way in, even if another component of that name vouches for it now.
        let known = self.accounts.identity(type_name, &facts.subject).await?.filter(|identity| !identity.is_factor);
        let known = known.map(|identity| identity.user);
        let user = match (&facts.proof, known) {
            (Proof::Password(field), _) => {
                let password = proof_password(entries, field)?;
                // Read before it is checked, for nobody too.
                let before = self.accounts.password_hash(known.unwrap_or(UserId(0))).await?;
                return match self.by_password(attempt, known, &facts, password).await? {
                    Checked::Right(user) => {
                        let answer = self.admit_known(attempt, user, facts).await?;
                        self.unless_changed(answer, user, before, password).await
                    }
                    Checked::HeldUp(challenge) => Ok(challenge),
                };
            }
            (Proof::Vouched, Some(user)) => user,
            (Proof::Vouched, None) => match self.meet(attempt, &facts).await? {
                Met::Account(user) => user,
                Met::Question(question) => return Ok(question),
                Met::Nobody => {
                    self.record_result(attempt, None, "no_account").await;
                    return Err(Error::NoAccount);
                }
            },
        };
        self.admit_known(attempt, user, facts).await
    }

    /// A password that was changed while the sign-in waited for its turn opens nothing: the change ended the sessions that it
    /// saw, and this one began after it (security rule 10).
    pub(super) async fn unless_changed(
        &self,
        answer: Answer,
        user: UserId,
        before: Option<String>,
        password: &Secret<String>,
    ) -> Result<Answer> {
        // Another hash of the same password is no change.
        if self.accounts.password_hash(user).await? == before || self.password_is(user, password).await? {
            return Ok(answer);
        }
        if let Answer::SignedIn(signed_in) = &answer {
            self.end(signed_in.session, EndReason::Password).await?;
        }
        Err(Error::InvalidCredentials)
    }

    /// Lets in the user whom the proof belongs to, and keeps what the provider said.
    pub(super) async fn admit_known(&self, attempt: Attempt<'_>, user: UserId, facts: Facts) -> Result<Answer> {
        let type_name = &attempt.provider.type_name;
        let mut user = self.accounts.user(user).await?.ok_or(Error::InvalidCredentials)?;
        self.refuse_disabled(attempt, &user).await?;
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

    /// Only said after the proof was good.
    pub(super) async fn refuse_disabled(&self, attempt: Attempt<'_>, user: &User) -> Result<()> {
        if !user.disabled {
            return Ok(());
        }
        self.record_result(attempt, Some(user.id), "account_disabled").await;
        Err(Error::AccountDisabled)
    }

    /// The last stops before a session, after the first proof was good: an address that must be verified, a second factor.
    /// `amr`: the provider types used so far.
    pub(super) async fn enter(&self, attempt: Attempt<'_>, user: User, amr: Vec<String>) -> Result<Answer> {
        if let Some(challenge) = self.demand_verified_address(attempt, &user, &amr).await? {
            return Ok(challenge);
        }
        if let Some(challenge) = self.demand_factor(attempt, &user, &amr, None).await? {
            return Ok(challenge);
        }
        self.finish_signin(attempt, user, amr).await
    }

    /// Begins the session; nothing is asked any more.
    pub(super) async fn finish_signin(&self, attempt: Attempt<'_>, user: User, amr: Vec<String>) -> Result<Answer> {
        self.record_result(attempt, Some(user.id), "ok").await;
        self.know_place(user.id, attempt.client).await;
        let origin = Origin { amr, digest: &attempt.provider.digest };
        Ok(Answer::SignedIn(Box::new(self.begin_session(user, origin, attempt.client).await?)))
    }

    /// An unknown user and a wrong password take the same way: the same limits, one hash, one entry in the history, one answer.
    async fn by_password(&self, attempt: Attempt<'_>, known: Option<UserId>, facts: &Facts, password: &Secret<String>) -> Result<Checked> {
        let account = guard::account_of(known, &attempt.provider.type_name, facts);
        let mut tries = self.tries(known, &account, attempt.client).await?;
        let gate = self.gate(&tries).await?;
        if let Some(challenge) = self.hold_up(attempt, &mut tries, gate, facts, known).await? {
            return Ok(Checked::HeldUp(challenge));
        }
        let right = match known {
            Some(user) => self.password_is(user, password).await?,
            None => self.check_nobodys_password(password).await.map(|()| false)?,
        };
        // Others may have tried meanwhile: whoever comes too late is not told what was right.
        let gate = self.judge(&tries, right).await?;
        if let Some(challenge) = self.hold_up(attempt, &mut tries, gate, facts, known).await? {
            return Ok(Checked::HeldUp(challenge));
        }
        if let Some(user) = known.filter(|_| right) {
            return Ok(Checked::Right(user));
        }
        self.record_result(attempt, known, "invalid_credentials").await;
        Err(Error::InvalidCredentials)
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
