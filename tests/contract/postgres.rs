//! What is PostgreSQL's alone: migrations of several processes, other collations, a server that goes away, and what others hold.

use std::time::{Duration, Instant};

use sqlx::Connection as _;
use vestibule::{
    model::{
        SessionId, UserId,
        page::{From, PageRequest},
    },
    store::{
        Health as _, OpenError, StoreError, kv::Kv as _, open::Limits, role::Roles as _, session::Sessions as _, sql::SqlStore,
        upkeep::Upkeep as _, user::Users as _,
    },
};

use super::samples::{NOW, create, new_session, new_user};
use crate::{
    patience::within,
    postgresql::{Database, run},
};

async fn tamper(database: &Database, statement: &'static str) {
    let mut connection = database.connect().await;
    sqlx::raw_sql(statement).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

async fn open(database: &Database) -> SqlStore {
    let store = SqlStore::open(&database.url()).await.unwrap();
    store.migrate().await.unwrap();
    store
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgresql), ignore = "PostgreSQL was not started: `cargo xtask test` does")]
async fn several_may_migrate_at_once() {
    let database = Database::empty();
    let mut stores = Vec::new();
    for _ in 0..4 {
        stores.push(SqlStore::open(&database.url()).await.unwrap());
    }
    for migrated in futures_util::future::join_all(stores.iter().map(SqlStore::migrate)).await {
        migrated.unwrap();
    }
    assert!(stores[0].pending_migrations().await.unwrap().is_empty());
}

#[tokio::test]
#[cfg_attr(not(postgresql), ignore = "PostgreSQL was not started: `cargo xtask test` does")]
async fn pending_migrations_are_told_without_a_trace() {
    let database = Database::empty();
    let store = SqlStore::open(&database.url()).await.unwrap();
    for _ in 0..2 {
        assert_eq!(store.pending_migrations().await.unwrap().first().map(String::as_str), Some("foundation"));
        assert!(matches!(store.ping().await, Err(StoreError::Statement(_))), "no table yet");
    }
    store.migrate().await.unwrap();
    assert!(store.pending_migrations().await.unwrap().is_empty());
    store.migrate().await.expect("a second time changes nothing");
    store.ping().await.unwrap();
}

#[tokio::test]
#[cfg_attr(not(postgresql), ignore = "PostgreSQL was not started: `cargo xtask test` does")]
async fn a_newer_and_a_changed_schema_are_refused() {
    let database = Database::like_template();
    let store = open(&database).await;
    tamper(&database, "INSERT INTO _sqlx_migrations VALUES (99, 'future', CURRENT_TIMESTAMP, TRUE, 'x', 1)").await;
    for refused in [store.migrate().await.unwrap_err(), store.pending_migrations().await.unwrap_err()] {
        assert!(matches!(refused, OpenError::Newer { found: 99, .. }), "{refused:?}");
    }
    tamper(&database, "DELETE FROM _sqlx_migrations WHERE version = 99; UPDATE _sqlx_migrations SET checksum = 'x'").await;
    for refused in [store.migrate().await.unwrap_err(), store.pending_migrations().await.unwrap_err()] {
        assert!(matches!(refused, OpenError::Changed(1)), "{refused:?}");
    }
}

/// Ranges of addresses and orders of names are the same whatever language the server was made for.
#[tokio::test]
#[cfg_attr(not(postgresql), ignore = "PostgreSQL was not started: `cargo xtask test` does")]
async fn texts_are_compared_by_code_point_in_a_database_of_any_language() {
    let database = Database::of_a_language();
    let store = open(&database).await;
    for name in ["ann", "a-z", "anna", "aXb", "b"] {
        create(&store, &new_user(name)).await;
    }
    let request = PageRequest { from: From::Number(1), size: 10 };
    let found = store.users_by_email("an", &request).await.unwrap().unwrap();
    assert_eq!(found.total, 2);
    let found = store.users_by_email("a", &request).await.unwrap().unwrap();
    let emails: Vec<_> = found.items.into_iter().filter_map(|user| user.email).map(|email| email.as_str().to_owned()).collect();
    let mut sorted = emails.clone();
    sorted.sort();
    assert_eq!((emails.len(), &emails), (4, &sorted), "by code point");
}

#[tokio::test]
#[cfg_attr(not(postgresql), ignore = "PostgreSQL was not started: `cargo xtask test` does")]
async fn who_is_not_let_in_is_told_why_without_the_password() {
    let database = Database::like_template();
    let url = database.url().replace(&database.name, "nothing").replace("postgres@", "postgres:hunter2@");
    let refused = SqlStore::open(&url).await.unwrap_err().to_string();
    assert!(refused.contains("does not exist") && refused.contains("as postgres") && !refused.contains("hunter2"), "{refused}");
    let refused = SqlStore::open("postgres://v:hunter2@127.0.0.1:9/v").await.unwrap_err();
    assert!(matches!(refused, OpenError::Server { .. }), "{refused:?}");
    let refused = refused.to_string();
    assert!(refused.contains("the database v at 127.0.0.1:9 (as v)") && !refused.contains("hunter2"), "{refused}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgresql), ignore = "PostgreSQL was not started: `cargo xtask test` does")]
async fn rule26_out_of_connections_fails_fast_and_heals() {
    let database = Database::like_template();
    let limits = Limits { connections: 2, wait: Duration::from_millis(500) };
    let store = SqlStore::open_with(&database.url(), limits).await.unwrap();
    let mut other = database.connect().await;
    let mut held = other.begin().await.unwrap();
    sqlx::raw_sql("LOCK TABLE kv").execute(&mut *held).await.unwrap();
    let writers: Vec<_> = (0..2)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { store.kv_put("p", "k", b"v", NOW).await })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(200)).await;
    within(Duration::from_secs(1), "a refusal", async || {
        let begun = Instant::now();
        let refused = store.session(SessionId(1)).await;
        assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
        begun.elapsed()
    })
    .await;
    held.rollback().await.unwrap();
    for writer in writers {
        writer.await.unwrap().expect("who waited for the lock gets it");
    }
    store.session(SessionId(1)).await.unwrap();
}

/// As after a restart of the server: the pool holds connections that are no more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgresql), ignore = "PostgreSQL was not started: `cargo xtask test` does")]
async fn connections_that_were_ended_are_replaced_unnoticed() {
    let database = Database::like_template();
    let store = open(&database).await;
    let made = store.create_session(&new_session(UserId(7))).await.unwrap();
    run(format!(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}' AND application_name = 'vestibule'",
        database.name
    ));
    assert_eq!(store.session(made.id).await.unwrap().map(|session| session.id), Some(made.id));
}

/// Two that give and take in opposite orders: whoever PostgreSQL stops is run again, and nobody outside sees it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgresql), ignore = "PostgreSQL was not started: `cargo xtask test` does")]
async fn a_deadlock_is_run_again() {
    let database = Database::like_template();
    let store = open(&database).await;
    let (ann, bob) = (create(&store, &new_user("ann")).await, create(&store, &new_user("bob")).await);
    let mut other = database.connect().await;
    let mut held = other.begin().await.unwrap();
    // It waits longer than we do before it looks for a deadlock: we are the ones to be stopped.
    let blocker = format!("SET LOCAL deadlock_timeout = '20s'; UPDATE users SET locale = 'de' WHERE id = {}", bob.id.0);
    sqlx::raw_sql(sqlx::AssertSqlSafe(blocker)).execute(&mut *held).await.unwrap();
    let deleting = tokio::spawn({
        let store = store.clone();
        async move { store.delete_user(bob.id).await }
    });
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!deleting.is_finished(), "it waits at bob");
    // The deletion holds the role of administrators until its end.
    let cross = "UPDATE roles SET description = description WHERE name = 'admin'";
    sqlx::raw_sql(cross).execute(&mut *held).await.unwrap();
    held.commit().await.unwrap();
    assert_eq!(deleting.await.unwrap().unwrap(), vestibule::model::user::Deleted::Done);
    assert!(store.user(ann.id).await.unwrap().is_some());
    assert!(store.roles().await.unwrap().iter().any(|role| role.name == "admin"));
}
