//! A hash being read: whatever is wrong in it is reported with its kind, field and key.

use std::{collections::HashMap, fmt::Display};

use crate::{
    model::{Email, Timestamp},
    store::{Result, StoreError},
};

/// The fields of a hash.
pub(super) type Fields = HashMap<String, Vec<u8>>;

/// One hash, with what it is and which.
pub(super) struct Record {
    kind: &'static str,
    key: String,
    fields: Fields,
}

impl Record {
    pub(super) fn new(kind: &'static str, key: impl Display, fields: Fields) -> Self {
        Self { kind, key: key.to_string(), fields }
    }

    /// A hash without fields is not there.
    pub(super) fn found(kind: &'static str, key: impl Display, fields: Fields) -> Option<Self> {
        (!fields.is_empty()).then(|| Self::new(kind, key, fields))
    }

    pub(super) const fn fields(&self) -> &Fields {
        &self.fields
    }

    /// Bytes, if the field is there.
    pub(super) fn bytes(&self, field: &'static str) -> Option<Vec<u8>> {
        self.fields.get(field).cloned()
    }

    /// A text, if the field is there.
    pub(super) fn maybe_text(&self, field: &'static str) -> Result<Option<String>> {
        let text = self.fields.get(field).map(|bytes| String::from_utf8(bytes.clone()));
        text.transpose().map_err(|_| self.broken(field, "not UTF-8".to_owned()))
    }

    pub(super) fn text(&self, field: &'static str) -> Result<String> {
        self.maybe_text(field)?.ok_or_else(|| self.broken(field, "missing".to_owned()))
    }

    pub(super) fn maybe_number(&self, field: &'static str) -> Result<Option<i64>> {
        let read = |text: String| text.parse().map_err(|_| self.broken(field, format!("{text:?} is not a number")));
        self.maybe_text(field)?.map(read).transpose()
    }

    pub(super) fn number(&self, field: &'static str) -> Result<i64> {
        self.maybe_number(field)?.ok_or_else(|| self.broken(field, "missing".to_owned()))
    }

    /// A count that is never negative.
    pub(super) fn count<T: TryFrom<i64>>(&self, field: &'static str) -> Result<T> {
        let value = self.number(field)?;
        T::try_from(value).map_err(|_| self.broken(field, format!("{value} is out of range")))
    }

    pub(super) fn time(&self, field: &'static str) -> Result<Timestamp> {
        self.number(field).map(Timestamp)
    }

    pub(super) fn maybe_time(&self, field: &'static str) -> Result<Option<Timestamp>> {
        Ok(self.maybe_number(field)?.map(Timestamp))
    }

    pub(super) fn flag(&self, field: &'static str) -> Result<bool> {
        match self.text(field)?.as_str() {
            "0" => Ok(false),
            "1" => Ok(true),
            other => Err(self.broken(field, format!("{other:?} is neither 0 nor 1"))),
        }
    }

    /// A text that stands for one of our own values.
    pub(super) fn word<T>(&self, field: &'static str, parse: impl FnOnce(&str) -> Option<T>) -> Result<T> {
        let text = self.text(field)?;
        parse(&text).ok_or_else(|| self.broken(field, format!("{text:?} is not a value that this program knows")))
    }

    pub(super) fn maybe_email(&self, field: &'static str) -> Result<Option<Email>> {
        let read = |text: String| Email::parse(&text).map_err(|error| self.broken(field, format!("{text:?} {error}")));
        self.maybe_text(field)?.map(read).transpose()
    }

    pub(super) fn email(&self, field: &'static str) -> Result<Email> {
        self.maybe_email(field)?.ok_or_else(|| self.broken(field, "missing".to_owned()))
    }

    /// A JSON text.
    pub(super) fn json<T: serde::de::DeserializeOwned>(&self, field: &'static str) -> Result<T> {
        serde_json::from_str(&self.text(field)?).map_err(|error| self.broken(field, error.to_string()))
    }

    pub(super) fn broken(&self, field: &'static str, problem: String) -> StoreError {
        StoreError::Broken { table: self.kind, column: field, row: self.key.clone(), problem }
    }
}

/// JSON for a field. Our own types have text keys only, so that writing cannot fail.
pub(super) fn json_text<T: serde::Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| StoreError::Statement(format!("a value cannot be written as JSON: {error}")))
}
