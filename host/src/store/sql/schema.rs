//! The migrations, embedded in the program.

use sqlx::{
    SqlSafeStr as _,
    migrate::{Migrate as _, MigrateError, Migration, MigrationType, Migrator},
    query, query_as,
};

use super::{OpenError, Pool, error::store_error};
use crate::store::StoreError;

/// Number, name and text of each, in order. Their texts are frozen once released.
const MIGRATIONS: [(i64, &str, &str); 4] = [
    (1, "foundation", include_str!("../../../../migrations/0001_foundation.sql")),
    (2, "accounts", include_str!("../../../../migrations/0002_accounts.sql")),
    (3, "invitations", include_str!("../../../../migrations/0003_invitations.sql")),
    (4, "signin_hours", include_str!("../../../../migrations/0004_signin_hours.sql")),
];

const TABLE: &str = "_sqlx_migrations";

fn migrator() -> Migrator {
    let migration = |(version, name, text): (i64, &'static str, &'static str)| {
        Migration::new(version, name.into(), MigrationType::Simple, text.into_sql_str(), false)
    };
    Migrator::with_migrations(MIGRATIONS.into_iter().map(migration).collect())
}

/// All migrations run in one transaction that holds the write lock from the start, so that of several processes that
/// start together one migrates, and the others find it done.
pub(super) async fn migrate(writer: &Pool) -> Result<(), OpenError> {
    let mut transaction = writer.begin_with("BEGIN IMMEDIATE").await.map_err(store_error)?;
    // `run` does the same, but its future cannot be shown to be `Send`.
    migrator().run_direct(None, &mut *transaction, false).await.map_err(open_error)?;
    transaction.commit().await.map_err(store_error)?;
    Ok(())
}

/// Looks without leaving a trace: the transaction is rolled back.
pub(super) async fn pending(writer: &Pool) -> Result<Vec<&'static str>, OpenError> {
    let mut transaction = writer.begin_with("BEGIN IMMEDIATE").await.map_err(store_error)?;
    transaction.ensure_migrations_table(TABLE).await.map_err(open_error)?;
    let applied = transaction.list_applied_migrations(TABLE).await.map_err(open_error)?;
    transaction.rollback().await.map_err(store_error)?;
    lacking(applied.iter().map(|migration| (migration.version, &*migration.checksum)))
}

/// The same as its readers see it: takes no lock, makes no table.
pub(super) async fn pending_seen(readers: &Pool) -> Result<Vec<&'static str>, OpenError> {
    let there = query("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '_sqlx_migrations'");
    let mut applied: Vec<(i64, Vec<u8>)> = Vec::new();
    if !there.fetch_all(readers).await.map_err(store_error)?.is_empty() {
        let rows = query_as("SELECT version, checksum FROM _sqlx_migrations WHERE success ORDER BY version");
        applied = rows.fetch_all(readers).await.map_err(store_error)?;
    }
    lacking(applied.iter().map(|(version, checksum)| (*version, checksum.as_slice())))
}

/// What is not among the applied ones, each of which must be one of ours.
fn lacking<'a>(applied: impl Iterator<Item = (i64, &'a [u8])>) -> Result<Vec<&'static str>, OpenError> {
    let (migrator, mut found) = (migrator(), Vec::new());
    for (version, checksum) in applied {
        match migrator.iter().find(|known| known.version == version) {
            None => return Err(newer(version)),
            Some(known) if known.checksum != checksum => return Err(OpenError::Changed(version)),
            Some(_) => found.push(version),
        }
    }
    Ok(MIGRATIONS.into_iter().filter(|(version, ..)| !found.contains(version)).map(|(_, name, _)| name).collect())
}

fn newer(found: i64) -> OpenError {
    OpenError::Newer { found, known: MIGRATIONS.iter().map(|(version, ..)| *version).max().unwrap_or(0) }
}

fn open_error(error: MigrateError) -> OpenError {
    match error {
        MigrateError::VersionMissing(found) => newer(found),
        MigrateError::VersionMismatch(version) => OpenError::Changed(version),
        MigrateError::ExecuteMigration(source, version) => OpenError::Migration { version, source: store_error(source) },
        MigrateError::Execute(source) => store_error(source).into(),
        other => StoreError::Statement(other.to_string()).into(),
    }
}
