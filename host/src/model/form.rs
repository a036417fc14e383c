//! Forms: typed fields, from which the host validates input, withholds passwords and writes documents.
//!
//! The same code reads the bodies of our own routes and the input of providers, so that every mistake is named, field by
//! field and all at once.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::{Email, Secret, email::EmailError};

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// One line without control characters.
    Text,
    /// An address, canonicalised.
    Email,
    /// Never shown to a provider, never logged.
    Password,
    /// An opaque credential, never logged.
    Token,
    /// An absolute http(s) URL.
    Url,
    /// A signed 64-bit integer.
    Integer,
    /// True or false.
    Boolean,
    /// Up to 50 names: an array of strings in JSON, and separated by commas in a form body. Of our own bodies alone.
    Names,
}

/// One field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Its name in the body.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
    /// Whether it must be there.
    pub required: bool,
    /// For people.
    pub label: String,
    /// For people.
    pub help: String,
    /// For documents.
    pub example: Option<String>,
    /// In characters.
    pub max_length: u32,
}

/// A list of fields with different names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Form {
    /// In the order in which people see them.
    pub fields: Vec<Field>,
}

/// A value that has passed its field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Text, an address in canonical form, a URL or a token.
    Text(String),
    /// An integer.
    Integer(i64),
    /// A boolean.
    Boolean(bool),
    /// Names, in the caller's order.
    Names(Vec<String>),
    /// A password: stays in the host.
    Password(Secret<String>),
}

/// The values of a form; fields left out are not there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entries(pub BTreeMap<String, Value>);

impl Entries {
    /// The text of a field, if it is there and is text.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.0.get(name) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// The integer of a field.
    #[must_use]
    pub fn integer(&self, name: &str) -> Option<i64> {
        match self.0.get(name) {
            Some(Value::Integer(number)) => Some(*number),
            _ => None,
        }
    }

    /// The boolean of a field.
    #[must_use]
    pub fn boolean(&self, name: &str) -> Option<bool> {
        match self.0.get(name) {
            Some(Value::Boolean(value)) => Some(*value),
            _ => None,
        }
    }

    /// The names of a field; none if it is not there.
    #[must_use]
    pub fn names(&self, name: &str) -> &[String] {
        match self.0.get(name) {
            Some(Value::Names(names)) => names,
            _ => &[],
        }
    }

    /// The password of a field.
    #[must_use]
    pub fn password(&self, name: &str) -> Option<&Secret<String>> {
        match self.0.get(name) {
            Some(Value::Password(secret)) => Some(secret),
            _ => None,
        }
    }
}

/// A mistake in one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// Its name as the caller wrote it.
    pub field: String,
    /// Stable.
    pub code: String,
    /// What is wrong and how to mend it.
    pub message: String,
}

impl FieldError {
    /// A mistake in `field`.
    pub fn new(field: impl Into<String>, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), code: code.into(), message: message.into() }
    }
}

/// What a body holds before any form was applied: JSON values, or the texts of a form body.
#[derive(Clone, Debug, PartialEq)]
pub enum Raw {
    /// A member of a JSON object.
    Json(Json),
    /// A pair of a form body: everything is text there.
    Text(String),
}

/// Most values of a [`Kind::Names`].
pub const MOST_NAMES: usize = 50;

/// A body by field name.
pub type RawBody = BTreeMap<String, Raw>;

impl Form {
    /// Checks a whole body against the form.
    ///
    /// # Errors
    /// Every mistake in every field, unknown fields included.
    pub fn read(&self, body: RawBody) -> Result<Entries, Vec<FieldError>> {
        let (entries, errors) = self.examine(body);
        if errors.is_empty() { Ok(entries) } else { Err(errors) }
    }

    /// What is right in a body, and every mistake: for those who have more to find before they answer.
    #[must_use]
    pub fn examine(&self, mut body: RawBody) -> (Entries, Vec<FieldError>) {
        let mut entries = Entries::default();
        let mut errors = Vec::new();
        for field in &self.fields {
            match body.remove(&field.name) {
                None | Some(Raw::Json(Json::Null)) if field.required => {
                    errors.push(FieldError::new(&field.name, "required", "is required"));
                }
                None | Some(Raw::Json(Json::Null)) => {}
                Some(raw) => match field.read(raw) {
                    Ok(Some(value)) => {
                        entries.0.insert(field.name.clone(), value);
                    }
                    Ok(None) => {}
                    Err(error) => errors.push(error),
                },
            }
        }
        let known: Vec<&str> = self.fields.iter().map(|field| field.name.as_str()).collect();
        errors.extend(body.into_keys().map(|name| unknown_field(&name, &known)));
        (entries, errors)
    }
}

fn unknown_field(name: &str, known: &[&str]) -> FieldError {
    let shown: String = name.chars().filter(|c| !c.is_control()).take(60).collect();
    let message = if known.is_empty() {
        "is not a field here; none is taken".to_owned()
    } else {
        format!("is not a field here; known are {}", known.join(", "))
    };
    FieldError::new(shown, "unknown_field", message)
}

impl Field {
    /// A required field without help or example.
    #[must_use]
    pub fn new(name: &str, kind: Kind, label: &str, max_length: u32) -> Self {
        Self { name: name.into(), kind, required: true, label: label.into(), help: String::new(), example: None, max_length }
    }

    /// The same field, not required.
    #[must_use]
    pub fn optional(self) -> Self {
        Self { required: false, ..self }
    }

    /// The same field with an example.
    #[must_use]
    pub fn example(self, example: &str) -> Self {
        Self { example: Some(example.into()), ..self }
    }

    /// `Ok(None)`: left empty, and not required.
    fn read(&self, raw: Raw) -> Result<Option<Value>, FieldError> {
        match self.kind {
            Kind::Integer => self.read_integer(&raw).map(Some),
            Kind::Boolean => self.read_boolean(&raw).map(Some),
            Kind::Names => self.read_names(raw).map(Some),
            Kind::Password => self.take_text(raw).and_then(|text| self.read_password(text)).map(Some),
            Kind::Text | Kind::Email | Kind::Token | Kind::Url => self.take_text(raw).and_then(|text| self.read_text(text)),
        }
    }

    fn error(&self, code: &str, message: impl Into<String>) -> FieldError {
        FieldError::new(&self.name, code, message)
    }

    fn wrong_type(&self, expected: &str) -> FieldError {
        self.error("wrong_type", format!("must be {expected}"))
    }

    fn take_text(&self, raw: Raw) -> Result<String, FieldError> {
        match raw {
            Raw::Text(text) | Raw::Json(Json::String(text)) => {
                let limit = usize::try_from(self.max_length).unwrap_or(usize::MAX);
                if text.chars().count() > limit {
                    return Err(self.error("too_long", format!("must be at most {limit} characters")));
                }
                Ok(text)
            }
            Raw::Json(_) => Err(self.wrong_type("a string")),
        }
    }

    fn read_integer(&self, raw: &Raw) -> Result<Value, FieldError> {
        let number = match raw {
            Raw::Json(Json::Number(number)) => number.as_i64(),
            Raw::Json(_) => None,
            Raw::Text(text) => text.trim().parse().ok(),
        };
        number.map(Value::Integer).ok_or_else(|| self.wrong_type("an integer"))
    }

    fn read_boolean(&self, raw: &Raw) -> Result<Value, FieldError> {
        let value = match raw {
            Raw::Json(Json::Bool(value)) => Some(*value),
            Raw::Json(_) => None,
            Raw::Text(text) => match text.trim() {
                "true" | "on" | "1" => Some(true),
                "false" | "off" | "0" => Some(false),
                _ => None,
            },
        };
        value.map(Value::Boolean).ok_or_else(|| self.wrong_type("true or false"))
    }

    fn read_names(&self, raw: Raw) -> Result<Value, FieldError> {
        let raw = match raw {
            Raw::Text(text) => text.split(',').map(|name| Raw::Text(name.to_owned())).collect(),
            Raw::Json(Json::Array(items)) => items.into_iter().map(Raw::Json).collect::<Vec<_>>(),
            Raw::Json(_) => return Err(self.wrong_type("an array of strings")),
        };
        if raw.len() > MOST_NAMES {
            return Err(self.error("too_many", format!("must be at most {MOST_NAMES} names")));
        }
        let every = |error: FieldError| FieldError { message: format!("every name {}", error.message), ..error };
        let mut names = Vec::with_capacity(raw.len());
        for text in raw {
            let text = self.take_text(text).map_err(every)?;
            let name = text.trim();
            if name.chars().any(char::is_control) {
                return Err(every(self.error("control_characters", "must not hold control characters")));
            }
            names.extend((!name.is_empty()).then(|| name.to_owned()));
        }
        Ok(Value::Names(names))
    }

    /// An empty password is a wrong password, not a missing field: the answer must not differ (security rule 3).
    fn read_password(&self, text: String) -> Result<Value, FieldError> {
        if text.chars().any(char::is_control) {
            return Err(self.error("control_characters", "must not hold control characters"));
        }
        Ok(Value::Password(Secret::new(text)))
    }

    fn read_text(&self, text: String) -> Result<Option<Value>, FieldError> {
        let trimmed = text.trim();
        if trimmed.is_empty() {
            return if self.required { Err(self.error("empty", "must not be empty")) } else { Ok(None) };
        }
        if trimmed.chars().any(char::is_control) {
            return Err(self.error("control_characters", "must not hold control characters"));
        }
        let value = match self.kind {
            Kind::Email => self.read_email(trimmed)?,
            Kind::Url => self.read_url(trimmed)?,
            Kind::Token => text,
            _ => trimmed.to_owned(),
        };
        Ok(Some(Value::Text(value)))
    }

    fn read_email(&self, text: &str) -> Result<String, FieldError> {
        let code = |error: EmailError| match error {
            EmailError::TooLong => "too_long",
            EmailError::Malformed => "invalid_email",
        };
        Email::parse(text).map(|email| email.as_str().to_owned()).map_err(|error| self.error(code(error), error.to_string()))
    }

    fn read_url(&self, text: &str) -> Result<String, FieldError> {
        match url::Url::parse(text) {
            Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(url.into()),
            _ => Err(self.error("invalid_url", "must be an absolute http or https URL")),
        }
    }
}

#[cfg(test)]
mod tests;
