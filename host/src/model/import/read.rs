//! Reads a line: every mistake in every field, each with what mends it.

use std::collections::{BTreeMap, BTreeSet};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Map, Value as Json};

use super::{FIELDS, PortableUser};
use crate::model::{
    Email, Secret, Timestamp,
    form::{Entries, Field, FieldError, Form, Kind, Raw, RawBody},
    user::{LOGIN, NewIdentity, SIMPLE},
};

const LOGIN_RULE: &str = "must be 3 to 60 letters (a to z), digits, dots, hyphens and underscores";
/// Of one user.
const MOST: usize = 100;

type Errors = Vec<FieldError>;

impl PortableUser {
    /// Reads the fields of a line. What only the gateway knows (whether a role is there, a hash affordable) is not looked at.
    ///
    /// # Errors
    /// Every mistake.
    pub fn read(mut line: RawBody, now: Timestamp) -> Result<Self, Errors> {
        let mut errors = Errors::new();
        let strangers: Vec<String> = line.keys().filter(|name| !FIELDS.contains(&name.as_str())).cloned().collect();
        for name in strangers {
            line.remove(&name);
            let shown: String = name.chars().filter(|c| !c.is_control()).take(60).collect();
            errors.push(FieldError::new(shown, "unknown_field", format!("is not a field here; known are {}", FIELDS.join(", "))));
        }
        let mut take = |name: &str| line.remove(name).filter(|raw| !matches!(raw, Raw::Json(Json::Null)));
        let roles = take("roles").map_or_else(Vec::new, |raw| roles(raw, &mut errors));
        let profile = take("profile").map_or_else(BTreeMap::new, |raw| profile(raw, &mut errors));
        let listed = take("identities").map(|raw| identities(raw, &mut errors));
        let (entries, mistakes) = form().examine(line);
        errors.extend(mistakes);
        let created_at = entries.text("created_at").map_or(Ok(now), |text| created_at(text, now));
        let created_at = created_at.unwrap_or_else(|error| {
            errors.push(error);
            now
        });
        let login_name = entries.text(LOGIN).filter(|text| login(text).is_none());
        errors.extend(login_name.map(|_| FieldError::new(LOGIN, "invalid_login", LOGIN_RULE)));
        let locale = entries.text("locale").filter(|tag| !is_language_tag(tag));
        errors.extend(locale.map(|_| FieldError::new("locale", "invalid_locale", "must be a language tag such as en or pt-BR")));
        let identities = ways_in(&entries, listed);
        if identities.is_empty() && errors.is_empty() {
            errors.push(FieldError::new("email", "required", "is required, unless `login` or `identities` says how the person signs in"));
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(Self { roles, created_at, profile, identities, ..plain(&entries, now) })
    }
}

fn form() -> Form {
    let text = |name, length| Field::new(name, Kind::Text, "", length).optional();
    let boolean = |name| Field::new(name, Kind::Boolean, "", 5).optional();
    Form {
        fields: vec![
            Field::new("email", Kind::Email, "", 1024).optional(),
            text(LOGIN, 255),
            boolean("email_verified"),
            text("display_name", 100),
            text("locale", 35),
            boolean("disabled"),
            text("created_at", 40),
            Field::new("password_hash", Kind::Token, "", 512).optional(),
        ],
    }
}

fn plain(entries: &Entries, created_at: Timestamp) -> PortableUser {
    let owned = |name| entries.text(name).map(ToOwned::to_owned);
    PortableUser {
        email: email(entries),
        email_verified: entries.boolean("email_verified").unwrap_or_default(),
        display_name: owned("display_name"),
        locale: owned("locale"),
        roles: Vec::new(),
        disabled: entries.boolean("disabled").unwrap_or_default(),
        created_at,
        password_hash: owned("password_hash").map(Secret::new),
        profile: BTreeMap::new(),
        identities: Vec::new(),
    }
}

fn email(entries: &Entries) -> Option<Email> {
    entries.text("email").and_then(|text| Email::parse(text).ok())
}

/// What is listed, a login name, and the address: the last unless the list already says where a password belongs, or there is none.
fn ways_in(entries: &Entries, listed: Option<Vec<NewIdentity>>) -> Vec<NewIdentity> {
    let takes_password = |ways: &Vec<NewIdentity>| ways.iter().any(|way| way.provider == SIMPLE || way.provider == LOGIN);
    let is_complete = listed.as_ref().is_some_and(|ways| takes_password(ways) || entries.text("password_hash").is_none());
    let mut ways = listed.unwrap_or_default();
    ways.extend(entries.text(LOGIN).and_then(login).map(|name| identity(LOGIN, &name)));
    if let Some(email) = email(entries).filter(|_| !is_complete) {
        ways.push(identity(SIMPLE, email.as_str()));
    }
    let mut seen = BTreeSet::new();
    ways.retain(|way| seen.insert((way.provider.clone(), way.subject.clone())));
    ways
}

fn identity(provider: &str, subject: &str) -> NewIdentity {
    NewIdentity { provider: provider.to_owned(), subject: subject.to_owned(), private: None, is_factor: false }
}

/// The one form of a login name, as the provider `login` has it.
fn login(text: &str) -> Option<String> {
    let name = text.to_ascii_lowercase();
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte);
    Some(name).filter(|name| (3..=60).contains(&name.len()) && name.bytes().all(plain))
}

fn created_at(text: &str, now: Timestamp) -> Result<Timestamp, FieldError> {
    let error = |message| FieldError::new("created_at", "invalid_time", message);
    let time = Timestamp::from_rfc3339(text).ok_or_else(|| error("must be a time such as 2024-05-01T12:00:00Z (RFC 3339)"))?;
    if time > now { Err(error("lies in the future")) } else { Ok(time) }
}

/// Letters, digits and dashes; whether there is such a language is not asked.
fn is_language_tag(text: &str) -> bool {
    let mut parts = text.split('-');
    let language = parts.next().is_some_and(|part| (2..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphabetic()));
    language && parts.all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()))
}

fn wrong(errors: &mut Errors, field: &str, message: &str) {
    errors.push(FieldError::new(field, "wrong_type", message));
}

fn roles(raw: Raw, errors: &mut Errors) -> Vec<String> {
    let Raw::Json(Json::Array(list)) = raw else {
        wrong(errors, "roles", "must be an array of names");
        return Vec::new();
    };
    let mut names = BTreeSet::new();
    for entry in list {
        match entry {
            Json::String(name) if names.len() < MOST => drop(names.insert(name.trim().to_owned())),
            Json::String(_) => {}
            _ => {
                wrong(errors, "roles", "must be an array of names");
                break;
            }
        }
    }
    names.into_iter().collect()
}

fn profile(raw: Raw, errors: &mut Errors) -> BTreeMap<String, String> {
    let Raw::Json(Json::Object(members)) = raw else {
        wrong(errors, "profile", "must be an object of texts");
        return BTreeMap::new();
    };
    if members.len() > MOST {
        errors.push(FieldError::new("profile", "too_long", format!("must have at most {MOST} members")));
        return BTreeMap::new();
    }
    let mut entries = BTreeMap::new();
    for (name, value) in members {
        match entry(&name, value) {
            Ok(Some(value)) => drop(entries.insert(name, value)),
            Ok(None) => {}
            Err(message) => {
                let shown: String = name.chars().filter(|c| !c.is_control()).take(40).collect();
                errors.push(FieldError::new(format!("profile.{shown}"), "invalid_entry", message));
            }
        }
    }
    entries
}

fn entry(name: &str, value: Json) -> Result<Option<String>, &'static str> {
    let begins = name.starts_with(|first: char| first.is_ascii_lowercase());
    let is_name = begins && name.len() <= 40 && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    match value {
        _ if !is_name => Err("is no name: small letters, digits and _, a letter first, 40 at most"),
        Json::Null => Ok(None),
        Json::String(text) if text.chars().any(char::is_control) => Err("must not hold control characters"),
        Json::String(text) if text.chars().count() > 1024 => Err("must be at most 1024 characters"),
        Json::String(text) => Ok(Some(text).filter(|text| !text.is_empty())),
        _ => Err("must be a text"),
    }
}

fn identities(raw: Raw, errors: &mut Errors) -> Vec<NewIdentity> {
    let Raw::Json(Json::Array(list)) = raw else {
        wrong(errors, "identities", "must be an array of {\"type\": ..., \"subject\": ...}");
        return Vec::new();
    };
    let mut ways = Vec::new();
    for (at, value) in list.into_iter().take(MOST + 1).enumerate() {
        let read = match value {
            _ if at == MOST => Err("must be at most 100"),
            Json::Object(members) => one(members),
            _ => Err("must be an object with `type` and `subject`"),
        };
        match read {
            Ok(way) => ways.push(way),
            Err(message) => errors.push(FieldError::new(format!("identities[{at}]"), "invalid_identity", message)),
        }
    }
    ways
}

fn one(members: Map<String, Json>) -> Result<NewIdentity, &'static str> {
    let (mut provider, mut subject, mut private, mut is_factor) = (None, None, None, false);
    for (name, value) in members {
        match (name.as_str(), value) {
            ("type", Json::String(text)) => provider = Some(text),
            ("subject", Json::String(text)) => subject = Some(text),
            ("private", Json::String(text)) => private = Some(STANDARD.decode(text).map_err(|_| "has a `private` that is not base64")?),
            ("factor", Json::Bool(yes)) => is_factor = yes,
            _ => return Err("takes the texts `type`, `subject` and `private` (base64), and `factor`, true or false"),
        }
    }
    let (Some(provider), Some(subject)) = (provider, subject) else { return Err("needs `type` and `subject`") };
    let begins = provider.starts_with(|first: char| first.is_ascii_lowercase());
    if !begins || provider.len() > 32 || !provider.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
        return Err("has no `type` of a provider: small letters, digits and dashes, a letter first, 32 at most");
    }
    if subject.is_empty() || subject.chars().count() > 255 || subject.chars().any(char::is_control) {
        return Err("has a `subject` that is empty, longer than 255 characters, or holds control characters");
    }
    let subject = match provider.as_str() {
        SIMPLE => Email::parse(&subject).map_err(|_| "has a `subject` that is no e-mail address")?.as_str().to_owned(),
        LOGIN => login(&subject)
            .ok_or("has a `subject` that is no login name: 3 to 60 letters (a to z), digits, dots, hyphens and underscores")?,
        _ => subject,
    };
    Ok(NewIdentity { provider, subject, private, is_factor })
}

#[cfg(test)]
mod tests;
