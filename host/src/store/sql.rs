//! Accounts and sessions in SQL: SQLite, one file.
//!
//! The statements are plain text with `$n` binds that PostgreSQL takes as well. SQLite has one writer at a time, so all
//! writes queue for one connection in the order in which they came, instead of meeting at the file's lock; readers have
//! connections of their own and are never held up.

mod allowance;
mod audit;
mod connect;
mod credential;
mod error;
mod export;
mod history;
mod identity;
mod import;
mod inspect;
mod key;
mod kv;
mod outbox;
mod place;
mod proof;
mod record;
mod recovery_code;
mod role;
mod schema;
mod sequence;
mod session;
mod signin;
mod step;
mod switch;
mod user;

use std::sync::Arc;

use async_trait::async_trait;

use self::{error::store_error, record::Record, sequence::Reserved};
use super::{Connections, Health, OpenError, Result, StoreError, upkeep::Upkeep};

/// The one place that names the database, so that the rest reads alike for every dialect.
type Db = sqlx::Sqlite;
type Pool = sqlx::Pool<Db>;
type Row = sqlx::sqlite::SqliteRow;
type Connection = sqlx::SqliteConnection;
type Transaction = sqlx::Transaction<'static, Db>;
type Query = sqlx::query::Query<'static, Db, sqlx::sqlite::SqliteArguments>;

/// Every trait of the store on an SQL database. Cheap to clone; clones share the connections.
#[derive(Clone, Debug)]
pub struct SqlStore {
    readers: Pool,
    writer: Pool,
    reserved: Arc<Reserved>,
}

impl SqlStore {
    /// Connects to `sqlite:///absolute/path` or `sqlite://relative/path`. Makes the file, readable by its owner only, and
    /// its directory if they are missing. The schema is not touched: see [`Upkeep::migrate`].
    ///
    /// # Errors
    /// If the URL is not understood, or the file cannot be made or opened.
    pub async fn open(url: &str) -> std::result::Result<Self, OpenError> {
        connect::open(url).await
    }

    /// Begins a transaction that may read before it writes. It takes SQLite's write lock at once, because a reader that
    /// becomes a writer later can fail if somebody else wrote in between.
    async fn begin(&self) -> Result<Transaction> {
        self.writer.begin_with("BEGIN IMMEDIATE").await.map_err(store_error)
    }

    /// Runs one writing statement; returns the number of rows that it touched.
    async fn write(&self, query: Query) -> Result<u64> {
        Ok(query.execute(&self.writer).await.map_err(store_error)?.rows_affected())
    }

    /// Runs one writing statement with `RETURNING`. All rows are fetched even if one is expected: `fetch_optional` stops at
    /// the first row, before the statement commits, and would not see the commit fail (disk full).
    async fn write_returning(&self, query: Query) -> Result<Vec<Row>> {
        query.fetch_all(&self.writer).await.map_err(store_error)
    }
}

/// Runs one statement inside a transaction; returns the number of rows that it touched.
async fn execute(connection: &mut Connection, query: Query) -> Result<u64> {
    Ok(query.execute(connection).await.map_err(store_error)?.rows_affected())
}

async fn commit(transaction: Transaction) -> Result<()> {
    transaction.commit().await.map_err(store_error)
}

#[async_trait]
impl Upkeep for SqlStore {
    async fn migrate(&self) -> std::result::Result<(), OpenError> {
        schema::migrate(&self.writer).await
    }

    async fn pending_migrations(&self) -> std::result::Result<Vec<String>, OpenError> {
        schema::pending(&self.writer).await
    }

    /// The writer goes last: it folds the write-ahead log into the database file.
    async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

#[async_trait]
impl Health for SqlStore {
    async fn ping(&self) -> Result<()> {
        sqlx::query("SELECT name FROM roles LIMIT 1").fetch_all(&self.readers).await.map_err(store_error)?;
        Ok(())
    }

    async fn pending(&self) -> Result<Vec<String>> {
        match schema::pending_seen(&self.readers).await {
            Ok(pending) => Ok(pending),
            Err(OpenError::Store(error)) => Err(error),
            Err(other) => Err(StoreError::Statement(other.to_string())),
        }
    }

    fn connections(&self) -> Vec<Connections> {
        let count = |name, pool: &Pool| {
            let (open, idle) = (pool.size(), u32::try_from(pool.num_idle()).unwrap_or(u32::MAX));
            Connections { name, used: open.saturating_sub(idle), idle, most: pool.options().get_max_connections() }
        };
        vec![count("readers", &self.readers), count("writer", &self.writer)]
    }
}
