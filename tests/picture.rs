//! What a gateway keeps in Redis, shown in the tables that SQL stores have, so that a test asks every store the same question.
//! A picture is made anew for each statement; what a statement changes in it is carried back.

mod change;
mod record;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use redis::ConnectionLike as _;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Row as _, SqliteConnection, sqlite::SqliteConnectOptions};

use self::record::{Kept, SOURCES, Source};

/// A row by its columns; what is null is not there.
pub(crate) type Row = BTreeMap<String, Vec<u8>>;

/// Every key of a pattern with its type and all that it holds.
const LOOK: &str = "local found = {}
for i, key in ipairs(redis.call('KEYS', ARGV[1])) do
  local kind, held = redis.call('TYPE', key).ok, {}
  if kind == 'string' then held = { redis.call('GET', key) }
  elseif kind == 'hash' then held = redis.call('HGETALL', key)
  elseif kind == 'set' then held = redis.call('SMEMBERS', key)
  elseif kind == 'zset' then held = redis.call('ZRANGE', key, 0, -1, 'WITHSCORES') end
  found[i] = { key, kind, held }
end
return found";

/// Users by the numbers of the arguments.
const MAKE_USERS: &str = "local K = 'vestibule:{accounts}:'
for id = tonumber(ARGV[1]), tonumber(ARGV[2]) do
  local email = 'n' .. string.format('%.0f', id) .. '@example.org'
  redis.call('HSET', K .. 'user:' .. id, 'email', email, 'email_verified', 0, 'disabled', 0, 'created_at', 0)
  redis.call('HSET', K .. 'emails', email, id)
  redis.call('ZADD', K .. 'addresses', 0, email)
  redis.call('ZADD', K .. 'users', id, id)
end";

/// A Redis, and the picture of it.
pub struct Picture {
    redis: redis::Connection,
    tables: SqliteConnection,
}

impl Picture {
    /// Connects to what a `database_url` or `sessions_url` names.
    pub async fn of(url: &str) -> Self {
        let redis = redis::Client::open(url).expect("a URL").get_connection().expect("Redis");
        // Rows come in any order.
        let options = SqliteConnectOptions::new().in_memory(true).foreign_keys(false);
        let mut tables = options.connect().await.expect("a database in memory");
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations");
        let files = fs::read_dir(folder).expect("the migrations").map(|entry| entry.expect("a file").path());
        let mut migrations: Vec<PathBuf> = files.filter(|path| path.extension().is_some_and(|kind| kind == "sql")).collect();
        migrations.sort();
        let texts: Vec<String> = migrations.iter().map(|path| fs::read_to_string(path).expect("a migration")).collect();
        // What has no counterpart in Redis is not there, rather than empty.
        let all = format!("{} DROP TABLE sequences; DELETE FROM roles;", texts.concat());
        sqlx::raw_sql(AssertSqlSafe(all)).execute(&mut tables).await.expect("the tables");
        Self { redis, tables }
    }

    /// The tables, with everything in those that the statement names.
    pub async fn of_all_in(&mut self, statement: &str) -> &mut SqliteConnection {
        self.draw(&named(statement)).await;
        &mut self.tables
    }

    /// Runs statements, and changes Redis as they change the picture.
    pub async fn run(&mut self, statements: &str) {
        let sources = named(statements);
        self.draw(&sources).await;
        let mut before = Vec::new();
        for source in &sources {
            before.push(self.rows(source.table).await);
        }
        sqlx::raw_sql(AssertSqlSafe(statements)).execute(&mut self.tables).await.expect(statements);
        let mut changes = redis::pipe();
        changes.atomic();
        for (source, before) in sources.iter().zip(&before) {
            let after = self.rows(source.table).await;
            let ids: BTreeSet<&i64> = before.keys().chain(after.keys()).collect();
            for id in ids {
                if before.get(id) != after.get(id) {
                    change::carry(source.table, before.get(id), after.get(id), &mut changes);
                }
            }
            if source.table == "user_roles" {
                change::carry_roles(before, &after, &mut changes);
            }
        }
        changes.query::<()>(&mut self.redis).expect(statements);
    }

    /// Makes a table unreadable: everything that its records are found by is of another type.
    pub fn lose(&mut self, table: &str) {
        for key in self.found_by(table) {
            let _: Result<(), _> = redis::cmd("RENAME").arg(&key).arg(format!("away:{key}")).query(&mut self.redis);
            let list = redis::cmd("RPUSH").arg(&key).arg("lost").query::<()>(&mut self.redis);
            list.expect("a list");
        }
    }

    /// Takes the loss back.
    pub fn regain(&mut self, table: &str) {
        for key in self.found_by(table) {
            redis::cmd("DEL").arg(&key).query::<()>(&mut self.redis).expect("gone");
            let _: Result<(), _> = redis::cmd("RENAME").arg(format!("away:{key}")).arg(&key).query(&mut self.redis);
        }
    }

    fn found_by(&mut self, table: &str) -> Vec<String> {
        match table {
            "users" => vec!["vestibule:{accounts}:emails".to_owned()],
            "roles" => vec!["vestibule:{accounts}:roles".to_owned()],
            // What gives a mail its number.
            "outbox" => vec!["vestibule:{accounts}:ids".to_owned()],
            "allowances" => redis::cmd("KEYS").arg("vestibule:{limits}:*").query(&mut self.redis).expect("keys"),
            other => panic!("tell this function by what keys {other} are found"),
        }
    }

    /// The number of the layout.
    pub fn layout(&mut self) -> String {
        redis::cmd("GET").arg("vestibule:layout").query(&mut self.redis).expect("the layout")
    }

    /// Makes many users at once.
    pub fn make_users(&mut self, first: u32, last: u32) {
        redis::cmd("EVAL").arg(MAKE_USERS).arg(0).arg(first).arg(last).query::<()>(&mut self.redis).expect("users");
    }

    /// As in a Redis where nothing was done yet.
    pub fn forget_layout(&mut self) {
        redis::cmd("DEL").arg("vestibule:layout").query::<()>(&mut self.redis).expect("forgotten");
    }

    /// As another program would.
    pub fn set_layout(&mut self, number: u32) {
        redis::cmd("SET").arg("vestibule:layout").arg(number).query::<()>(&mut self.redis).expect("set");
    }

    async fn draw(&mut self, sources: &[&Source]) {
        let users: BTreeSet<String> =
            redis::cmd("ZRANGE").arg("vestibule:{accounts}:users").arg(0).arg(-1).query(&mut self.redis).expect("the ids of users");
        sqlx::raw_sql("BEGIN").execute(&mut self.tables).await.expect("begun");
        for source in sources {
            let statement = format!("DELETE FROM {}", source.table);
            sqlx::query(AssertSqlSafe(statement)).execute(&mut self.tables).await.expect("empty");
            let types = self.types(source.table).await;
            for mut row in self.look(source).into_iter().flat_map(|kept| (source.rows)(kept)) {
                // As the gateway shows them: who is gone did not make it.
                for column in ["user_id", "created_by"] {
                    let is_known = |id: &Vec<u8>| users.contains(&*String::from_utf8_lossy(id));
                    if ["signins", "invitations"].contains(&source.table) && row.get(column).is_some_and(|id| !is_known(id)) {
                        row.remove(column);
                    }
                }
                self.insert(source.table, row, &types).await;
            }
        }
        sqlx::raw_sql("COMMIT").execute(&mut self.tables).await.expect("done");
    }

    fn look(&mut self, source: &Source) -> Vec<Kept> {
        assert!(self.redis.is_open(), "Redis went away");
        let found: Vec<(String, String, Vec<Vec<u8>>)> =
            redis::cmd("EVAL").arg(LOOK).arg(0).arg(source.pattern).query(&mut self.redis).expect("what Redis keeps");
        let of_its_kind = found.into_iter().filter(|(_, kind, _)| kind == source.kind);
        of_its_kind.map(|(key, _, held)| Kept { name: name(source.pattern, &key).to_owned(), held }).collect()
    }

    async fn insert(&mut self, table: &str, row: Row, types: &BTreeMap<String, String>) {
        let columns: Vec<&str> = row.keys().map(String::as_str).collect();
        let binds: Vec<String> = (1..=columns.len()).map(|n| format!("${n}")).collect();
        let statement = format!("INSERT INTO {table} ({}) VALUES ({})", columns.join(", "), binds.join(", "));
        let mut query = sqlx::query(AssertSqlSafe(statement.clone()));
        for (column, value) in row {
            query = if types.get(&column).is_some_and(|kind| kind == "BYTEA") {
                query.bind(value)
            } else {
                query.bind(String::from_utf8(value).expect("a text"))
            };
        }
        query.execute(&mut self.tables).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
    }

    /// The columns of a table with their types.
    async fn types(&mut self, table: &str) -> BTreeMap<String, String> {
        let statement = format!("SELECT name, type FROM pragma_table_info('{table}')");
        let rows = sqlx::query(AssertSqlSafe(statement)).fetch_all(&mut self.tables).await.expect("the columns");
        rows.iter().map(|row| (row.get(0), row.get(1))).collect()
    }

    /// Everything in a table, by what stays the same whatever changes in a row.
    async fn rows(&mut self, table: &str) -> BTreeMap<i64, Row> {
        let columns: Vec<String> = self.types(table).await.into_keys().collect();
        let values: Vec<String> = columns.iter().map(|column| format!("CAST({column} AS BLOB)")).collect();
        let statement = format!("SELECT rowid, {} FROM {table}", values.join(", "));
        let rows = sqlx::query(AssertSqlSafe(statement)).fetch_all(&mut self.tables).await.expect("the rows");
        let read = |row: &sqlx::sqlite::SqliteRow| {
            let filled = columns.iter().enumerate().filter_map(|(n, column)| Some((column.clone(), row.get::<Option<Vec<u8>>, _>(n + 1)?)));
            (row.get(0), filled.collect())
        };
        rows.iter().map(read).collect()
    }
}

/// The sources of all tables whose name is a word of the statement.
fn named(statement: &str) -> Vec<&'static Source> {
    let words: BTreeSet<&str> = statement.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').collect();
    SOURCES.iter().filter(|source| words.contains(source.table)).collect()
}

/// What stands for the star at the end of the pattern.
fn name<'k>(pattern: &str, key: &'k str) -> &'k str {
    let (pattern, key) = match (pattern.split_once('}'), key.split_once('}')) {
        (Some((_, pattern)), Some((_, key))) => (pattern, key),
        _ => (pattern, key),
    };
    pattern.strip_suffix('*').and_then(|begin| key.strip_prefix(begin)).unwrap_or_default()
}
