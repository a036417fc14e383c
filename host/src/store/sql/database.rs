//! Either database: its connections, its transactions, and how a statement is run on them. Whatever differs between the two
//! is here and in `connect`, `schema`, `silence` and `error`, and beside no statement.

use std::borrow::Cow;

use sqlx::{AssertSqlSafe, PgPool, Postgres, SqlSafeStr as _, SqlStr, Sqlite, SqlitePool};

use super::{Connections, Query, Result, Row, error::store_error, query::Value, silence::Listener};

/// The connections to a database.
#[derive(Clone, Debug)]
pub(super) enum Database {
    /// One writer at a time: all writes queue for one connection in the order in which they came, instead of meeting at the
    /// file's lock. Readers have connections of their own and are never held up.
    Sqlite { readers: SqlitePool, writer: SqlitePool },
    /// Many writers at a time, of many processes, each of which sees what was committed before its statement (READ COMMITTED).
    /// So a transaction that decides by what it reads first holds it, by a write: the others wait at the row.
    Postgres(PgPool, Listener),
}

/// A transaction; rolled back when dropped.
#[derive(Debug)]
pub(super) enum Transaction {
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    Postgres(sqlx::Transaction<'static, Postgres>, Listener),
}

/// What a statement is run on.
pub(super) enum Source<'c> {
    Readers(&'c Database),
    Writer(&'c Database),
    Transaction(&'c mut Transaction),
}

impl<'c> From<&'c mut Transaction> for Source<'c> {
    fn from(transaction: &'c mut Transaction) -> Self {
        Self::Transaction(transaction)
    }
}

/// The statement as the driver's own.
macro_rules! driven {
    ($driver:ty, $query:expr) => {
        // A text that is put together at run time seldom comes again: it is not kept as a prepared statement.
        $query.binds.iter().fold(
            sqlx::query::<$driver>(text($query)).persistent(matches!($query.text, Cow::Borrowed(_))),
            |statement, value| match value {
                Value::Number(value) => statement.bind(*value),
                Value::Text(value) => statement.bind(value.as_deref()),
                Value::Bytes(value) => statement.bind(value.as_deref()),
                Value::Flag(value) => statement.bind(*value),
            },
        )
    };
}

/// Runs a statement where it belongs, by a method of the driver's statements.
macro_rules! run {
    ($query:expr, $source:expr, $method:ident) => {
        match $source {
            Source::Readers(Database::Sqlite { readers: pool, .. }) | Source::Writer(Database::Sqlite { writer: pool, .. }) => {
                Done::Sqlite(driven!(Sqlite, $query).$method(pool).await.map_err(store_error)?)
            }
            Source::Transaction(Transaction::Sqlite(transaction)) => {
                Done::Sqlite(driven!(Sqlite, $query).$method(&mut **transaction).await.map_err(store_error)?)
            }
            Source::Readers(Database::Postgres(pool, server)) | Source::Writer(Database::Postgres(pool, server)) => {
                Done::Postgres(server.hear(driven!(Postgres, $query).$method(pool)).await?)
            }
            Source::Transaction(Transaction::Postgres(transaction, server)) => {
                Done::Postgres(server.hear(driven!(Postgres, $query).$method(&mut **transaction)).await?)
            }
        }
    };
}

/// What either driver gave.
enum Done<S, P> {
    Sqlite(S),
    Postgres(P),
}

impl Source<'_> {
    /// All rows that a statement gives.
    pub(super) async fn rows(self, query: &Query) -> Result<Vec<Row>> {
        Ok(match run!(query, self, fetch_all) {
            Done::Sqlite(rows) => rows.into_iter().map(Row::Sqlite).collect(),
            Done::Postgres(rows) => rows.into_iter().map(Row::Postgres).collect(),
        })
    }

    /// The number of rows that a statement touches.
    pub(super) async fn execute(self, query: &Query) -> Result<u64> {
        Ok(match run!(query, self, execute) {
            Done::Sqlite(done) => done.rows_affected(),
            Done::Postgres(done) => done.rows_affected(),
        })
    }
}

fn text(query: &Query) -> SqlStr {
    match &query.text {
        Cow::Borrowed(text) => (*text).into_sql_str(),
        // Put together of our own texts alone: see `Query::push`.
        Cow::Owned(text) => AssertSqlSafe(text.clone()).into_sql_str(),
    }
}

impl Database {
    /// Begins a transaction that may read before it writes. On SQLite it takes the write lock at once, because a reader that
    /// becomes a writer later can fail if somebody else wrote in between.
    pub(super) async fn begin(&self) -> Result<Transaction> {
        match self {
            Self::Sqlite { writer, .. } => writer.begin_with("BEGIN IMMEDIATE").await.map(Transaction::Sqlite).map_err(store_error),
            Self::Postgres(pool, server) => {
                let begun = server.hear(pool.begin()).await?;
                Ok(Transaction::Postgres(begun, server.clone()))
            }
        }
    }

    /// Begins a transaction that only reads: one moment for all its statements.
    pub(super) async fn moment(&self) -> Result<Transaction> {
        match self {
            Self::Sqlite { readers, .. } => readers.begin().await.map(Transaction::Sqlite).map_err(store_error),
            Self::Postgres(pool, server) => {
                let begun = server.hear(pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")).await?;
                Ok(Transaction::Postgres(begun, server.clone()))
            }
        }
    }

    /// The writer goes last: it folds SQLite's write-ahead log into the database file.
    pub(super) async fn close(&self) {
        match self {
            Self::Sqlite { readers, writer } => {
                readers.close().await;
                writer.close().await;
            }
            Self::Postgres(pool, _) => pool.close().await,
        }
    }

    /// How the connections stand.
    pub(super) fn connections(&self) -> Vec<Connections> {
        match self {
            Self::Sqlite { readers, writer } => vec![count("readers", readers), count("writer", writer)],
            Self::Postgres(pool, _) => vec![count("database", pool)],
        }
    }
}

fn count<D: sqlx::Database>(name: &'static str, pool: &sqlx::Pool<D>) -> Connections {
    let (open, idle) = (pool.size(), u32::try_from(pool.num_idle()).unwrap_or(u32::MAX));
    Connections { name, used: open.saturating_sub(idle), idle, most: pool.options().get_max_connections() }
}

impl Transaction {
    /// Makes it last.
    pub(super) async fn commit(self) -> Result<()> {
        match self {
            Self::Sqlite(transaction) => transaction.commit().await.map_err(store_error),
            Self::Postgres(transaction, server) => server.hear(transaction.commit()).await,
        }
    }
}
