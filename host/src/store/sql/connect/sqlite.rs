//! Opening a database file of SQLite.

use std::{
    fs::{DirBuilder, OpenOptions},
    io,
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    thread::available_parallelism,
};

use sqlx::{
    ConnectOptions as _, Connection as _,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::{
    super::{Database, error::store_error},
    OpenError, PATIENCE,
};

pub(super) async fn open(url: &str) -> Result<Database, OpenError> {
    let path = file_of(url)?;
    make_file(&path).map_err(|source| OpenError::File { path: path.clone(), source })?;
    // Statements are not logged: the text of each would be taken along at every call.
    let options = SqliteConnectOptions::new()
        .disable_statement_logging()
        .filename(&path)
        .foreign_keys(true)
        .busy_timeout(PATIENCE)
        // A power cut may undo the last writes in WAL mode, but cannot damage the file.
        .synchronous(SqliteSynchronous::Normal);
    // First, since it turns on the write-ahead log, which lets readers and the writer pass each other.
    let writer = pool(1)
        .connect_with(options.clone().journal_mode(SqliteJournalMode::Wal).optimize_on_close(true, None))
        .await
        .map_err(store_error)?;
    let readers = available_parallelism().map_or(4, |cores| u32::try_from(cores.get()).unwrap_or(16).clamp(4, 16));
    let readers = pool(readers).connect_with(options.pragma("query_only", "ON")).await.map_err(store_error)?;
    Ok(Database::Sqlite { readers, writer })
}

/// For reading alone. Where no write-ahead log lies beside the file nobody has it open, and nobody may be let to make one.
pub(super) async fn look(url: &str) -> Result<Database, OpenError> {
    let path = file_of(url)?;
    let mut log = path.clone().into_os_string();
    log.push("-wal");
    let alone = std::fs::metadata(&log).map_or(true, |log| log.len() == 0);
    let options = SqliteConnectOptions::new().disable_statement_logging().filename(&path).read_only(true).immutable(alone);
    let readers = pool(1).connect_with(options.busy_timeout(PATIENCE).pragma("query_only", "ON")).await.map_err(store_error)?;
    Ok(Database::Sqlite { writer: readers.clone(), readers })
}

/// Connections to a file do not go stale: they are neither tested before each use nor renewed.
fn pool(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(PATIENCE)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        // SQLite ends a transaction by itself where a write fails, for want of room say, and the driver then takes it for open for
        // ever: such a connection is of no use any more.
        .before_acquire(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }))
}

/// What follows `sqlite://` is the path, literally.
pub(super) fn file_of(url: &str) -> Result<PathBuf, OpenError> {
    let Some(path) = url.strip_prefix("sqlite://") else {
        return Err(OpenError::unknown(url));
    };
    if path.is_empty() || path.ends_with('/') {
        return Err(OpenError::Url(format!("{url:?} names no file")));
    }
    if path.contains('?') {
        return Err(OpenError::Url(format!("{url:?} has parameters, and none is taken")));
    }
    Ok(PathBuf::from(path))
}

/// SQLite gives its log files the permissions of the database file, and would make that readable by everybody.
fn make_file(path: &Path) -> io::Result<()> {
    if let Some(directory) = path.parent().filter(|directory| !directory.as_os_str().is_empty()) {
        DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    }
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_path_literally() {
        for (url, path) in [
            ("sqlite:///var/lib/v/vestibule.db", "/var/lib/v/vestibule.db"),
            ("sqlite://data/vestibule.db", "data/vestibule.db"),
            ("sqlite://./a b%20#c.db", "./a b%20#c.db"),
        ] {
            assert_eq!(file_of(url).unwrap(), Path::new(path), "{url}");
        }
    }

    #[test]
    fn refuses_what_is_no_file_and_shows_no_password() {
        for url in ["", "data.db", "sqlite::memory:", "sqlite://", "sqlite:///var/", "sqlite://a.db?mode=ro"] {
            let message = file_of(url).unwrap_err().to_string();
            assert!(message.starts_with("database_url: ") && message.contains("expected sqlite:///"), "{url}: {message}");
        }
        let message = file_of("postgres://vestibule:hunter2@db/vestibule").unwrap_err().to_string();
        assert!(message.contains("postgres is not a database") && !message.contains("hunter2"), "{message}");
    }
}
