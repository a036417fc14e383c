//! One's own account: profile, password, deletion.

use std::sync::Arc;

use super::{Client, Error, Flow, Result, authenticate::Caller};
use crate::model::{
    Secret,
    form::{Entries, Field, FieldError, Form, Kind, Raw, RawBody},
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
        let form = self.account_form();
        let known = |name: &String| form.fields.iter().any(|field| &field.name == name);
        let (cleared, set): (RawBody, RawBody) = body.into_iter().partition(|(name, value)| known(name) && is_empty(value));
        let locale = set.get("locale").and_then(text_of).and_then(locale_flaw);
        let entries = read_with(form.read(set), locale)?;
        let mut change = UserChange::default();
        let values = entries.0.keys().map(|name| (name.clone(), entries.text(name).map(ToOwned::to_owned)));
        for (name, value) in cleared.into_keys().map(|name| (name, None)).chain(values) {
            match name.as_str() {
                "display_name" => change.display_name = Some(value),
                "locale" => change.locale = Some(value),
                _ => {
                    change.profile.insert(name, value);
                }
            }
        }
        let user = self.accounts.change_user(caller.user.id, &change).await?.ok_or(Error::SessionEnded)?;
        self.seen.forget_user(user.id);
        Ok(user)
    }

    /// Changes the password; every other session ends.
    ///
    /// # Errors
    /// [`Error::Fields`] if the current one is wrong or the new one refused, or the store's.
    pub async fn change_password(&self, caller: &Caller, current: &Secret<String>, new: &Secret<String>, client: &Client) -> Result<()> {
        self.admit(client).await?;
        let user: &Arc<User> = &caller.user;
        let mut errors = Vec::new();
        if !self.password_is(user.id, current).await? {
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

/// The form for given profile fields. The user's own fields win over a provider's of the same name.
#[must_use]
pub fn account_form(attributes: &[String]) -> Form {
    let names = attributes.iter().filter(|name| !["display_name", "locale"].contains(&name.as_str()));
    let profile = names.map(|name| Field::new(name, Kind::Text, name, 1024).optional());
    let display_name = Field::new("display_name", Kind::Text, "Display name; empty or null removes it", 100).optional();
    let locale =
        Field::new("locale", Kind::Text, "Language for mails and pages (BCP 47, such as ru or en-GB); empty or null removes it", 35);
    Form { fields: [display_name, locale.optional()].into_iter().chain(profile).collect() }
}

fn text_of(value: &Raw) -> Option<&str> {
    match value {
        Raw::Json(serde_json::Value::String(text)) | Raw::Text(text) => Some(text.trim()),
        Raw::Json(_) => None,
    }
}

/// The entries, unless they or the language have mistakes: all of them at once, one a field.
fn read_with(entries: std::result::Result<Entries, Vec<FieldError>>, locale: Option<FieldError>) -> Result<Entries> {
    let (entries, mut errors) = match entries {
        Ok(entries) => (entries, Vec::new()),
        Err(errors) => (Entries::default(), errors),
    };
    errors.extend(locale.filter(|flaw| errors.iter().all(|error| error.field != flaw.field)));
    if errors.is_empty() { Ok(entries) } else { Err(Error::Fields(errors)) }
}

/// What is wrong with a language tag: subtags of one to eight letters and digits, the first of letters alone (RFC 5646, 2.1).
fn locale_flaw(tag: &str) -> Option<FieldError> {
    let subtag = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let first = tag.split('-').next().unwrap_or_default();
    let valid = (2..=35).contains(&tag.len())
        && tag.split('-').all(subtag)
        && first.len() >= 2
        && first.bytes().all(|byte| byte.is_ascii_alphabetic());
    (!valid).then(|| FieldError::new("locale", "invalid_locale", "is not a language tag; expected such as ru or en-GB"))
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
            assert_eq!(locale_flaw(tag), None, "{tag}");
        }
        for tag in ["r", "русский", "en_GB", "en-", "-en", "12", "en--GB", "x-klingon", "abcdefghi", "en-abcdefghi", "en gb", "a1-b"]
        {
            assert!(locale_flaw(tag).is_some(), "{tag}");
        }
        assert!(locale_flaw(&["en"; 13].join("-")).is_some());
    }

    #[test]
    fn ones_own_fields_win() {
        let form = account_form(&["locale".to_owned(), "city".to_owned(), "display_name".to_owned()]);
        assert_eq!(form.fields.iter().map(|field| field.name.as_str()).collect::<Vec<_>>(), ["display_name", "locale", "city"]);
        assert_eq!(form.fields[1].max_length, 35);
    }
}
