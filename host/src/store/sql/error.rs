//! What the database says, in the store's words.

use sqlx::error::DatabaseError;

use crate::store::StoreError;

/// Sorts failures into those that pass and those that are a defect.
pub(super) fn store_error(error: sqlx::Error) -> StoreError {
    match error {
        sqlx::Error::PoolTimedOut => StoreError::Unavailable("no connection became free in time".to_owned()),
        sqlx::Error::Io(_) | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed | sqlx::Error::Tls(_) => {
            StoreError::Unavailable(error.to_string())
        }
        sqlx::Error::Database(ref reported) if passes(&**reported) => StoreError::Unavailable(reported.to_string()),
        other => StoreError::Statement(other.to_string()),
    }
}

/// Whether the state of machine, file or lock is to blame, and not the statement (<https://www.sqlite.org/rescode.html>).
fn passes(error: &dyn DatabaseError) -> bool {
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
    let extended: Option<i32> = error.code().and_then(|code| code.parse().ok());
    // The low byte of an extended code is the plain one.
    extended
        .is_some_and(|code| matches!(code & 0xff, BUSY | LOCKED | NOMEM | READONLY | IOERR | CORRUPT | FULL | CANTOPEN | PROTOCOL | NOTADB))
}

#[cfg(test)]
mod tests {
    use sqlx::{Executor as _, query};
    use tempfile::TempDir;

    use super::*;
    use crate::{
        model::Timestamp,
        store::{kv::Kv as _, sql::SqlStore, upkeep::Upkeep as _},
    };

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
        store.writer.execute("PRAGMA max_page_count = 1").await.unwrap();
        let refused = store.kv_put("p", "k", &large, Timestamp(9)).await;
        assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
        assert_eq!(store.kv_get("p", "k", Timestamp(1)).await.unwrap().as_deref(), Some(&b"before"[..]));
        store.writer.execute("PRAGMA max_page_count = 1000000").await.unwrap();
        store.kv_put("p", "k", &large, Timestamp(9)).await.expect("goes on as soon as there is room");
    }

    #[tokio::test]
    async fn a_lock_held_by_others_passes() {
        let directory = TempDir::new().unwrap();
        let (store, other) = (open(&directory).await, open(&directory).await);
        store.writer.execute("PRAGMA busy_timeout = 1").await.unwrap();
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
        let wrong = store.write(query("UPDATE nothing SET x = 1")).await;
        assert!(matches!(wrong, Err(StoreError::Statement(_))), "{wrong:?}");
        assert!(query("DELETE FROM roles").execute(&store.readers).await.is_err());
    }
}
