//! The ways in of an account: seen, added and removed by its user, and removed by administrators.

use serde::{Deserialize, Serialize};

use super::{
    Client, Error, Flow, Result,
    authenticate::Caller,
    challenge::{Challenge, hash},
    mail::locale_for,
    provider::LiveProvider,
    verified::{Attempt, proof_password},
};
use crate::{
    model::{
        Email, IdentityId, Secret, SessionId, UserId,
        audit::Actor,
        form::{Entries, FieldError, Form, RawBody},
        identity::{Added, Detached, Identity, NewWay},
        letter::Letter,
        provider::{Facts, Prompt, Proof, Step},
        step::{PendingStep, Purpose, StepContext},
        user::{NewIdentity, User},
    },
    provider::sandbox::Operation,
    random,
};

/// What comes of adding a way in.
pub enum Attached {
    /// It is there.
    Identity {
        /// The way in, or the factor.
        identity: Identity,
        /// With the first factor: codes that stand in for it, shown this once.
        recovery_codes: Option<Vec<String>>,
    },
    /// The provider asks for more.
    Challenge(Box<Challenge>),
}

/// Whose account a step is about.
#[derive(Clone, Copy)]
pub(super) struct Began<'a> {
    pub user: &'a User,
    pub session: SessionId,
    /// Whether nothing was asked yet.
    pub first: bool,
}

/// What is remembered until the answer. Sealed, because the state of a factor may hold its secret.
#[derive(Serialize, Deserialize)]
struct Remembered {
    /// The subject of a factor that is being enrolled.
    subject: Option<String>,
    /// The provider's own.
    state: Vec<u8>,
}

/// What [`Flow::attach`] takes for a provider; none: it adds nothing to an account.
#[must_use]
pub fn form_to_attach(provider: &LiveProvider) -> Option<&Form> {
    let manifest = provider.live.manifest();
    manifest.signup.as_ref().or(manifest.signin.as_ref().filter(|_| !manifest.factor))
}

impl Flow {
    /// The caller's ways in and factors, oldest first.
    ///
    /// # Errors
    /// The store's.
    pub async fn identities(&self, caller: &Caller) -> Result<Vec<Identity>> {
        Ok(self.accounts.identities_of(caller.user.id).await?)
    }

    /// Adds a way in, or a second factor, to the caller's account.
    ///
    /// # Errors
    /// [`Error::ReauthenticationRequired`], [`Error::IdentityTaken`], mistakes in fields, what the provider refuses, and the store's.
    pub async fn attach(&self, caller: &Caller, type_name: &str, body: RawBody, client: &Client) -> Result<Attached> {
        self.admit(client).await?;
        caller.require_fresh(self.clock.now(), self.terms.reauthentication_window)?;
        let provider = self.live(type_name)?;
        let manifest = provider.live.manifest();
        let not_offered = || Error::NotOffered { provider: type_name.to_owned(), what: "new ways in" };
        let form = form_to_attach(&provider).ok_or_else(not_offered)?;
        let entries = self.read_signup(form, body).await?;
        let given = entries.clone();
        let operation = if manifest.signup.is_some() { Operation::Signup(given) } else { Operation::Signin(given) };
        let subject = manifest.factor.then(|| random::token(&*self.random));
        let attempt = Attempt { provider: &provider, purpose: Purpose::Attach, client, invitation: None };
        let began = Began { user: &caller.user, session: caller.session.id, first: true };
        self.step_to_attach(began, attempt, operation, entries, subject).await
    }

    /// Answers what [`Self::attach`] asked; only in the session that began it.
    ///
    /// # Errors
    /// [`Error::UnknownFlow`], and those of [`Self::attach`].
    pub async fn continue_attach(&self, caller: &Caller, flow: &str, body: RawBody, client: &Client) -> Result<Attached> {
        self.admit(client).await?;
        let id_hash = hash(flow);
        let step = self.ephemeral.take_step(&id_hash, self.clock.now()).await?.ok_or(Error::UnknownFlow)?;
        let attached = self.answer_attach(caller, &step, body, client).await;
        if let Err(error) = &attached {
            self.put_back(&id_hash, step, error).await?;
        }
        attached
    }

    async fn answer_attach(&self, caller: &Caller, step: &PendingStep, body: RawBody, client: &Client) -> Result<Attached> {
        let own = step.context.user == Some(caller.user.id) && step.context.session == Some(caller.session.id);
        if step.purpose != Purpose::Attach || !own {
            return Err(Error::UnknownFlow);
        }
        let Remembered { subject, state } = self.open_state(step)?;
        let provider = self.provider_of(step)?;
        let entries = self.read_signup(&step.form, body).await?;
        let operation = Operation::Resume { state, form: step.form.clone(), entries: entries.clone() };
        let attempt = Attempt { provider: &provider, purpose: Purpose::Attach, client, invitation: None };
        let began = Began { user: &caller.user, session: caller.session.id, first: false };
        self.step_to_attach(began, attempt, operation, entries, subject).await
    }

    async fn step_to_attach(
        &self,
        began: Began<'_>,
        attempt: Attempt<'_>,
        operation: Operation,
        entries: Entries,
        subject: Option<String>,
    ) -> Result<Attached> {
        if let Some(subject) = subject {
            return self.enrol(began, attempt, operation, subject).await;
        }
        match self.ask(attempt, operation).await? {
            (Step::Verified(facts), _) => self.add_way(began.user, attempt, facts, &entries).await,
            (Step::Prompt(prompt), flow) => self.ask_under(began, attempt, prompt, None, flow).await,
        }
    }

    /// Keeps the provider's question.
    pub(super) async fn ask_further(
        &self,
        began: Began<'_>,
        attempt: Attempt<'_>,
        prompt: Prompt,
        subject: Option<String>,
    ) -> Result<Attached> {
        self.ask_under(began, attempt, prompt, subject, random::token(&*self.random)).await
    }

    /// `flow`: the id that the provider may have been told.
    async fn ask_under(
        &self,
        began: Began<'_>,
        attempt: Attempt<'_>,
        mut prompt: Prompt,
        subject: Option<String>,
        flow: String,
    ) -> Result<Attached> {
        let remembered = Remembered { subject, state: prompt.state };
        prompt.state = self.seal_state(Purpose::Attach, began.user.id, &remembered)?;
        let context = StepContext { user: Some(began.user.id), session: Some(began.session), ..StepContext::default() };
        Ok(Attached::Challenge(Box::new(self.pend(attempt, prompt, flow, context).await?)))
    }

    async fn add_way(&self, user: &User, attempt: Attempt<'_>, facts: Facts, entries: &Entries) -> Result<Attached> {
        let provider = attempt.provider.type_name.clone();
        if let Some(there) = self.accounts.identity(&provider, &facts.subject).await? {
            let own = there.user == user.id;
            return if own { Ok(Attached::Identity { identity: there, recovery_codes: None }) } else { Err(Error::IdentityTaken) };
        }
        let (email, password_hash) = match &facts.proof {
            Proof::Vouched => (None, None),
            Proof::Password(field) => self.password_way(user.id, &facts, proof_password(entries, field)?, attempt.client).await?,
        };
        let identity = NewIdentity { provider: provider.clone(), subject: facts.subject, private: facts.private, is_factor: false };
        let way = NewWay { identity, email, password_hash };
        let identity = match self.accounts.add_identity(user.id, &way, self.clock.now()).await? {
            Added::New(identity) => identity,
            Added::Own(identity) => return Ok(Attached::Identity { identity, recovery_codes: None }),
            Added::IdentityTaken => return Err(Error::IdentityTaken),
            Added::EmailTaken => return Err(Error::EmailTaken),
        };
        self.accounts.fill_profile(user.id, &provider, &facts.attributes).await?;
        self.seen.forget_user(user.id);
        self.report_added(user, &identity, attempt).await;
        Ok(Attached::Identity { identity, recovery_codes: None })
    }

    /// The address and the hash that a way in by password adds. An account has one address and one password: what it has
    /// must be given, what it lacks is set.
    async fn password_way(
        &self,
        user: UserId,
        facts: &Facts,
        password: &Secret<String>,
        client: &Client,
    ) -> Result<(Option<Email>, Option<String>)> {
        let user = self.accounts.user(user).await?.ok_or(Error::SessionEnded)?;
        let Proof::Password(field) = &facts.proof else { return Ok((None, None)) };
        let mut errors = Vec::new();
        if let (Some(have), Some(given)) = (&user.email, &facts.email)
            && have != given
        {
            errors.push(FieldError::new("email", "other_address", "must be the address of your account"));
        }
        let has_password = self.accounts.password_hash(user.id).await?.is_some();
        if has_password && !self.prove_password(user.id, password, client).await? {
            errors.push(FieldError::new(field, "wrong_password", "must be the password that your account has already"));
        }
        if !errors.is_empty() {
            return Err(Error::Fields(errors));
        }
        let email = facts.email.clone().filter(|_| user.email.is_none());
        if let Some(email) = &email
            && self.accounts.user_by_email(email).await?.is_some()
        {
            return Err(Error::EmailTaken);
        }
        let hash = if has_password { None } else { Some(self.hash_password(password).await?) };
        Ok((email, hash))
    }

    pub(super) async fn report_added(&self, user: &User, identity: &Identity, attempt: Attempt<'_>) {
        let detail = format!("{} (identity {})", identity.provider, identity.id);
        self.audit(Actor::User(user.id), "identity.add", format!("user:{}", user.id), detail).await;
        self.tell_of_way(user, "identity-added", &attempt.provider.live.manifest().name, attempt.client).await;
    }

    /// Removes one of the caller's ways in or factors. Sessions go on.
    ///
    /// # Errors
    /// [`Error::ReauthenticationRequired`], [`Error::LastIdentity`], [`Error::NotFound`], or the store's.
    pub async fn detach(&self, caller: &Caller, id: IdentityId, client: &Client) -> Result<()> {
        caller.require_fresh(self.clock.now(), self.terms.reauthentication_window)?;
        self.remove_identity(caller.user.id, &caller.user, id, client).await
    }

    /// The ways in and factors of any user, for administrators.
    ///
    /// # Errors
    /// [`Error::NotFound`], or the store's.
    pub async fn identities_of(&self, user: UserId) -> Result<Vec<Identity>> {
        self.accounts.user(user).await?.ok_or(Error::NotFound("user"))?;
        Ok(self.accounts.identities_of(user).await?)
    }

    /// Removes one of any user, for administrators: helps who lost a factor.
    ///
    /// # Errors
    /// [`Error::LastIdentity`], [`Error::NotFound`], [`Error::ReauthenticationRequired`] for one's own, or the store's.
    pub async fn detach_for(&self, caller: &Caller, user: UserId, id: IdentityId, client: &Client) -> Result<()> {
        if user == caller.user.id {
            return self.detach(caller, id, client).await;
        }
        let user = self.accounts.user(user).await?.ok_or(Error::NotFound("user"))?;
        self.remove_identity(caller.user.id, &user, id, client).await
    }

    async fn remove_identity(&self, actor: UserId, user: &User, id: IdentityId, client: &Client) -> Result<()> {
        let live = self.live_providers();
        let vouching = live.iter().filter(|provider| provider.live.manifest().vouches).map(|provider| provider.type_name.clone());
        let gone = match self.accounts.detach_identity(user.id, id, &vouching.collect::<Vec<_>>()).await? {
            Detached::Done(identity) => identity,
            Detached::NotFound => return Err(Error::NotFound("identity")),
            Detached::Last => return Err(Error::LastIdentity),
        };
        self.seen.forget_user(user.id);
        let detail = format!("{} (identity {}); sessions go on", gone.provider, gone.id);
        self.audit(Actor::User(actor), "identity.remove", format!("user:{}", user.id), detail).await;
        let name = live.iter().find(|provider| provider.type_name == gone.provider);
        let name = name.map_or(gone.provider.as_str(), |provider| provider.live.manifest().name.as_str());
        self.tell_of_way(user, "identity-removed", name, client).await;
        Ok(())
    }

    /// Tells a user by mail about a change of the ways in.
    pub(super) async fn tell_of_way(&self, user: &User, template: &'static str, provider: &str, client: &Client) {
        let Some(to) = user.email.clone() else { return };
        let time = self.clock.now().rfc3339();
        let variables = vec![("provider", provider.to_owned()), ("time", time), ("address", client.address.to_string())];
        self.tell(Letter { to, locale: locale_for(user, client), template, variables }).await;
    }
}
