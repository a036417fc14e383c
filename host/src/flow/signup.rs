//! Sign-up: a provider states who somebody is, the host makes the account.

use std::collections::BTreeMap;

use super::{
    Client, Error, Flow, Result,
    challenge::Answer,
    linking::Met,
    verified::{Attempt, proof_password},
};
use crate::{
    model::{
        form::{Entries, RawBody},
        invitation::Acceptance,
        provider::{Facts, Proof},
        step::Purpose,
        user::{Created, NewIdentity, NewUser, User},
    },
    provider::sandbox::Operation,
};

impl Flow {
    /// See [`Self::signup`].
    pub(super) async fn begin_signup(&self, provider: &str, body: RawBody, client: &Client) -> Result<Answer> {
        self.admit(client).await?;
        let provider = self.live(provider)?;
        let form = self.form_of_signup(&provider)?;
        let (entries, invitation) = self.read_invited(&form, body).await?;
        self.admit_signup(client).await?;
        let attempt = Attempt { provider: &provider, purpose: Purpose::Signup, client, invitation: invitation.as_deref() };
        self.advance(attempt, Operation::Signup(entries.clone()), entries).await
    }

    /// Makes the account that the facts describe, if the rule for sign-ups lets it, and signs it in.
    pub(super) async fn complete_signup(&self, attempt: Attempt<'_>, facts: Facts, entries: &Entries) -> Result<Answer> {
        let facts = self.apply_policy(attempt, facts).await?;
        if let Some(challenge) = self.demand_proof_of_signup(attempt, &facts, entries).await? {
            return Ok(challenge);
        }
        let type_name = &attempt.provider.type_name;
        // An invitation makes an account, and links none: where there is one with its address, the person signs in instead.
        let may_link = attempt.invitation.is_none() && facts.proof == Proof::Vouched;
        if may_link && self.accounts.identity(type_name, &facts.subject).await?.is_none() {
            match self.meet(attempt, &facts).await? {
                Met::Account(user) => return self.admit_known(attempt, user, facts).await,
                Met::Question(question) => return Ok(question),
                Met::Nobody => {}
            }
        }
        let user = self.make_account(attempt, facts, entries).await?;
        self.enter(attempt, user, vec![attempt.provider.type_name.clone()]).await
    }

    /// Makes the account that the facts describe. A refusal goes into the history.
    pub(super) async fn make_account(&self, attempt: Attempt<'_>, facts: Facts, entries: &Entries) -> Result<User> {
        let made = self.try_account(attempt, facts, entries).await;
        match &made {
            Err(Error::EmailTaken) => self.record_result(attempt, None, "email_taken").await,
            Err(Error::IdentityTaken) => self.record_result(attempt, None, "identity_taken").await,
            _ => {}
        }
        made
    }

    async fn try_account(&self, attempt: Attempt<'_>, facts: Facts, entries: &Entries) -> Result<User> {
        let type_name = &attempt.provider.type_name;
        if let Err(taken) = self.refuse_taken(type_name, &facts).await {
            return Err(match attempt.invitation {
                Some(token_hash) => self.used_or(taken, token_hash).await,
                None => taken,
            });
        }
        let password_hash = match &facts.proof {
            Proof::Vouched => None,
            Proof::Password(field) => {
                let password = proof_password(entries, field)?;
                Some(self.hash_password(password).await?)
            }
        };
        let new = NewUser {
            email: facts.email,
            email_verified: facts.email_verified,
            profile: facts.attributes.into_iter().collect::<BTreeMap<_, _>>(),
            identity: NewIdentity { provider: type_name.clone(), subject: facts.subject, private: facts.private, is_factor: false },
            password_hash,
            roles: Vec::new(),
            created_at: self.clock.now(),
        };
        self.expect_session_store().await?;
        let user = match attempt.invitation {
            Some(token_hash) => self.admit_invited(&Acceptance { token_hash: token_hash.to_owned(), user: new, mail: None }).await?,
            None => match self.accounts.create_user(&new).await? {
                Created::User(user) => user,
                Created::EmailTaken => return Err(Error::EmailTaken),
                Created::IdentityTaken => return Err(Error::IdentityTaken),
            },
        };
        tracing::info!(user = %user.id, provider = %type_name, "signed up");
        self.offer_verification(&user, attempt.client).await?;
        Ok(user)
    }

    /// Says so before the password is hashed; the store decides again, atomically.
    async fn refuse_taken(&self, type_name: &str, facts: &Facts) -> Result<()> {
        // The identity first: whoever takes it meanwhile takes the address with it, and is then seen by the second look.
        let identity = self.accounts.identity(type_name, &facts.subject).await?;
        if let Some(email) = &facts.email
            && self.accounts.user_by_email(email).await?.is_some()
        {
            return Err(Error::EmailTaken);
        }
        if identity.is_some() {
            return Err(Error::IdentityTaken);
        }
        Ok(())
    }
}
