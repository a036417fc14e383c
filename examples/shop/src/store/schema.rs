//! The migrations, embedded in the program.

use sqlx::{
    SqlSafeStr as _,
    migrate::{Migration, MigrationType, Migrator},
};

use super::{Result, StoreError, error::store_error, sql::Database};

/// Number, name and text of each, in order. Their texts are frozen once released.
const MIGRATIONS: [(i64, &str, &str); 1] = [(1, "shop", include_str!("../../migrations/0001_shop.sql"))];

fn migrator() -> Migrator {
    let migration = |(version, name, text): (i64, &'static str, &'static str)| {
        Migration::new(version, name.into(), MigrationType::Simple, text.into_sql_str(), false)
    };
    Migrator::with_migrations(MIGRATIONS.into_iter().map(migration).collect())
}

/// Of several processes that start together one migrates, and the others find it done: on SQLite one transaction holds the
/// write lock from the start, on PostgreSQL the migrator takes an advisory lock.
pub(super) async fn migrate(database: &Database) -> Result<()> {
    let refused = |error: sqlx::migrate::MigrateError| StoreError::Statement(error.to_string());
    match database {
        Database::Sqlite { writer, .. } => {
            let mut transaction = writer.begin_with("BEGIN IMMEDIATE").await.map_err(store_error)?;
            migrator().run_direct(None, &mut *transaction, false).await.map_err(refused)?;
            transaction.commit().await.map_err(store_error)
        }
        Database::Postgres(pool) => {
            let mut connection = pool.acquire().await.map_err(store_error)?;
            migrator().run_direct(None, &mut *connection, false).await.map_err(refused)
        }
    }
}
