//! What is SQLite's alone: the file, its schema, and rows that others damaged.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use sqlx::{Connection as _, SqliteConnection};
use vestibule::{
    model::{
        SessionId, UserId,
        signin::{Hour, SignIn},
    },
    store::{Health as _, OpenError, StoreError, signin::SignIns as _, sql::SqlStore, upkeep::Upkeep as _},
};

use super::{
    place::{Place, SqlitePlace},
    samples::{NOW, at, create, new_session, new_user, session, user},
};

/// Changes a database behind the store's back.
async fn tamper(place: &SqlitePlace, statement: &'static str) {
    let mut connection = SqliteConnection::connect(&place.url()).await.unwrap();
    sqlx::raw_sql(statement).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

#[tokio::test]
async fn only_the_owner_reads_the_files() {
    let place = SqlitePlace::new().await;
    let store = place.open().await;
    user(&*store, "ann").await;
    let url = place.url();
    let file = url.strip_prefix("sqlite://").unwrap();
    for suffix in ["", "-wal", "-shm"] {
        let mode = fs::metadata(format!("{file}{suffix}")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{suffix}");
    }
    let directory = fs::metadata(Path::new(file).parent().unwrap()).unwrap().permissions().mode();
    assert_eq!(directory & 0o777, 0o700);
}

#[tokio::test]
async fn closing_leaves_one_file() {
    let place = SqlitePlace::new().await;
    let store = SqlStore::open(&place.url()).await.unwrap();
    store.migrate().await.unwrap();
    create(&store, &new_user("ann")).await;
    store.close().await;
    assert!(matches!(store.ping().await, Err(StoreError::Unavailable(_))));
    let directory = place.url().strip_prefix("sqlite://").map(|file| Path::new(file).parent().unwrap().to_owned()).unwrap();
    let files: Vec<_> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(files, ["vestibule.db"]);
}

#[tokio::test]
async fn an_impossible_place_is_named() {
    let refused = SqlStore::open("sqlite:///proc/nowhere/vestibule.db").await.unwrap_err();
    assert!(matches!(refused, OpenError::File { .. }) && refused.to_string().contains("/proc/nowhere/vestibule.db"), "{refused}");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_not_available() {
    let place = SqlitePlace::new().await;
    let url = place.url();
    let file = Path::new(url.strip_prefix("sqlite://").unwrap());
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, "this is a diary, not a database ".repeat(200)).unwrap();
    let refused = SqlStore::open(&url).await.unwrap_err();
    assert!(matches!(refused, OpenError::Store(StoreError::Unavailable(_))), "{refused:?}");
}

#[tokio::test]
async fn pending_migrations_are_told_without_a_trace() {
    let place = SqlitePlace::new().await;
    let store = SqlStore::open(&place.url()).await.unwrap();
    for _ in 0..2 {
        assert_eq!(store.pending_migrations().await.unwrap(), ["foundation", "accounts", "invitations", "signin_hours", "store_copy"]);
        assert!(matches!(store.ping().await, Err(StoreError::Statement(_))), "no table yet");
    }
    store.migrate().await.unwrap();
    assert!(store.pending_migrations().await.unwrap().is_empty());
    store.migrate().await.expect("a second time changes nothing");
    store.ping().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_may_migrate_at_once() {
    let place = SqlitePlace::new().await;
    let mut stores = Vec::new();
    for _ in 0..4 {
        stores.push(SqlStore::open(&place.url()).await.unwrap());
    }
    for migrated in futures_util::future::join_all(stores.iter().map(SqlStore::migrate)).await {
        migrated.unwrap();
    }
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    let place = SqlitePlace::new().await;
    let store = SqlStore::open(&place.url()).await.unwrap();
    store.migrate().await.unwrap();
    tamper(&place, "INSERT INTO _sqlx_migrations VALUES (9, 'future', CURRENT_TIMESTAMP, TRUE, x'00', 1)").await;
    for refused in [store.migrate().await.unwrap_err(), store.pending_migrations().await.unwrap_err()] {
        assert!(matches!(refused, OpenError::Newer { found: 9, known: 5 }), "{refused:?}");
        assert!(refused.to_string().contains("newer than this program: it has migration 9"), "{refused}");
    }
}

#[tokio::test]
async fn a_changed_migration_is_refused() {
    let place = SqlitePlace::new().await;
    let store = SqlStore::open(&place.url()).await.unwrap();
    store.migrate().await.unwrap();
    tamper(&place, "UPDATE _sqlx_migrations SET checksum = x'00'").await;
    for refused in [store.migrate().await.unwrap_err(), store.pending_migrations().await.unwrap_err()] {
        assert!(matches!(refused, OpenError::Changed(1)), "{refused:?}");
    }
}

#[tokio::test]
async fn a_broken_row_is_named() {
    let place = SqlitePlace::new().await;
    let store = place.open().await;
    let broken = |error: StoreError| error.to_string();

    let ann = user(&*store, "ann").await;
    tamper(&place, "UPDATE users SET email = 'not an address'").await;
    let seen = broken(store.user(ann).await.unwrap_err());
    assert!(seen.starts_with("table users, column email, row 1: \"not an address\""), "{seen}");
    tamper(&place, "UPDATE users SET email = NULL, created_at = 'yesterday'").await;
    let seen = broken(store.user(ann).await.unwrap_err());
    assert!(seen.starts_with("table users, column created_at, row 1: "), "{seen}");

    let id = session(&*store).await.id;
    tamper(&place, "UPDATE sessions SET ext = '{\"half\":'").await;
    let seen = broken(store.session(id).await.unwrap_err());
    assert!(seen.starts_with("table sessions, column ext, row 1: EOF while parsing"), "{seen}");
    tamper(&place, "UPDATE sessions SET ext = '{}', ended_at = 1, end_reason = 'boredom'").await;
    let seen = broken(store.session(id).await.unwrap_err());
    assert!(seen.starts_with("table sessions, column end_reason, row 1: \"boredom\""), "{seen}");

    tamper(&place, "INSERT INTO steps VALUES ('h1', 'p', 'd', 'signin', x'00', '[]', 0, 9000000000000000000, '{}')").await;
    let seen = broken(store.take_step("h1", NOW).await.unwrap_err());
    assert!(seen.starts_with("table steps, column form, row h1: "), "{seen}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_lock_of_another_process_is_waited_for() {
    let place = SqlitePlace::new().await;
    let store = place.open().await;
    let mut other = SqliteConnection::connect(&place.url()).await.unwrap();
    let held = other.begin_with("BEGIN IMMEDIATE").await.unwrap();
    let writing = tokio::spawn({
        let store = store.clone();
        async move { store.create_session(&new_session(UserId(7))).await }
    });
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert!(!writing.is_finished());
    assert_eq!(store.session(SessionId(1)).await.unwrap(), None, "readers are not held up");
    held.rollback().await.unwrap();
    writing.await.unwrap().unwrap();
}

#[tokio::test]
async fn b10_the_history_of_before_is_counted() {
    let place = SqlitePlace::new().await;
    let store = place.open().await;
    let attempts = [(0, "ok"), (1, "ok"), (2, "email_taken"), (3, "card_expired"), (4, "card_lost"), (3600, "wrong_code")];
    for (seconds, result) in attempts {
        let (provider, address, user_agent) = ("simple".into(), "192.0.2.7".into(), "curl".into());
        store.record_signin(&SignIn { user: None, at: at(seconds), provider, result: result.into(), address, user_agent }).await.unwrap();
    }
    let counted = store.signins_by_hour(Hour(0), Hour(i64::MAX)).await.unwrap();
    assert_eq!(counted.iter().map(|hour| hour.count).collect::<Vec<_>>(), [1, 2, 2, 1], "{counted:?}");
    tamper(&place, "DROP TABLE signin_hours; DELETE FROM _sqlx_migrations WHERE version = 4").await;
    let store = SqlStore::open(&place.url()).await.unwrap();
    assert_eq!(store.pending_migrations().await.unwrap(), ["signin_hours"]);
    store.migrate().await.unwrap();
    assert_eq!(store.signins_by_hour(Hour(0), Hour(i64::MAX)).await.unwrap(), counted);
}
