//! A statement: one text for every database, with `$n` binds, and what is bound to them.

use std::borrow::Cow;

use super::{Result, Row, StoreError, database::Source};

/// A statement with its values.
#[derive(Clone, Debug)]
pub(super) struct Query {
    pub(super) text: Cow<'static, str>,
    pub(super) binds: Vec<Value>,
}

/// Everything that the schema holds.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Number(Option<i64>),
    Text(Option<Cow<'static, str>>),
    Bytes(Option<Vec<u8>>),
    Flag(bool),
}

/// A statement whose values are still to be bound.
pub(super) const fn query(text: &'static str) -> Query {
    Query { text: Cow::Borrowed(text), binds: Vec::new() }
}

impl Query {
    /// Binds the next `$n`.
    pub(super) fn bind(mut self, value: impl Into<Value>) -> Self {
        self.binds.push(value.into());
        self
    }

    /// Goes on with the text. Never with what a caller wrote: that is bound.
    pub(super) fn push(mut self, text: &'static str) -> Self {
        self.text.to_mut().push_str(text);
        self
    }

    /// Goes on with a value, under the next number.
    pub(super) fn push_bind(mut self, value: impl Into<Value>) -> Self {
        self.binds.push(value.into());
        let number = self.binds.len();
        *self.text.to_mut() += "$";
        *self.text.to_mut() += &number.to_string();
        self
    }

    /// Goes on with `(a, b, ..)`.
    pub(super) fn push_list(mut self, values: impl IntoIterator<Item = impl Into<Value>>) -> Self {
        self = self.push("(");
        for (place, value) in values.into_iter().enumerate() {
            self = self.push(if place == 0 { "" } else { ", " }).push_bind(value);
        }
        self.push(")")
    }

    /// Goes on with `VALUES (..), (..)`.
    pub(super) fn push_rows(mut self, rows: impl IntoIterator<Item = Vec<Value>>) -> Self {
        for (place, row) in rows.into_iter().enumerate() {
            self = self.push(if place == 0 { " VALUES " } else { ", " }).push_list(row);
        }
        self
    }

    /// All rows.
    pub(super) async fn fetch_all<'c>(self, source: impl Into<Source<'c>>) -> Result<Vec<Row>> {
        source.into().rows(&self).await
    }

    /// The first row. The others are fetched too: who stops at the first would not see a writing statement fail later.
    pub(super) async fn fetch_optional<'c>(self, source: impl Into<Source<'c>>) -> Result<Option<Row>> {
        Ok(self.fetch_all(source).await?.into_iter().next())
    }

    /// The first row of a statement that always gives one.
    pub(super) async fn fetch_one<'c>(self, source: impl Into<Source<'c>>) -> Result<Row> {
        let row = self.fetch_optional(source).await?;
        row.ok_or_else(|| StoreError::Statement("a statement that always gives a row gave none".to_owned()))
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Number(Some(value))
    }
}

impl From<Option<i64>> for Value {
    fn from(value: Option<i64>) -> Self {
        Self::Number(value)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Flag(value)
    }
}

impl From<&'static str> for Value {
    fn from(value: &'static str) -> Self {
        Self::Text(Some(Cow::Borrowed(value)))
    }
}

impl From<Option<&'static str>> for Value {
    fn from(value: Option<&'static str>) -> Self {
        Self::Text(value.map(Cow::Borrowed))
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(Some(Cow::Owned(value)))
    }
}

impl From<Option<String>> for Value {
    fn from(value: Option<String>) -> Self {
        Self::Text(value.map(Cow::Owned))
    }
}

impl From<Vec<u8>> for Value {
    fn from(value: Vec<u8>) -> Self {
        Self::Bytes(Some(value))
    }
}

impl From<Option<Vec<u8>>> for Value {
    fn from(value: Option<Vec<u8>>) -> Self {
        Self::Bytes(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_numbered_as_they_come() {
        let query = query("SELECT a FROM t WHERE b = ").push_bind(1).push(" AND c IN ").push_list(["x", "y"]);
        assert_eq!(query.text, "SELECT a FROM t WHERE b = $1 AND c IN ($2, $3)");
        assert_eq!(query.binds.len(), 3);
        let rows = super::query("INSERT INTO t (a, b)").push_rows([vec![1.into(), true.into()], vec![2.into(), false.into()]]);
        assert_eq!(rows.text, "INSERT INTO t (a, b) VALUES ($1, $2), ($3, $4)");
    }
}
