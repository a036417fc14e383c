//! The gateway's database, seen and changed behind its back: a file, or by `VESTIBULE_TEST_STORE` a database on the PostgreSQL that
//! the tests share, a Redis of the test's own, or one of the former with such a Redis for sessions.

use sqlx::{AssertSqlSafe, Connection as _, Decode, PgConnection, Postgres, Row as _, Sqlite, SqliteConnection, Type};

use crate::{
    app::{App, Plan},
    picture::Picture,
};

/// Where gateways keep their data unless a test says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TestStore {
    Sqlite,
    Postgres,
    Redis,
    /// Accounts in a file, the rest in Redis.
    SqliteAndRedis,
    /// Accounts in PostgreSQL, the rest in Redis.
    PostgresAndRedis,
}

/// What `VESTIBULE_TEST_STORE` says.
pub fn test_store() -> TestStore {
    match std::env::vars().find(|(name, _)| name == "VESTIBULE_TEST_STORE").map(|(_, value)| value).as_deref() {
        None | Some("" | "sqlite") => TestStore::Sqlite,
        Some("postgres") => TestStore::Postgres,
        Some("redis") => TestStore::Redis,
        Some("sqlite+redis") => TestStore::SqliteAndRedis,
        Some("postgres+redis") => TestStore::PostgresAndRedis,
        Some(other) => panic!("VESTIBULE_TEST_STORE is {other}: it can be sqlite, postgres, redis, sqlite+redis or postgres+redis"),
    }
}

/// Whether gateways keep their data on PostgreSQL unless a test says otherwise.
pub fn on_postgres() -> bool {
    matches!(test_store(), TestStore::Postgres | TestStore::PostgresAndRedis)
}

/// What `sessions_url` puts elsewhere.
const APART: [&str; 6] = ["allowances", "counters", "kv", "proofs", "sessions", "steps"];

/// A connection to any.
pub enum Database {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
    Redis(Box<Picture>),
    /// Accounts, and what is apart from them.
    Two(Box<Self>, Box<Picture>),
}

/// A type that a column of either can be read as.
pub trait Column: for<'r> Decode<'r, Sqlite> + Type<Sqlite> + for<'r> Decode<'r, Postgres> + Type<Postgres> {}

impl<T: for<'r> Decode<'r, Sqlite> + Type<Sqlite> + for<'r> Decode<'r, Postgres> + Type<Postgres>> Column for T {}

impl Database {
    /// Opens what a `database_url` names.
    pub async fn open(url: &str) -> Self {
        if url.starts_with("sqlite") {
            Self::Sqlite(SqliteConnection::connect(url).await.expect("the database"))
        } else if url.starts_with("redis") {
            Self::Redis(Box::new(Picture::of(url).await))
        } else {
            Self::Postgres(PgConnection::connect(url).await.expect("the database"))
        }
    }

    /// The same, with what a `sessions_url` names if there is one.
    async fn open_both(url: &str, sessions_url: Option<&str>) -> Self {
        let accounts = Self::open(url).await;
        match sessions_url {
            Some(apart) => Self::Two(Box::new(accounts), Box::new(Picture::of(apart).await)),
            None => accounts,
        }
    }

    /// Runs statements.
    pub async fn run(&mut self, statements: &str) {
        let text = sqlx::raw_sql(AssertSqlSafe(statements));
        let done = match self {
            Self::Sqlite(connection) => text.execute(connection).await.map(drop),
            Self::Postgres(connection) => text.execute(connection).await.map(drop),
            Self::Redis(picture) => return picture.run(statements).await,
            Self::Two(_, apart) if is_apart(statements) => return apart.run(statements).await,
            Self::Two(accounts, _) => return Box::pin(accounts.run(statements)).await,
        };
        done.expect(statements);
    }

    /// The first column of all rows.
    pub async fn column<T: Column>(&mut self, statement: &str) -> Vec<T> {
        let connection = match self {
            Self::Sqlite(connection) => connection,
            Self::Postgres(connection) => {
                let rows = sqlx::query(AssertSqlSafe(statement)).fetch_all(connection).await.expect(statement);
                return rows.iter().map(|row| row.get(0)).collect();
            }
            Self::Redis(picture) => picture.of_all_in(statement).await,
            Self::Two(_, apart) if is_apart(statement) => apart.of_all_in(statement).await,
            Self::Two(accounts, _) => return Box::pin(accounts.column(statement)).await,
        };
        let rows = sqlx::query(AssertSqlSafe(statement)).fetch_all(connection).await.expect(statement);
        rows.iter().map(|row| row.get(0)).collect()
    }

    /// Puts a table out of the gateway's reach, and what it holds with it.
    pub async fn lose(&mut self, table: &str) {
        match self {
            Self::Redis(picture) => picture.lose(table),
            Self::Two(_, apart) if APART.contains(&table) => apart.lose(table),
            Self::Two(accounts, _) => Box::pin(accounts.lose(table)).await,
            _ => self.run(&format!("ALTER TABLE {table} RENAME TO lost_{table}")).await,
        }
    }

    /// Puts it back.
    pub async fn regain(&mut self, table: &str) {
        match self {
            Self::Redis(picture) => picture.regain(table),
            Self::Two(_, apart) if APART.contains(&table) => apart.regain(table),
            Self::Two(accounts, _) => Box::pin(accounts.regain(table)).await,
            _ => self.run(&format!("ALTER TABLE lost_{table} RENAME TO {table}")).await,
        }
    }

    /// Makes users without any way in, by their numbers.
    pub async fn make_users(&mut self, first: u32, last: u32) {
        match self {
            Self::Redis(picture) => picture.make_users(first, last),
            Self::Two(accounts, _) => Box::pin(accounts.make_users(first, last)).await,
            _ => {
                let statements = format!(
                    "WITH RECURSIVE numbers(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM numbers WHERE n < {last})
                     INSERT INTO users (id, email, email_verified, created_at) SELECT n, 'n' || n || '@example.org', FALSE, 0 FROM numbers;
                     DELETE FROM user_blocks;
                     INSERT INTO user_blocks (block, users) SELECT id / 1024, COUNT(*) FROM users GROUP BY id / 1024"
                );
                self.run(&statements).await;
            }
        }
    }

    /// Has the gateway believe that a migration did not run; its name.
    pub async fn forget_migration(&mut self) -> &'static str {
        match self {
            Self::Redis(picture) => {
                picture.forget_layout();
                "foundation"
            }
            Self::Two(accounts, _) => Box::pin(accounts.forget_migration()).await,
            _ => {
                self.run("DELETE FROM _sqlx_migrations WHERE version > 1").await;
                "accounts"
            }
        }
    }

    /// Leaves what a newer program would: a migration that this one does not know.
    pub async fn migrate_beyond(&mut self) {
        match self {
            Self::Redis(picture) => picture.set_layout(999),
            Self::Two(accounts, _) => Box::pin(accounts.migrate_beyond()).await,
            _ => {
                let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
                    VALUES (999, 'later', TRUE, '', 0)";
                self.run(newer).await;
            }
        }
    }

    /// Everything that gives the tables their form, as text.
    pub async fn schema(&mut self) -> Vec<String> {
        let statement = match self {
            Self::Sqlite(_) => "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name",
            Self::Postgres(_) => {
                "SELECT table_name || '.' || column_name || ' ' || data_type FROM information_schema.columns
                 WHERE table_schema = 'public' ORDER BY 1"
            }
            Self::Redis(picture) => return vec![picture.layout()],
            Self::Two(accounts, _) => return Box::pin(accounts.schema()).await,
        };
        self.column(statement).await
    }
}

/// Whether a statement is about what `sessions_url` puts elsewhere; one about both has no answer.
fn is_apart(statement: &str) -> bool {
    let mut words = statement.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    let (mut apart, mut with_accounts) = (false, false);
    while let Some(word) = words.next() {
        if ["FROM", "JOIN", "UPDATE", "INTO"].contains(&word)
            && let Some(table) = words.next().filter(|table| *table != "SELECT")
        {
            apart |= APART.contains(&table);
            with_accounts |= !APART.contains(&table) && table != "before";
        }
    }
    assert!(!(apart && with_accounts), "two stores cannot be asked at once: {statement}");
    apart
}

impl Plan {
    /// The gateway's database.
    pub async fn database(&self) -> Database {
        Database::open_both(&self.database_url(), self.sessions_url().as_deref()).await
    }
}

impl App {
    /// Opens the database beside the gateway.
    pub async fn database(&self) -> Database {
        Database::open_both(&self.database_url(), self.sessions_url().as_deref()).await
    }

    /// Runs statements on the database.
    pub async fn run(&self, statements: &str) {
        self.database().await.run(statements).await;
    }

    /// Puts a table out of the gateway's reach.
    pub async fn lose(&self, table: &str) {
        self.database().await.lose(table).await;
    }

    /// Puts it back.
    pub async fn regain(&self, table: &str) {
        self.database().await.regain(table).await;
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
