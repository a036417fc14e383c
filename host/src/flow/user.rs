//! Other people's accounts, for administrators.

use super::{
    Error, Flow, Result,
    account::{Changes, own_fields, with_profile},
    authenticate::Caller,
};
use crate::model::{
    Email, UserId,
    audit::Actor,
    form::{Field, FieldError, Form, Kind, RawBody},
    page::{Page, PageRequest},
    session::{EndReason, Session},
    user::{ADMIN, Amended, Amendment, User},
};

/// Which users are asked for.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// The one with this address.
    pub email: Option<String>,
    /// Those whose address begins so.
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
                let found = self.accounts.users_by_email(&prefix.trim().to_lowercase(), request).await?;
                found.ok_or_else(|| Error::field("next", "invalid_cursor", "names a user who is gone; begin again"))
            }
        }
    }

    async fn user_with(&self, email: &str, request: &PageRequest) -> Result<Page<User>> {
        let email = Email::parse(email).map_err(|error| Error::field("email", "invalid_email", &error.to_string()))?;
        let found: Vec<User> = self.accounts.user_by_email(&email).await?.into_iter().collect();
        let total = u64::try_from(found.len()).unwrap_or_default();
        let items = if request.offset() == Some(0) { found } else { Vec::new() };
        Ok(Page { items, total, next: None })
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
    /// [`Error::ReauthenticationRequired`] for one's own password, or the store's.
    pub async fn amend_user(&self, caller: &Caller, id: UserId, body: RawBody) -> Result<User> {
        let user = self.user(caller, id).await?;
        let amendment = self.amendment(caller, &user, body).await?;
        if amendment == (Amendment::default(), String::new()) {
            return Ok(user);
        }
        let (amendment, names) = amendment;
        let user = self.apply(id, &amendment).await?;
        self.end_after(caller, id, &amendment).await?;
        self.audit(Actor::User(caller.user.id), "user.change", format!("user:{id}"), names).await;
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
        if let Some(password) = &password {
            if user.id == caller.user.id {
                caller.require_fresh(self.clock.now(), self.terms.reauthentication_window)?;
            }
            amendment.password_hash = Some(self.hash_password(password).await?);
        }
        Ok((amendment, names))
    }

    /// Writes an amendment; nobody believes the old state any more.
    pub(super) async fn apply(&self, id: UserId, amendment: &Amendment) -> Result<User> {
        let amended = self.accounts.amend_user(id, amendment).await?;
        self.seen.forget_user(id);
        match amended {
            Amended::Done(user) => Ok(user),
            Amended::NotFound => Err(Error::NotFound("user")),
            Amended::EmailTaken => Err(Error::EmailTaken),
            Amended::LastAdministrator => Err(Error::LastAdministrator),
        }
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
