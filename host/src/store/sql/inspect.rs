//! A look at a database without a trace: opened for reading alone, no file made, no lock that would hold up a gateway.

use std::path::PathBuf;

use sqlx::query_scalar;

use super::{OpenError, SqlStore, connect, store_error};
use crate::{model::Timestamp, store::Result};

impl SqlStore {
    /// The file that a `database_url` names.
    ///
    /// # Errors
    /// If the URL is not understood.
    pub fn file(url: &str) -> std::result::Result<PathBuf, OpenError> {
        connect::file_of(url)
    }

    /// Opens a database that is there, for reading alone.
    ///
    /// # Errors
    /// If it is not there, or is no database.
    pub async fn open_to_look(url: &str) -> std::result::Result<Self, OpenError> {
        connect::look(url).await
    }

    /// What is wrong with the file (`PRAGMA quick_check`); empty if it is sound. Reads all of it.
    ///
    /// # Errors
    /// If it cannot be read at all.
    pub async fn quick_check(&self) -> Result<Vec<String>> {
        let lines: Vec<String> = query_scalar("PRAGMA quick_check(10)").fetch_all(&self.readers).await.map_err(store_error)?;
        Ok(lines.into_iter().filter(|line| line != "ok").collect())
    }

    /// When the newest account was made, session turned or sign-in tried.
    ///
    /// # Errors
    /// If a table is missing.
    pub async fn newest(&self) -> Result<Option<Timestamp>> {
        let newest = query_scalar(
            "SELECT MAX(at) FROM (
                 SELECT MAX(created_at) AS at FROM users
                 UNION ALL SELECT MAX(rotated_at) FROM sessions
                 UNION ALL SELECT MAX(at) FROM signins) AS newest",
        );
        let newest: Option<i64> = newest.fetch_one(&self.readers).await.map_err(store_error)?;
        Ok(newest.map(Timestamp))
    }
}
