//! Accounts and sessions in SQL: SQLite, one file, or PostgreSQL, one server for many gateways.
//!
//! A statement is one text for both, with `$n` binds. A method is one statement, or one transaction that first holds what it
//! decides by; [`again`] runs what others have crossed once more.

mod allowance;
mod audit;
mod connect;
mod credential;
mod database;
mod error;
mod export;
mod history;
mod identity;
mod import;
mod inspect;
mod invitation;
mod key;
mod kv;
mod outbox;
mod place;
mod proof;
pub mod provision;
mod query;
mod record;
mod records;
mod recovery_code;
mod retry;
mod role;
mod row;
mod schema;
mod sequence;
mod session;
mod signin;
mod silence;
mod step;
mod switch;
mod user;

use std::sync::Arc;

use async_trait::async_trait;

use self::{
    database::{Database, Source, Transaction},
    query::{Query, query},
    record::Record,
    retry::again,
    row::Row,
    sequence::Reserved,
};
use super::{Connections, Health, OpenError, Result, StoreError, open::Limits, upkeep::Upkeep};

/// Every trait of the store on an SQL database. Cheap to clone; clones share the connections.
#[derive(Clone, Debug)]
pub struct SqlStore {
    database: Database,
    reserved: Arc<Reserved>,
}

impl SqlStore {
    /// Connects to `sqlite:///absolute/path` or `sqlite://relative/path`, and makes the file, readable by its owner only, and
    /// its directory if they are missing; or to `postgres://USER:PASSWORD@HOST/DATABASE`, which must be there. The schema is
    /// not touched: see [`Upkeep::migrate`].
    ///
    /// # Errors
    /// If the URL is not understood, the file cannot be made or opened, or the server does not let us in.
    pub async fn open(url: &str) -> std::result::Result<Self, OpenError> {
        Self::open_with(url, Limits::default()).await
    }

    /// The same, with other limits.
    ///
    /// # Errors
    /// Those of [`Self::open`].
    pub async fn open_with(url: &str, limits: Limits) -> std::result::Result<Self, OpenError> {
        Ok(Self { database: connect::open(url, limits).await?, reserved: Arc::default() })
    }

    /// Begins a transaction that may read before it writes.
    async fn begin(&self) -> Result<Transaction> {
        self.database.begin().await
    }

    /// Runs one writing statement; returns the number of rows that it touched.
    async fn write(&self, query: Query) -> Result<u64> {
        again(|| Source::Writer(&self.database).execute(&query)).await
    }

    /// Runs one writing statement with `RETURNING`.
    async fn write_returning(&self, query: Query) -> Result<Vec<Row>> {
        again(|| Source::Writer(&self.database).rows(&query)).await
    }
}

/// Reads go to the readers.
impl<'c> From<&'c SqlStore> for Source<'c> {
    fn from(store: &'c SqlStore) -> Self {
        Self::Readers(&store.database)
    }
}

/// Runs one statement inside a transaction; returns the number of rows that it touched.
async fn execute(transaction: &mut Transaction, query: Query) -> Result<u64> {
    Source::Transaction(transaction).execute(&query).await
}

async fn commit(transaction: Transaction) -> Result<()> {
    transaction.commit().await
}

#[async_trait]
impl Upkeep for SqlStore {
    async fn migrate(&self) -> std::result::Result<(), OpenError> {
        schema::migrate(&self.database).await
    }

    async fn pending_migrations(&self) -> std::result::Result<Vec<String>, OpenError> {
        schema::pending(&self.database).await
    }

    async fn close(&self) {
        self.database.close().await;
    }
}

#[async_trait]
impl Health for SqlStore {
    async fn ping(&self) -> Result<()> {
        query("SELECT name FROM roles LIMIT 1").fetch_all(self).await?;
        Ok(())
    }

    async fn pending(&self) -> Result<Vec<String>> {
        match schema::pending(&self.database).await {
            Ok(pending) => Ok(pending),
            Err(OpenError::Store(error)) => Err(error),
            Err(other) => Err(StoreError::Statement(other.to_string())),
        }
    }

    fn connections(&self) -> Vec<Connections> {
        self.database.connections()
    }
}
