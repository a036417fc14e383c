//! Opening either database.

use std::{fs::DirBuilder, os::unix::fs::DirBuilderExt as _, path::PathBuf, str::FromStr as _, time::Duration};

use sqlx::{
    ConnectOptions as _,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::{Database, Result, store_error};
use crate::store::StoreError;

/// How long a call waits for a free connection, and a connection for the lock of another process, before it gives up.
const PATIENCE: Duration = Duration::from_secs(5);
const CONNECTIONS: u32 = 10;

pub(super) async fn open(url: &str) -> Result<Database> {
    match url.split_once("://") {
        Some(("sqlite", path)) => open_sqlite(file_of(path)?).await,
        Some(("postgres" | "postgresql", _)) => open_postgres(url).await,
        // Of another URL only the scheme is repeated: the rest may hold a password.
        Some((scheme, _)) => Err(StoreError::Url(format!("{scheme} is not a database that this shop speaks"))),
        None => Err(StoreError::Url("it has no scheme".to_owned())),
    }
}

async fn open_sqlite(path: PathBuf) -> Result<Database> {
    if let Some(directory) = path.parent().filter(|directory| !directory.as_os_str().is_empty()) {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(directory);
        made.map_err(|error| StoreError::Unavailable(format!("{}: {error}", directory.display())))?;
    }
    let options = SqliteConnectOptions::new()
        .disable_statement_logging()
        .filename(path)
        .create_if_missing(true)
        .foreign_keys(true)
        .busy_timeout(PATIENCE)
        // A power cut may undo the last writes in WAL mode, but cannot damage the file.
        .synchronous(SqliteSynchronous::Normal);
    let pool =
        |connections| SqlitePoolOptions::new().max_connections(connections).acquire_timeout(PATIENCE).idle_timeout(None).max_lifetime(None);
    // First, since it turns on the write-ahead log, which lets readers and the writer pass each other.
    let writer = pool(1).connect_with(options.clone().journal_mode(SqliteJournalMode::Wal)).await.map_err(store_error)?;
    let readers = pool(CONNECTIONS).connect_with(options.pragma("query_only", "ON")).await.map_err(store_error)?;
    Ok(Database::Sqlite { readers, writer })
}

async fn open_postgres(url: &str) -> Result<Database> {
    let options =
        PgConnectOptions::from_str(url).map_err(|_| StoreError::Url("the rest of the postgres URL is not understood".to_owned()))?;
    let options = options.application_name("shop").disable_statement_logging();
    let pool = PgPoolOptions::new().max_connections(CONNECTIONS).acquire_timeout(PATIENCE).connect_with(options);
    pool.await.map(Database::Postgres).map_err(store_error)
}

/// What follows `sqlite://` is the path, literally.
fn file_of(path: &str) -> Result<PathBuf> {
    if path.is_empty() || path.ends_with('/') || path.contains('?') {
        return Err(StoreError::Url(format!("{path:?} is not the path of a file")));
    }
    Ok(PathBuf::from(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_refused_url_shows_no_password() {
        for url in [
            "mysql://shop:hunter2@db/shop",
            "postgres://shop:hunter2@db:port/shop",
            "hunter2",
            "sqlite://",
            "sqlite:///var/",
            "sqlite://a?mode=ro",
        ] {
            let message = open(url).await.expect_err(url).to_string();
            assert!(message.starts_with("SHOP_DATABASE_URL: ") && !message.contains("hunter2"), "{url}: {message}");
        }
    }
}
