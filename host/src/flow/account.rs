//! One's own account: profile, password, deletion.

use std::sync::Arc;

use super::{Client, Error, Flow, Result, authenticate::Caller};
use crate::model::{
    Secret,
    form::{Field, FieldError, Form, Kind, Raw, RawBody},
    session::EndReason,
    user::{Deleted, User, UserChange},
};

impl Flow {
    /// What `PATCH /me` takes: the display name, and every profile field that a live provider declares (row A8).
    #[must_use]
    pub fn account_form(&self) -> Form {
        account_form(&self.declared_attributes())
    }

    /// Changes display name and profile; `null` or an empty text removes an entry.
    ///
    /// # Errors
    /// [`Error::Fields`], or the store's.
    pub async fn change_account(&self, caller: &Caller, body: RawBody) -> Result<User> {
        let form = self.account_form();
        let known = |name: &String| form.fields.iter().any(|field| &field.name == name);
        let (cleared, set): (RawBody, RawBody) = body.into_iter().partition(|(name, value)| known(name) && is_empty(value));
        let entries = form.read(set).map_err(Error::Fields)?;
        let mut change = UserChange::default();
        let values = entries.0.keys().map(|name| (name.clone(), entries.text(name).map(ToOwned::to_owned)));
        for (name, value) in cleared.into_keys().map(|name| (name, None)).chain(values) {
            if name == "display_name" {
                change.display_name = Some(value);
            } else {
                change.profile.insert(name, value);
            }
        }
        let user = self.accounts.change_user(caller.user.id, &change).await?.ok_or(Error::SessionEnded)?;
        self.seen.forget_user(user.id);
        Ok(user)
    }

    /// Changes the password; every other session ends.
    ///
    /// # Errors
    /// [`Error::Fields`] if the current one is wrong or the new one refused, [`Error::RateLimited`], or the store's.
    pub async fn change_password(&self, caller: &Caller, current: &Secret<String>, new: &Secret<String>, client: &Client) -> Result<()> {
        self.admit(client).await?;
        let user: &Arc<User> = &caller.user;
        let mut errors = Vec::new();
        self.admit_session(caller.session.id).await?;
        self.admit_proof(user.id, client).await?;
        if self.password_is(user.id, current).await? {
            self.record_right_proof(user.id, client).await?;
            self.clear_session(caller.session.id).await?;
        } else {
            self.record_failed_proof(user.id, client).await?;
            errors.push(FieldError::new("current_password", "wrong_password", "is not the current password"));
        }
        errors.extend(self.weakness("new_password", new, user.email.as_ref()).await?);
        if !errors.is_empty() {
            return Err(Error::Fields(errors));
        }
        let hash = self.hash_password(new).await?;
        if !self.accounts.set_password_hash(user.id, &hash).await? {
            return Err(Error::SessionEnded);
        }
        self.end_all(user.id, Some(caller.session.id), EndReason::Password).await
    }

    /// Deletes the caller's account; all sessions end.
    ///
    /// # Errors
    /// [`Error::LastAdministrator`], or the store's.
    pub async fn delete_account(&self, caller: &Caller) -> Result<()> {
        let id = caller.user.id;
        match self.accounts.delete_user(id).await? {
            Deleted::LastAdministrator => return Err(Error::LastAdministrator),
            Deleted::Done | Deleted::NotFound => {}
        }
        self.seen.forget_user(id);
        self.end_all(id, None, EndReason::Account).await
    }
}

/// The form for given profile fields.
#[must_use]
pub fn account_form(attributes: &[String]) -> Form {
    let names = attributes.iter().filter(|name| *name != "display_name");
    let profile = names.map(|name| Field::new(name, Kind::Text, name, 1024).optional());
    let display_name = Field::new("display_name", Kind::Text, "Display name; empty or null removes it", 100).optional();
    Form { fields: std::iter::once(display_name).chain(profile).collect() }
}

fn is_empty(value: &Raw) -> bool {
    match value {
        Raw::Json(serde_json::Value::Null) => true,
        Raw::Json(serde_json::Value::String(text)) | Raw::Text(text) => text.trim().is_empty(),
        Raw::Json(_) => false,
    }
}
