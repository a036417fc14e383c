//! A look at a database without a trace: opened for reading alone, no file made, no lock that would hold up a gateway.

use std::{path::PathBuf, sync::Arc};

use super::{OpenError, SqlStore, connect, database::Database, query};
use crate::{model::Timestamp, store::Result};

impl SqlStore {
    /// The file that a `database_url` names; none if it names a server.
    ///
    /// # Errors
    /// If the URL is not understood.
    pub fn file(url: &str) -> std::result::Result<Option<PathBuf>, OpenError> {
        connect::file(url)
    }

    /// Opens a database that is there, for reading alone.
    ///
    /// # Errors
    /// If it is not there, or is no database.
    pub async fn open_to_look(url: &str) -> std::result::Result<Self, OpenError> {
        Ok(Self { database: connect::look(url).await?, reserved: Arc::default() })
    }

    /// What is wrong with the file (`PRAGMA quick_check`); empty if it is sound. Reads all of it. Of a server, nothing is asked.
    ///
    /// # Errors
    /// If it cannot be read at all.
    pub async fn quick_check(&self) -> Result<Vec<String>> {
        if matches!(self.database, Database::Postgres(..)) {
            return Ok(Vec::new());
        }
        let lines = query("PRAGMA quick_check(10)").fetch_all(self).await?;
        let lines = lines.iter().map(|row| row.get::<String>("quick_check")).collect::<Result<Vec<_>>>()?;
        Ok(lines.into_iter().filter(|line| line != "ok").collect())
    }

    /// When the newest account was made, session turned or sign-in tried.
    ///
    /// # Errors
    /// If a table is missing.
    pub async fn newest(&self) -> Result<Option<Timestamp>> {
        let newest = query(
            "SELECT MAX(at) AS newest FROM (
                 SELECT MAX(created_at) AS at FROM users
                 UNION ALL SELECT MAX(rotated_at) FROM sessions
                 UNION ALL SELECT MAX(at) FROM signins) AS rows_of_three",
        );
        Ok(newest.fetch_one(self).await?.get::<Option<i64>>("newest")?.map(Timestamp))
    }
}
