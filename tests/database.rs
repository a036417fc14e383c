//! The gateway's database, seen and changed behind its back: a file, or with `VESTIBULE_TEST_STORE=postgres` a database on the
//! server that the tests share.

use sqlx::{AssertSqlSafe, Connection as _, Decode, PgConnection, Postgres, Row as _, Sqlite, SqliteConnection, Type};

use crate::app::{App, Plan};

/// Where gateways keep their data unless a test says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TestStore {
    Sqlite,
    Postgres,
    Redis,
    /// Accounts in a file, the rest in Redis.
    SqliteAndRedis,
}

/// What `VESTIBULE_TEST_STORE` says.
pub fn test_store() -> TestStore {
    match std::env::vars().find(|(name, _)| name == "VESTIBULE_TEST_STORE").map(|(_, value)| value).as_deref() {
        None | Some("" | "sqlite") => TestStore::Sqlite,
        Some("postgres") => TestStore::Postgres,
        Some("redis") => TestStore::Redis,
        Some("sqlite+redis") => TestStore::SqliteAndRedis,
        Some(other) => panic!("VESTIBULE_TEST_STORE is {other}: it can be sqlite, postgres, redis or sqlite+redis"),
    }
}

/// Whether gateways keep their data on PostgreSQL unless a test says otherwise.
pub fn on_postgres() -> bool {
    test_store() == TestStore::Postgres
}

/// A connection to either.
pub enum Database {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

/// A type that a column of either can be read as.
pub trait Column: for<'r> Decode<'r, Sqlite> + Type<Sqlite> + for<'r> Decode<'r, Postgres> + Type<Postgres> {}

impl<T: for<'r> Decode<'r, Sqlite> + Type<Sqlite> + for<'r> Decode<'r, Postgres> + Type<Postgres>> Column for T {}

impl Database {
    /// Opens what a `database_url` names.
    pub async fn open(url: &str) -> Self {
        assert!(!url.starts_with("redis"), "this test looks into SQL tables, and the gateway keeps its data in Redis");
        if url.starts_with("sqlite") {
            Self::Sqlite(SqliteConnection::connect(url).await.expect("the database"))
        } else {
            Self::Postgres(PgConnection::connect(url).await.expect("the database"))
        }
    }

    /// Runs statements.
    pub async fn run(&mut self, statements: &str) {
        let text = sqlx::raw_sql(AssertSqlSafe(statements));
        let done = match self {
            Self::Sqlite(connection) => text.execute(connection).await.map(drop),
            Self::Postgres(connection) => text.execute(connection).await.map(drop),
        };
        done.expect(statements);
    }

    /// The first column of all rows.
    pub async fn column<T: Column>(&mut self, statement: &str) -> Vec<T> {
        match self {
            Self::Sqlite(connection) => {
                let rows = sqlx::query(AssertSqlSafe(statement)).fetch_all(connection).await.expect(statement);
                rows.iter().map(|row| row.get(0)).collect()
            }
            Self::Postgres(connection) => {
                let rows = sqlx::query(AssertSqlSafe(statement)).fetch_all(connection).await.expect(statement);
                rows.iter().map(|row| row.get(0)).collect()
            }
        }
    }

    /// Everything that gives the tables their form, as text.
    pub async fn schema(&mut self) -> Vec<String> {
        self.column(match self {
            Self::Sqlite(_) => "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name",
            Self::Postgres(_) => {
                "SELECT table_name || '.' || column_name || ' ' || data_type FROM information_schema.columns
                 WHERE table_schema = 'public' ORDER BY 1"
            }
        })
        .await
    }
}

impl Plan {
    /// The gateway's database.
    pub async fn database(&self) -> Database {
        Database::open(&self.database_url()).await
    }
}

impl App {
    /// Opens the database beside the gateway.
    pub async fn database(&self) -> Database {
        Database::open(&self.database_url()).await
    }

    /// Runs statements on the database.
    pub async fn run(&self, statements: &str) {
        self.database().await.run(statements).await;
    }

    /// A number out of the database.
    pub async fn number(&self, statement: &str) -> i64 {
        self.database().await.column(statement).await[0]
    }

    /// The first column of all rows, as text.
    pub async fn texts(&self, statement: &str) -> Vec<String> {
        self.database().await.column(statement).await
    }
}
