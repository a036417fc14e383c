//! The database of a test, seen past the shop.

use sqlx::{PgPool, SqlitePool};
use tempfile::TempDir;

use crate::postgresql::Cluster;

/// A database that goes with the test.
pub(crate) enum Database {
    Sqlite(TempDir),
    Postgres(String),
}

enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

impl Database {
    pub(crate) fn sqlite() -> Self {
        Self::Sqlite(tempfile::tempdir().unwrap())
    }

    pub(crate) async fn postgres(cluster: &Cluster, name: &str) -> Self {
        Self::Postgres(cluster.database(name).await)
    }

    /// As the shop is told.
    pub(crate) fn url(&self) -> String {
        match self {
            Self::Sqlite(directory) => format!("sqlite://{}/data/shop.db", directory.path().display()),
            Self::Postgres(url) => url.clone(),
        }
    }

    async fn pool(&self) -> Pool {
        let url = self.url();
        match self {
            Self::Sqlite(_) => Pool::Sqlite(SqlitePool::connect(&url).await.unwrap()),
            Self::Postgres(_) => Pool::Postgres(PgPool::connect(&url).await.unwrap()),
        }
    }

    /// Runs statements.
    pub(crate) async fn run(&self, text: &'static str) -> Result<(), sqlx::Error> {
        match self.pool().await {
            Pool::Sqlite(pool) => sqlx::raw_sql(text).execute(&pool).await.map(drop),
            Pool::Postgres(pool) => sqlx::raw_sql(text).execute(&pool).await.map(drop),
        }
    }

    /// The one number that a statement gives.
    pub(crate) async fn number(&self, text: &'static str) -> i64 {
        match self.pool().await {
            Pool::Sqlite(pool) => sqlx::query_scalar(text).fetch_one(&pool).await.unwrap(),
            Pool::Postgres(pool) => sqlx::query_scalar(text).fetch_one(&pool).await.unwrap(),
        }
    }
}
