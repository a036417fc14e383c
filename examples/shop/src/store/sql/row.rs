//! A row of either database.

use sqlx::{Row as _, postgres::PgRow, sqlite::SqliteRow};

use super::{Result, store_error};
use crate::model::Timestamp;

/// A row; its columns are read by the names that the statement gives them.
pub(in super::super) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl Row {
    pub(in super::super) fn integer(&self, column: &str) -> Result<i64> {
        match self {
            Self::Sqlite(row) => row.try_get(column),
            Self::Postgres(row) => row.try_get(column),
        }
        .map_err(store_error)
    }

    pub(in super::super) fn text(&self, column: &str) -> Result<String> {
        match self {
            Self::Sqlite(row) => row.try_get(column),
            Self::Postgres(row) => row.try_get(column),
        }
        .map_err(store_error)
    }

    pub(in super::super) fn time(&self, column: &str) -> Result<Timestamp> {
        self.integer(column).map(Timestamp)
    }
}
