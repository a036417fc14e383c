//! The PostgreSQL server that all tests of a run share, and databases on it.

pub mod server;

use std::{
    path::PathBuf,
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
    pub fn like_template() -> Self {
        Self::make("TEMPLATE vestibule_template")
    }

    /// Without anything.
    pub fn empty() -> Self {
        Self::make("TEMPLATE template0")
    }

    /// Without anything, made for a language whose order of texts is not that of code points.
    pub fn of_a_language() -> Self {
        Self::make("TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US' LOCALE 'C.UTF-8'")
    }

    fn make(how: &str) -> Self {
        let name = unused_name();
        run(format!("CREATE DATABASE {name} {how}"));
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
        run(format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
    }
}

/// No other test of this run, in whatever process, has it.
pub fn unused_name() -> String {
    static MADE: AtomicU32 = AtomicU32::new(0);
    format!("t{}_{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed))
}

/// Runs a statement as a role that may do everything, in a thread of its own: the test's runtime may be about to end, and there
/// may be none.
pub fn run(statement: String) {
    let work = async {
        let mut connection = PgConnection::connect(&url("postgres")).await?;
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await?;
        connection.close().await
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let done = std::thread::spawn(move || runtime.block_on(work)).join().expect("a thread");
    if let Err(error) = done
        && !std::thread::panicking()
    {
        panic!("{error}");
    }
}
