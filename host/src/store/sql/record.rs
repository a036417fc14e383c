//! A row being read: whatever is wrong in it is reported with table, column and row.

use super::{Row, row::Column};
use crate::{
    model::Timestamp,
    store::{Result, StoreError},
};

/// One row, with its table and the columns that identify it there (which the statement must select too).
pub(super) struct Record<'r> {
    table: &'static str,
    key: &'static [&'static str],
    row: &'r Row,
}

impl<'r> Record<'r> {
    pub(super) const fn new(table: &'static str, key: &'static [&'static str], row: &'r Row) -> Self {
        Self { table, key, row }
    }

    /// The value of a column.
    pub(super) fn get<T: Column<'r>>(&self, column: &'static str) -> Result<T> {
        self.row.try_get(column).map_err(|error| match error {
            sqlx::Error::ColumnDecode { source, .. } => self.broken(column, source.to_string()),
            other => self.broken(column, other.to_string()),
        })
    }

    pub(super) fn time(&self, column: &'static str) -> Result<Timestamp> {
        self.get(column).map(Timestamp)
    }

    /// A count that is never negative.
    pub(super) fn count<T: TryFrom<i64>>(&self, column: &'static str) -> Result<T> {
        let value: i64 = self.get(column)?;
        T::try_from(value).map_err(|_| self.broken(column, format!("{value} is out of range")))
    }

    /// A text that stands for one of our own values.
    pub(super) fn word<T>(&self, column: &'static str, parse: impl FnOnce(&str) -> Option<T>) -> Result<T> {
        let text: &str = self.get(column)?;
        parse(text).ok_or_else(|| self.broken(column, format!("{text:?} is not a value that this program knows")))
    }

    /// A JSON text.
    pub(super) fn json<T: serde::de::DeserializeOwned>(&self, column: &'static str) -> Result<T> {
        let text: &str = self.get(column)?;
        serde_json::from_str(text).map_err(|error| self.broken(column, error.to_string()))
    }

    pub(super) fn broken(&self, column: &'static str, problem: String) -> StoreError {
        let key: Vec<String> = self.key.iter().map(|name| self.shown(name)).collect();
        StoreError::Broken { table: self.table, column, row: key.join("/"), problem }
    }

    fn shown(&self, column: &str) -> String {
        let number = self.row.try_get::<i64>(column).map(|id| id.to_string());
        number.or_else(|_| self.row.try_get::<String>(column)).unwrap_or_else(|_| "?".to_owned())
    }
}

/// JSON for a column. Our own types have text keys only, so that writing cannot fail.
pub(super) fn json_text<T: serde::Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| StoreError::Statement(format!("a value cannot be written as JSON: {error}")))
}
