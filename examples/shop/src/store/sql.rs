//! Statements, rows and transactions of either database. Whatever differs between SQLite and PostgreSQL differs here, and
//! nowhere else.

mod connect;
mod row;

use sqlx::{PgPool, Postgres, Sqlite, SqlitePool};

use super::{Result, error::store_error};

pub(super) use row::Row;

/// Either database.
#[derive(Clone, Debug)]
pub(super) enum Database {
    /// SQLite has one writer at a time, so all writes queue for one connection in the order in which they came, instead of
    /// meeting at the file's lock.
    Sqlite {
        readers: SqlitePool,
        writer: SqlitePool,
    },
    Postgres(PgPool),
}

/// A transaction that may read before it writes; rolled back when dropped.
pub(super) enum Transaction {
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    Postgres(sqlx::Transaction<'static, Postgres>),
}

/// A text with `$n` binds, and what is bound.
pub(super) struct Statement {
    text: &'static str,
    binds: Vec<Value>,
}

/// All that the schema holds is whole numbers and texts.
pub(super) enum Value {
    Integer(i64),
    Text(Option<String>),
}

/// A statement without binds so far.
pub(super) const fn sql(text: &'static str) -> Statement {
    Statement { text, binds: Vec::new() }
}

impl Statement {
    /// Binds the next `$n`.
    pub(super) fn bind(mut self, value: impl Into<Value>) -> Self {
        self.binds.push(value.into());
        self
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<u32> for Value {
    fn from(value: u32) -> Self {
        Self::Integer(value.into())
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(Some(value.to_owned()))
    }
}

impl From<Option<&str>> for Value {
    fn from(value: Option<&str>) -> Self {
        Self::Text(value.map(ToOwned::to_owned))
    }
}

/// The statement as a query of one of the databases.
macro_rules! query {
    ($database:ty, $statement:expr) => {
        $statement.binds.into_iter().fold(sqlx::query::<$database>($statement.text), |query, value| match value {
            Value::Integer(value) => query.bind(value),
            Value::Text(value) => query.bind(value),
        })
    };
}

/// All rows, as rows of either database.
macro_rules! fetch {
    ($database:ident, $statement:expr, $executor:expr) => {{
        let rows = query!($database, $statement).fetch_all($executor).await.map_err(store_error)?;
        Ok(rows.into_iter().map(Row::$database).collect())
    }};
}

impl Database {
    pub(super) async fn open(url: &str) -> Result<Self> {
        connect::open(url).await
    }

    /// Reads.
    pub(super) async fn rows(&self, statement: Statement) -> Result<Vec<Row>> {
        match self {
            Self::Sqlite { readers, .. } => fetch!(Sqlite, statement, readers),
            Self::Postgres(pool) => fetch!(Postgres, statement, pool),
        }
    }

    /// Reads at most one row.
    pub(super) async fn row(&self, statement: Statement) -> Result<Option<Row>> {
        Ok(self.rows(statement).await?.into_iter().next())
    }

    /// Begins a transaction. On SQLite it takes the write lock at once, because a reader that becomes a writer later can fail if
    /// somebody else wrote in between.
    pub(super) async fn begin(&self) -> Result<Transaction> {
        match self {
            Self::Sqlite { writer, .. } => writer.begin_with("BEGIN IMMEDIATE").await.map(Transaction::Sqlite),
            Self::Postgres(pool) => pool.begin().await.map(Transaction::Postgres),
        }
        .map_err(store_error)
    }

    /// The writer goes last: it folds SQLite's write-ahead log into the file.
    pub(super) async fn close(&self) {
        match self {
            Self::Sqlite { readers, writer } => {
                readers.close().await;
                writer.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

impl Transaction {
    /// The rows that a statement gives, also a writing one with `RETURNING`.
    pub(super) async fn rows(&mut self, statement: Statement) -> Result<Vec<Row>> {
        match self {
            Self::Sqlite(transaction) => fetch!(Sqlite, statement, &mut **transaction),
            Self::Postgres(transaction) => fetch!(Postgres, statement, &mut **transaction),
        }
    }

    /// The first row.
    pub(super) async fn row(&mut self, statement: Statement) -> Result<Option<Row>> {
        Ok(self.rows(statement).await?.into_iter().next())
    }

    /// Runs a statement; gives the number of rows that it touched.
    pub(super) async fn execute(&mut self, statement: Statement) -> Result<u64> {
        match self {
            Self::Sqlite(transaction) => query!(Sqlite, statement).execute(&mut **transaction).await.map(|done| done.rows_affected()),
            Self::Postgres(transaction) => query!(Postgres, statement).execute(&mut **transaction).await.map(|done| done.rows_affected()),
        }
        .map_err(store_error)
    }

    /// The next id of a table. It belongs to this transaction: rolled back, it was never given.
    pub(super) async fn next_id(&mut self, table: &str) -> Result<i64> {
        let next = sql("UPDATE sequences SET value = value + 1 WHERE name = $1 RETURNING value").bind(table);
        let row = self.row(next).await?;
        row.ok_or_else(|| super::StoreError::Statement(format!("the sequence of {table} is missing")))?.integer("value")
    }

    pub(super) async fn commit(self) -> Result<()> {
        match self {
            Self::Sqlite(transaction) => transaction.commit().await,
            Self::Postgres(transaction) => transaction.commit().await,
        }
        .map_err(store_error)
    }
}
