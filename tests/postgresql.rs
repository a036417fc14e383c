//! The PostgreSQL server that all tests of a run share, and databases on it.

use std::{
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
};

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

/// The folder with the server's socket, which `cargo xtask test` makes.
fn folder() -> PathBuf {
    let told = std::env::vars_os().find(|(name, _)| name == "VESTIBULE_POSTGRESQL");
    let (_, folder) = told.expect("there is no PostgreSQL; run the suite with `cargo xtask test`");
    PathBuf::from(folder)
}

/// The URL of a database as a role that may do everything.
pub fn url(database: &str) -> String {
    format!("postgres://postgres@localhost/{database}?host={}", folder().display())
}

/// A database for one test, gone when dropped.
#[derive(Debug)]
pub struct Database {
    pub name: String,
}

impl Database {
    /// With all migrations.
    pub async fn like_template() -> Self {
        Self::make("vestibule_template").await
    }

    /// Without anything.
    pub async fn empty() -> Self {
        Self::make("template0").await
    }

    async fn make(template: &str) -> Self {
        let name = unused_name();
        run(AssertSqlSafe(format!("CREATE DATABASE {name} TEMPLATE {template}"))).await;
        Self { name }
    }

    /// As the gateway is told.
    pub fn url(&self) -> String {
        url(&self.name)
    }

    /// A connection beside the gateway's.
    pub async fn connect(&self) -> PgConnection {
        PgConnection::connect(&self.url()).await.expect("the database")
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let drop = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        // A test's own runtime may be about to end.
        let dropped = std::thread::spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(run(AssertSqlSafe(drop)));
        });
        if dropped.join().is_err() && !std::thread::panicking() {
            panic!("the database {} stays", self.name);
        }
    }
}

/// No other test of this run, in whatever process, has it.
pub fn unused_name() -> String {
    static MADE: AtomicU32 = AtomicU32::new(0);
    format!("t{}_{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed))
}

/// Runs a statement as a role that may do everything.
pub async fn run(statement: AssertSqlSafe<String>) {
    let mut connection = PgConnection::connect(&url("postgres")).await.expect("the server");
    sqlx::raw_sql(statement).execute(&mut connection).await.expect("a statement");
    connection.close().await.expect("the end");
}

/// The programs of the server, such as `psql`.
pub fn socket() -> String {
    Path::new(&folder()).display().to_string()
}
