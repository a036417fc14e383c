//! One's own account: profile, password, deletion.

use std::sync::Arc;

use super::{Client, Error, Flow, Result, authenticate::Caller};
use crate::model::{
    Secret, UserId,
    audit::Actor,
    form::{Entries, Field, FieldError, Form, Kind, Raw, RawBody},
    proof::Purpose,
    session::EndReason,
    user::{Deleted, User, UserChange},
};

impl Flow {
    /// What `PATCH /me` takes: display name, locale, and every profile field that a live provider declares (row A8).
    #[must_use]
    pub fn account_form(&self) -> Form {
        account_form(&self.declared_attributes())
    }

    /// Changes display name and profile; `null` or an empty text removes an entry.
    ///
    /// # Errors
    /// [`Error::Fields`], or the store's.
    pub async fn change_account(&self, caller: &Caller, body: RawBody) -> Result<User> {
        let changes = Changes::read(&self.account_form(), body);
        let change = changes.own();
        changes.finish(Vec::new())?;
        let user = self.accounts.change_user(caller.user.id, &change).await?.ok_or(Error::SessionEnded)?;
        self.seen.forget_user(user.id);
        Ok(user)
    }

    /// Chooses the language of mails and pages.
    ///
    /// # Errors
    /// [`Error::Fields`], or the store's.
    pub async fn choose_locale(&self, caller: &Caller, tag: &str) -> Result<User> {
        self.change_account(caller, RawBody::from([("locale".to_owned(), Raw::Text(tag.to_owned()))])).await
    }

    /// Whether the caller has a password: who signs in by other ways alone has none.
    ///
    /// # Errors
    /// The store's.
    pub async fn has_password(&self, caller: &Caller) -> Result<bool> {
        Ok(self.accounts.password_hash(caller.user.id).await?.is_some())
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
        if self.prove_password(user.id, current, client).await? {
            self.clear_session(caller.session.id).await?;
        } else {
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
        self.end_all(user.id, Some(caller.session.id), EndReason::Password).await?;
        self.drop_proofs(user.id).await?;
        self.audit(Actor::User(user.id), "user.change", format!("user:{}", user.id), "password").await;
        self.tell_of_password(user, client).await;
        Ok(())
    }

    /// Deletes the caller's account; all sessions end.
    ///
    /// # Errors
    /// [`Error::LastAdministrator`], or the store's.
    pub async fn delete_account(&self, caller: &Caller) -> Result<()> {
        match self.remove_account(caller, caller.user.id).await {
            Err(Error::NotFound(_)) => Ok(()),
            done => done,
        }
    }

    /// Deletes an account, for its user or an administrator; all its sessions end.
    pub(super) async fn remove_account(&self, caller: &Caller, id: UserId) -> Result<()> {
        let proofs = self.ephemeral.proofs_of(id, self.clock.now()).await?;
        match self.accounts.delete_user(id).await? {
            Deleted::LastAdministrator => return Err(Error::LastAdministrator),
            Deleted::NotFound => return Err(Error::NotFound("user")),
            Deleted::Done => {}
        }
        self.seen.forget_user(id);
        self.end_all(id, None, EndReason::Account).await?;
        self.ephemeral.delete_sessions_of(id).await?;
        // To an address that the user only asked for, and that may be somebody else's, nothing but that question goes.
        for asked in proofs.iter().filter(|proof| proof.purpose == Purpose::EmailNew) {
            self.accounts.drop_mails_to(&asked.email, "email-change-new").await?;
        }
        self.audit(Actor::User(caller.user.id), "user.delete", format!("user:{id}"), "").await;
        self.drop_proofs(id).await
    }
}

/// Changes of a user, read from a body: fields left out stay, and `null` or an empty text removes what can be removed.
pub(super) struct Changes {
    /// Names of what is to be removed.
    pub(super) cleared: Vec<String>,
    /// What is to be set.
    pub(super) set: Entries,
    errors: Vec<FieldError>,
}

impl Changes {
    pub(super) fn read(form: &Form, body: RawBody) -> Self {
        let clearable = |name: &String| form.fields.iter().any(|field| &field.name == name && is_clearable(field.kind));
        let (cleared, set): (RawBody, RawBody) = body.into_iter().partition(|(name, value)| clearable(name) && is_empty(value));
        let (set, mut errors) = form.examine(set);
        if set.text("locale").is_some_and(|tag| !is_language_tag(tag)) {
            errors.push(FieldError::new("locale", "invalid_locale", "is not a language tag (BCP 47), like en or pt-BR"));
        }
        Self { cleared: cleared.into_keys().collect(), set, errors }
    }

    /// Those fields that users may change themselves; everything that is no field of its own is a profile entry.
    pub(super) fn own(&self) -> UserChange {
        let mut change = UserChange::default();
        let set = self.set.0.keys().filter_map(|name| Some((name, Some(self.set.text(name)?.to_owned()))));
        for (name, value) in self.cleared.iter().map(|name| (name, None)).chain(set) {
            match name.as_str() {
                "display_name" => change.display_name = Some(value),
                "locale" => change.locale = Some(value),
                "email" => {}
                _ => {
                    change.profile.insert(name.clone(), value);
                }
            }
        }
        change
    }

    /// The names of all that changes.
    pub(super) fn names(&self) -> Vec<&str> {
        self.cleared.iter().chain(self.set.0.keys()).map(String::as_str).collect()
    }

    /// Every mistake at once, with those that the caller of this found.
    pub(super) fn finish(self, more: Vec<FieldError>) -> Result<()> {
        let errors: Vec<FieldError> = self.errors.into_iter().chain(more).collect();
        if errors.is_empty() { Ok(()) } else { Err(Error::Fields(errors)) }
    }
}

const fn is_clearable(kind: Kind) -> bool {
    matches!(kind, Kind::Text | Kind::Email)
}

/// Subtags of one to eight letters and digits, the first of letters alone (RFC 5646, 2.1).
pub(super) fn is_language_tag(tag: &str) -> bool {
    let subtag = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let first = tag.split('-').next().unwrap_or_default();
    tag.len() <= 35 && tag.split('-').all(subtag) && first.len() >= 2 && first.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// The form for given profile fields.
#[must_use]
pub fn account_form(attributes: &[String]) -> Form {
    with_profile(own_fields(), attributes)
}

/// What users may say of themselves, whatever providers declare.
pub(super) fn own_fields() -> Vec<Field> {
    vec![
        Field::new("display_name", Kind::Text, "Display name; empty or null removes it", 100).optional(),
        Field::new("locale", Kind::Text, "Language of mails and pages (BCP 47); empty or null removes it", 35).optional().example("en"),
    ]
}

/// Adds the profile fields; one that bears the name of another field is left out.
pub(super) fn with_profile(mut fields: Vec<Field>, attributes: &[String]) -> Form {
    let own: Vec<String> = fields.iter().map(|field| field.name.clone()).collect();
    let names = attributes.iter().filter(|name| !own.contains(name));
    fields.extend(names.map(|name| Field::new(name, Kind::Text, name, 1024).optional()));
    Form { fields }
}

fn is_empty(value: &Raw) -> bool {
    match value {
        Raw::Json(serde_json::Value::Null) => true,
        Raw::Json(serde_json::Value::String(text)) | Raw::Text(text) => text.trim().is_empty(),
        Raw::Json(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn language_tags() {
        for tag in ["ru", "en-GB", "zh-Hant-TW", "de-CH-1996", "sl-rozaj-biske"] {
            assert!(is_language_tag(tag), "{tag}");
        }
        for tag in ["r", "русский", "en_GB", "en-", "-en", "12", "en--GB", "x-klingon", "abcdefghi", "en-abcdefghi", "en gb", "a1-b"]
        {
            assert!(!is_language_tag(tag), "{tag}");
        }
        assert!(!is_language_tag(&["en"; 13].join("-")));
    }

    #[test]
    fn ones_own_fields_win() {
        let form = account_form(&["locale".to_owned(), "city".to_owned(), "display_name".to_owned()]);
        assert_eq!(form.fields.iter().map(|field| field.name.as_str()).collect::<Vec<_>>(), ["display_name", "locale", "city"]);
        assert_eq!(form.fields[1].max_length, 35);
    }
}
