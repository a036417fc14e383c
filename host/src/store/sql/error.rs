//! What the database says, in the store's words.

use sqlx::{error::DatabaseError, postgres::PgDatabaseError};

use crate::store::StoreError;

/// Sorts failures into those that pass, those that another try mends, and those that are a defect.
pub(super) fn store_error(error: sqlx::Error) -> StoreError {
    match error {
        sqlx::Error::PoolTimedOut => StoreError::Unavailable("no connection became free in time".to_owned()),
        sqlx::Error::Io(_) | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed | sqlx::Error::Tls(_) => {
            StoreError::Unavailable(error.to_string())
        }
        sqlx::Error::Database(ref reported) if passes(&**reported) => StoreError::Unavailable(reported.to_string()),
        sqlx::Error::Database(ref reported) if raced(&**reported) => StoreError::Raced(reported.to_string()),
        other => StoreError::Statement(other.to_string()),
    }
}

/// Whether the state of machine, file, server or lock is to blame, and not the statement.
fn passes(error: &dyn DatabaseError) -> bool {
    let code = error.code().unwrap_or_default();
    match error.try_downcast_ref::<PgDatabaseError>() {
        None => sqlite_passes(&code),
        // The first two characters are the class (<https://www.postgresql.org/docs/current/errcodes-appendix.html>):
        // connections, authorization, no such database, resources, an operator's intervention (a time-out too), the system.
        // Then a lock waited for in vain, and a transaction that was left alone for too long.
        Some(_) => ["08", "28", "3D", "53", "57", "58"].iter().any(|class| code.starts_with(class)) || ["55P03", "25P03"].contains(&&*code),
    }
}

/// Whether somebody else wrote at the same time, which cannot happen on SQLite: a transaction that could not be put in order with
/// others, a deadlock, a row that came or went between our look and our write.
fn raced(error: &dyn DatabaseError) -> bool {
    const RACES: [&str; 4] = ["40001", "40P01", "23503", "23505"];
    error.try_downcast_ref::<PgDatabaseError>().is_some_and(|error| RACES.contains(&error.code()))
}

/// <https://www.sqlite.org/rescode.html>
fn sqlite_passes(code: &str) -> bool {
    const BUSY: i32 = 5;
    const LOCKED: i32 = 6;
    const NOMEM: i32 = 7;
    const READONLY: i32 = 8;
    const IOERR: i32 = 10;
    const CORRUPT: i32 = 11;
    const FULL: i32 = 13;
    const CANTOPEN: i32 = 14;
    const PROTOCOL: i32 = 15;
    const NOTADB: i32 = 26;
    // The low byte of an extended code is the plain one.
    code.parse::<i32>()
        .is_ok_and(|code| matches!(code & 0xff, BUSY | LOCKED | NOMEM | READONLY | IOERR | CORRUPT | FULL | CANTOPEN | PROTOCOL | NOTADB))
}

#[cfg(test)]
mod tests {
    use sqlx::{Executor as _, SqlitePool, query};
    use tempfile::TempDir;

    use super::*;
    use crate::{
        model::Timestamp,
        store::{
            kv::Kv as _,
            sql::{SqlStore, database::Database},
            upkeep::Upkeep as _,
        },
    };

    fn pools(store: &SqlStore) -> (&SqlitePool, &SqlitePool) {
        match &store.database {
            Database::Sqlite { readers, writer } => (readers, writer),
            Database::Postgres(..) => panic!("SQLite was opened"),
        }
    }

    async fn open(directory: &TempDir) -> SqlStore {
        let store = SqlStore::open(&format!("sqlite://{}/v.db", directory.path().display())).await.unwrap();
        store.migrate().await.unwrap();
        store
    }

    #[tokio::test]
    async fn a_full_disk_passes_and_leaves_nothing_behind() {
        let directory = TempDir::new().unwrap();
        let store = open(&directory).await;
        store.kv_put("p", "k", b"before", Timestamp(9)).await.unwrap();
        let large = vec![7; 100_000];
        pools(&store).1.execute("PRAGMA max_page_count = 1").await.unwrap();
        let refused = store.kv_put("p", "k", &large, Timestamp(9)).await;
        assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
        assert_eq!(store.kv_get("p", "k", Timestamp(1)).await.unwrap().as_deref(), Some(&b"before"[..]));
        pools(&store).1.execute("PRAGMA max_page_count = 1000000").await.unwrap();
        store.kv_put("p", "k", &large, Timestamp(9)).await.expect("goes on as soon as there is room");
    }

    #[tokio::test]
    async fn a_lock_held_by_others_passes() {
        let directory = TempDir::new().unwrap();
        let (store, other) = (open(&directory).await, open(&directory).await);
        pools(&store).1.execute("PRAGMA busy_timeout = 1").await.unwrap();
        let held = other.begin().await.unwrap();
        let refused = store.kv_put("p", "k", b"v", Timestamp(9)).await;
        assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
        let refused = store.purge_kv(Timestamp(9)).await;
        assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
        drop(held);
    }

    #[tokio::test]
    async fn a_wrong_statement_is_a_defect_and_readers_do_not_write() {
        let directory = TempDir::new().unwrap();
        let store = open(&directory).await;
        let wrong = store.write(super::super::query("UPDATE nothing SET x = 1")).await;
        assert!(matches!(wrong, Err(StoreError::Statement(_))), "{wrong:?}");
        assert!(query("DELETE FROM roles").execute(pools(&store).0).await.is_err());
    }
}
