//! The migrations, embedded in the program: one history for every database.

use std::ops::DerefMut;

use sqlx::{
    SqlSafeStr as _,
    migrate::{Migrate, MigrateError, Migration, MigrationType, Migrator},
};

use super::{
    OpenError, Record, Source,
    database::{Database, Transaction},
    error::store_error,
    query,
};
use crate::store::StoreError;

/// Number, name and text of each, in order. Their texts are frozen once released.
const MIGRATIONS: [(i64, &str, &str); 5] = [
    (1, "foundation", include_str!("../../../../migrations/0001_foundation.sql")),
    (2, "accounts", include_str!("../../../../migrations/0002_accounts.sql")),
    (3, "invitations", include_str!("../../../../migrations/0003_invitations.sql")),
    (4, "signin_hours", include_str!("../../../../migrations/0004_signin_hours.sql")),
    (5, "store_copy", include_str!("../../../../migrations/0005_store_copy.sql")),
];

fn migrator() -> Migrator {
    let migration = |(version, name, text): (i64, &'static str, &'static str)| {
        Migration::new(version, name.into(), MigrationType::Simple, text.into_sql_str(), false)
    };
    let mut migrator = Migrator::with_migrations(MIGRATIONS.into_iter().map(migration).collect());
    // We lock ourselves, for one transaction around all of them.
    migrator.set_locking(false);
    migrator
}

/// All migrations run in one transaction that keeps others out from the start, so that of several processes that start
/// together one migrates, and the others find it done.
pub(super) async fn migrate(database: &Database) -> Result<(), OpenError> {
    let mut transaction = database.begin().await?;
    match &mut transaction {
        Transaction::Sqlite(transaction) => run(transaction).await?,
        Transaction::Postgres(transaction, _) => {
            sqlx::raw_sql(ALONE).execute(&mut **transaction).await.map_err(store_error)?;
            run(transaction).await?;
            sqlx::raw_sql(BY_CODE_POINT).execute(&mut **transaction).await.map_err(store_error)?;
        }
    }
    Ok(transaction.commit().await?)
}

async fn run<C: Migrate>(connection: &mut impl DerefMut<Target = C>) -> Result<(), OpenError> {
    // `run` does the same, but its future cannot be shown to be `Send`.
    migrator().run_direct(None, &mut **connection, false).await.map_err(open_error)
}

/// Waits as long as it takes; the number is Vestibule's alone. What is already migrated is looked at after that.
const ALONE: &str = "SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0; SET LOCAL client_min_messages = warning;
    SELECT pg_advisory_xact_lock(8530219845720190273)";

/// Texts are compared by code point, as SQLite does, whatever language the database was made for: beginnings of addresses are
/// found by ranges. The migrations, one text for all databases, cannot say so.
const BY_CODE_POINT: &str = r#"
    DO $$
    DECLARE
        found RECORD;
    BEGIN
        FOR found IN
            SELECT c.oid::regclass AS name, a.attname AS part
            FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
            WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace AND a.attnum > 0 AND NOT a.attisdropped
                AND a.atttypid = 'text'::regtype AND a.attcollation <> 'pg_catalog."C"'::regcollation
                AND c.relname <> '_sqlx_migrations'
        LOOP
            EXECUTE format('ALTER TABLE %s ALTER COLUMN %I TYPE TEXT COLLATE "C"', found.name, found.part);
        END LOOP;
    END $$"#;

/// What [`migrate`] would apply. Looks without leaving a trace, and waits for nobody.
pub(super) async fn pending(database: &Database) -> Result<Vec<String>, OpenError> {
    let there = match database {
        Database::Sqlite { .. } => query("SELECT name FROM sqlite_master WHERE type = 'table' AND name = '_sqlx_migrations'"),
        Database::Postgres(..) => query("SELECT relname FROM pg_class WHERE oid = to_regclass('_sqlx_migrations')"),
    };
    let mut applied: Vec<(i64, Vec<u8>)> = Vec::new();
    if !there.fetch_all(Source::Readers(database)).await?.is_empty() {
        let rows = query("SELECT version, checksum FROM _sqlx_migrations WHERE success ORDER BY version");
        for row in rows.fetch_all(Source::Readers(database)).await? {
            let record = Record::new("_sqlx_migrations", &["version"], &row);
            applied.push((record.get("version")?, record.get("checksum")?));
        }
    }
    lacking(&applied)
}

/// Whether nothing was applied yet.
pub(super) async fn is_new(database: &Database) -> Result<bool, OpenError> {
    Ok(pending(database).await?.len() == MIGRATIONS.len())
}

/// What is not among the applied ones, each of which must be one of ours.
fn lacking(applied: &[(i64, Vec<u8>)]) -> Result<Vec<String>, OpenError> {
    let (migrator, mut found) = (migrator(), Vec::new());
    for (version, checksum) in applied {
        match migrator.iter().find(|known| known.version == *version) {
            None => return Err(newer(*version)),
            Some(known) if *known.checksum != **checksum => return Err(OpenError::Changed(*version)),
            Some(_) => found.push(*version),
        }
    }
    Ok(MIGRATIONS.into_iter().filter(|(version, ..)| !found.contains(version)).map(|(_, name, _)| name.to_owned()).collect())
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
