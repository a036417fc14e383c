//! A large store, made behind the gateway's back: statements that make their rows themselves, in few large transactions.

use std::path::Path;

use anyhow::{Context as _, Result};
use sqlx::{AssertSqlSafe, Connection as _, Row as _, SqliteConnection, query, sqlite::SqliteConnectOptions};

/// Rows of one transaction.
const CHUNK: i64 = 250_000;

/// Numbers from $1 to $2.
macro_rules! numbered {
    ($insert:literal) => {
        concat!("WITH RECURSIVE numbers (n) AS (SELECT $1 UNION ALL SELECT n + 1 FROM numbers WHERE n < $2) ", $insert)
    };
}

/// Users `user0@example.org` and on with the administrator's password, beside the administrator, whom the gateway has made; and as many
/// sign-ins, spread over them.
pub(crate) async fn fill(database: &Path, users: u64, signins: u64) -> Result<()> {
    let mut connection = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(database).foreign_keys(false)).await?;
    // A power cut may take it: it is thrown away anyhow.
    for pragma in ["PRAGMA journal_mode = OFF", "PRAGMA synchronous = OFF", "PRAGMA cache_size = -200000"] {
        query(pragma).execute(&mut connection).await?;
    }
    let (users, signins) = (i64::try_from(users)?, i64::try_from(signins)?);
    // The administrator is user 1, and its password everybody's.
    let hash = query("SELECT password_hash FROM credentials").fetch_one(&mut connection).await.context("no administrator")?;
    let hash: String = hash.try_get(0)?;
    for first in (0..users).step_by(usize::try_from(CHUNK)?) {
        let last = (first + CHUNK).min(users) - 1;
        let mut transaction = connection.begin().await?;
        for statement in [
            numbered!(
                "INSERT INTO users (id, email, email_verified, disabled, created_at)
                 SELECT n + 2, 'user' || n || '@example.org', TRUE, FALSE, 1700000000000000 + n FROM numbers"
            ),
            numbered!(
                "INSERT INTO identities (provider, subject, id, user_id, is_factor, created_at)
                 SELECT 'simple', 'user' || n || '@example.org', n + 2, n + 2, FALSE, 1700000000000000 + n FROM numbers"
            ),
        ] {
            query(statement).bind(first).bind(last).execute(&mut *transaction).await?;
        }
        let credentials = numbered!("INSERT INTO credentials (user_id, password_hash) SELECT n + 2, $3 FROM numbers");
        query(credentials).bind(first).bind(last).bind(&hash).execute(&mut *transaction).await?;
        transaction.commit().await?;
    }
    // Made anew below: sorting ten million rows once is far quicker than finding a place for each.
    let indexes = query("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'signins' AND sql IS NOT NULL");
    let indexes = indexes.fetch_all(&mut connection).await?;
    for index in &indexes {
        let drop = format!("DROP INDEX {}", index.try_get::<String, _>("name")?);
        query(AssertSqlSafe(drop)).execute(&mut connection).await?;
    }
    for first in (0..signins).step_by(usize::try_from(CHUNK)?) {
        // The multiplier scatters neighbours all over the users.
        let insert = numbered!(
            "INSERT INTO signins (id, user_id, at, provider, result, address, user_agent)
             SELECT n + 1, 2 + (n * 7919) % $3, 1700000000000000 + n * 1000, 'simple', 'ok', '192.0.2.' || (n % 250), 'bench' FROM numbers"
        );
        query(insert).bind(first).bind((first + CHUNK).min(signins) - 1).bind(users).execute(&mut connection).await?;
    }
    for index in &indexes {
        query(AssertSqlSafe(index.try_get::<String, _>("sql")?)).execute(&mut connection).await?;
    }
    for statement in [
        "DELETE FROM user_blocks",
        "INSERT INTO user_blocks (block, users) SELECT id / 1024, COUNT(*) FROM users GROUP BY id / 1024",
        "UPDATE sequences SET value = (SELECT MAX(id) FROM users) WHERE name = 'users'",
        "UPDATE sequences SET value = (SELECT MAX(id) FROM identities) WHERE name = 'identities'",
        "UPDATE sequences SET value = (SELECT COALESCE(MAX(id), 0) FROM signins) WHERE name = 'signins'",
        "INSERT INTO signin_hours (hour, provider, result, count)
         SELECT at / 3600000000, provider, result, COUNT(*) FROM signins GROUP BY 1, 2, 3
         ON CONFLICT (hour, provider, result) DO UPDATE SET count = excluded.count",
        "PRAGMA optimize",
        "PRAGMA journal_mode = WAL",
    ] {
        query(statement).execute(&mut connection).await?;
    }
    connection.close().await?;
    Ok(())
}
