//! Other people's accounts, for administrators.

use super::{
    Client, Error, Flow, Result,
    account::{Changes, own_fields, with_profile},
    authenticate::Caller,
    mail::locale_for,
    proof::shown,
};
use crate::model::{
    Email, UserId,
    audit::Actor,
    form::{Field, FieldError, Form, Kind, RawBody},
    letter::Letter,
    page::{Page, PageRequest},
    session::{EndReason, Session},
    user::{ADMIN, Amended, Amendment, NewIdentity, User},
};

/// The provider types that ask for the account's password by its address, and by its login name.
const SIMPLE: &str = "simple";
const LOGIN: &str = "login";

/// Which users are asked for.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// The one with this address.
    pub email: Option<String>,
    /// Those whose address begins so, or else the one with this login name.
    pub q: Option<String>,
}

impl Flow {
    /// What `PATCH /users/{id}` takes.
    #[must_use]
    pub fn amendment_form(&self) -> Form {
        amendment_form(&self.declared_attributes())
    }

    /// A page of users: all by id, or those that a search finds, by address.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::Fields`], or the store's.
    pub async fn users(&self, caller: &Caller, search: &Search, request: &PageRequest) -> Result<Page<User>> {
        caller.require(ADMIN)?;
        match (&search.email, &search.q) {
            (None, None) => Ok(self.accounts.users(request).await?),
            (Some(_), Some(_)) => Err(Error::field("q", "conflict", "is given beside email: give one of them")),
            (Some(email), None) => self.user_with(email, request).await,
            (None, Some(prefix)) => {
                super::history::within_count(request)?;
                let typed = prefix.trim();
                // A whole address is compared as it is kept: domains in other scripts are.
                let beginning = Email::parse(typed).map_or_else(|_| typed.to_lowercase(), |email| email.as_str().to_owned());
                let found = self.accounts.users_by_email(&beginning, request).await?;
                let found = found.ok_or_else(|| Error::field("next", "invalid_cursor", "names a user who is gone; begin again"))?;
                if found.total > 0 { Ok(found) } else { self.user_called(typed, request).await }
            }
        }
    }

    async fn user_called(&self, login: &str, request: &PageRequest) -> Result<Page<User>> {
        let found = match self.accounts.identity(LOGIN, &login.to_lowercase()).await? {
            Some(identity) => self.accounts.user(identity.user).await?,
            None => None,
        };
        Ok(at_most_one(found, request))
    }

    async fn user_with(&self, email: &str, request: &PageRequest) -> Result<Page<User>> {
        let email = Email::parse(email).map_err(|error| Error::field("email", "invalid_email", &error.to_string()))?;
        Ok(at_most_one(self.accounts.user_by_email(&email).await?, request))
    }

    /// A user, for administrators.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`], or the store's.
    pub async fn user(&self, caller: &Caller, id: UserId) -> Result<User> {
        caller.require(ADMIN)?;
        self.accounts.user(id).await?.ok_or(Error::NotFound("user"))
    }

    /// Changes a user, all or nothing. Who is disabled or gets another password is signed out everywhere.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`], [`Error::Fields`], [`Error::EmailTaken`], [`Error::LastAdministrator`],
    /// [`Error::LastIdentity`], [`Error::ReauthenticationRequired`] for one's own password and address, or the store's.
    pub async fn amend_user(&self, caller: &Caller, id: UserId, body: RawBody, client: &Client) -> Result<User> {
        let before = self.user(caller, id).await?;
        let amendment = self.amendment(caller, &before, body).await?;
        if amendment == (Amendment::default(), String::new()) {
            return Ok(before);
        }
        let (amendment, names) = amendment;
        let user = self.apply(id, &amendment).await?;
        self.end_after(caller, id, &amendment).await?;
        self.audit(Actor::User(caller.user.id), "user.change", format!("user:{id}"), names).await;
        if amendment.password_hash.is_some() {
            self.tell_of_password(&user, client).await;
        }
        if let (Some(old), Some(new)) = (&before.email, &user.email)
            && old != new
        {
            let variables = vec![("email", new.to_string()), ("at", shown(self.clock.now()))];
            let locale = locale_for(&before, client);
            self.tell(Letter { to: old.clone(), locale, template: "email-changed", variables }).await;
        }
        Ok(user)
    }

    /// What a body asks for, and the names of its fields.
    async fn amendment(&self, caller: &Caller, user: &User, body: RawBody) -> Result<(Amendment, String)> {
        let changes = Changes::read(&self.amendment_form(), body);
        let mut amendment = Amendment {
            own: changes.own(),
            email_verified: changes.set.boolean("email_verified"),
            disabled: changes.set.boolean("disabled"),
            ..Amendment::default()
        };
        if changes.cleared.iter().any(|name| name == "email") {
            amendment.email = Some(None);
        } else if let Some(email) = changes.set.text("email") {
            amendment.email = Email::parse(email).ok().map(Some);
        }
        let names = changes.names().join(", ");
        let password = changes.set.password("password").cloned();
        let mut weakness: Option<FieldError> = None;
        if let Some(password) = &password {
            let email = amendment.email.as_ref().map_or(user.email.as_ref(), Option::as_ref);
            weakness = self.weakness("password", password, email).await?;
        }
        changes.finish(weakness.into_iter().collect())?;
        if user.id == caller.user.id && (password.is_some() || amendment.email.is_some()) {
            caller.require_fresh(self.clock.now(), self.terms.reauthentication_window)?;
        }
        let email = amendment.email.clone().unwrap_or_else(|| user.email.clone());
        if email.is_none() {
            self.keep_a_way_in(user).await?;
        }
        if email.is_none() && amendment.email_verified == Some(true) {
            return Err(Error::field("email_verified", "no_email", "the account has no address that could be verified"));
        }
        if let Some(password) = &password {
            self.expect_password_way(user, email.as_ref()).await?;
            amendment.password_hash = Some(self.hash_password(password).await?);
        }
        Ok((amendment, names))
    }

    /// Whoever signs in by the address alone would not any more without it.
    async fn keep_a_way_in(&self, user: &User) -> Result<()> {
        let Some(old) = &user.email else { return Ok(()) };
        let ways = self.accounts.identities_of(user.id).await?;
        let mut ways = ways.iter().filter(|way| !way.is_factor).peekable();
        if ways.peek().is_some() && ways.all(|way| way.subject == old.as_str()) { Err(Error::LastIdentity) } else { Ok(()) }
    }

    /// Refuses a password that nothing would ask for.
    pub(super) async fn expect_password_way(&self, user: &User, email: Option<&Email>) -> Result<()> {
        if email.is_some() || self.has_password_way(user.id).await? {
            return Ok(());
        }
        Err(Error::field("password", "no_way_in", "the account has neither an address nor a login name to sign in with a password by"))
    }

    async fn has_password_way(&self, id: UserId) -> Result<bool> {
        let asked = |provider: &str| [SIMPLE, LOGIN].contains(&provider);
        let ways = self.accounts.identities_of(id).await?;
        Ok(ways.iter().any(|way| asked(&way.provider)) || self.accounts.password_hash(id).await?.is_some())
    }

    /// Writes an amendment; nobody believes the old state any more.
    pub(super) async fn apply(&self, id: UserId, amendment: &Amendment) -> Result<User> {
        let lacks_way = amendment.password_hash.is_some() && !self.has_password_way(id).await?;
        let amended = self.accounts.amend_user(id, amendment).await?;
        self.seen.forget_user(id);
        match amended {
            Amended::Done(user) => {
                if let Some(email) = user.email.as_ref().filter(|_| lacks_way) {
                    self.add_password_way(id, email).await?;
                }
                Ok(user)
            }
            Amended::NotFound => Err(Error::NotFound("user")),
            Amended::EmailTaken => Err(Error::EmailTaken),
            Amended::LastAdministrator => Err(Error::LastAdministrator),
        }
    }

    /// So that the address and the new password let in, as after a reset.
    async fn add_password_way(&self, id: UserId, email: &Email) -> Result<()> {
        let identity = NewIdentity { provider: SIMPLE.to_owned(), subject: email.as_str().to_owned(), private: None, is_factor: false };
        // If it is another's, the password is still this user's.
        self.accounts.attach_identity(id, &identity, self.clock.now()).await?;
        Ok(())
    }

    /// Ends the sessions that must not outlast an amendment. Who changes the own password stays signed in here.
    pub(super) async fn end_after(&self, caller: &Caller, id: UserId, amendment: &Amendment) -> Result<()> {
        if amendment.password_hash.is_some() || amendment.email.is_some() {
            self.drop_proofs(id).await?;
        }
        if amendment.disabled == Some(true) {
            return self.end_all(id, None, EndReason::Account).await;
        }
        if amendment.password_hash.is_some() {
            let here = (id == caller.user.id).then_some(caller.session.id);
            return self.end_all(id, here, EndReason::Password).await;
        }
        Ok(())
    }

    /// Deletes a user; all sessions end.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`], [`Error::LastAdministrator`], or the store's.
    pub async fn delete_user(&self, caller: &Caller, id: UserId) -> Result<()> {
        caller.require(ADMIN)?;
        self.remove_account(caller, id).await
    }

    /// Signs a user out on all devices.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`], or the store's.
    pub async fn logout_user(&self, caller: &Caller, id: UserId) -> Result<()> {
        self.user(caller, id).await?;
        self.end_all(id, None, EndReason::Administrator).await?;
        self.audit(Actor::User(caller.user.id), "user.logout_all", format!("user:{id}"), "").await;
        Ok(())
    }

    /// A user's live sessions, newest first.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`], or the store's.
    pub async fn sessions_of(&self, caller: &Caller, id: UserId) -> Result<Vec<Session>> {
        self.user(caller, id).await?;
        Ok(self.ephemeral.sessions_of(id, self.clock.now()).await?)
    }
}

fn at_most_one(found: Option<User>, request: &PageRequest) -> Page<User> {
    let total = u64::from(found.is_some());
    let items = if request.offset() == Some(0) { found.into_iter().collect() } else { Vec::new() };
    Page { items, total, next: None }
}

/// The form for given profile fields.
#[must_use]
pub fn amendment_form(attributes: &[String]) -> Form {
    let mut fields = own_fields();
    fields.extend([
        Field::new("email", Kind::Email, "E-mail address; null removes it", 254).optional().example("ann@example.org"),
        Field::new("email_verified", Kind::Boolean, "Whether the address is known to belong to the person", 5).optional(),
        Field::new("disabled", Kind::Boolean, "Whether the account is switched off", 5).optional(),
        Field::new("password", Kind::Password, "A new password, 8 to 128 characters", 128).optional(),
    ]);
    with_profile(fields, attributes)
}
