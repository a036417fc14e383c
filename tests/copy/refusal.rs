//! What is not copied, and what a copy that did not end leaves behind.

use std::fs;

use super::{copies, file, refused};
use crate::{
    app::{App, Plan},
    database::Database,
};

/// A gateway on a file, with a user, stopped.
async fn stopped() -> App {
    let mut app = Plan::new().on_file().simple().start();
    app.user("ann@example.org").await;
    app.terminate();
    app.ended().await;
    app
}

#[tokio::test]
async fn a6_a_store_with_something_in_it_takes_no_copy() {
    let app = stopped().await;
    let (begin, other) = (app.database_url(), file(&app, "other.db"));
    copies(&app, &["--from", &begin, "--to", &other]);
    for options in [&["--from", &begin, "--to", &other][..], &["--from", &begin, "--to", &other, "--start-over"]] {
        let said = refused(&app, options);
        assert!(said.contains("--to: the store is not empty: users: 1, ") && said.contains("signing keys: 1"), "{said}");
    }
    let said = refused(&app, &["--from", &begin, "--to", &begin]);
    assert!(said.contains("--from and --to name the same store"), "{said}");
    let there = app.data().join("x").join("..").join("vestibule.db");
    fs::create_dir(app.data().join("x")).unwrap();
    let said = refused(&app, &["--from", &begin, "--to", &format!("sqlite://{}", there.display())]);
    assert!(said.contains("name the same store"), "{said}");
}

#[tokio::test]
async fn a6_a_migrated_store_without_records_takes_one() {
    let mut app = stopped().await;
    let (begin, other) = (app.database_url(), file(&app, "other.db"));
    app.set("database_url", &other);
    assert!(app.command(&["migrate"]).output().unwrap().status.success());
    let held = copies(&app, &["--from", &begin, "--to", &other]);
    assert!(held[1].starts_with("users: 1, the same in both, digest "), "{held:?}");
}

#[tokio::test]
async fn a6_who_cannot_be_reached_or_understood_is_named_without_its_password() {
    let app = stopped().await;
    let begin = app.database_url();
    let hidden = "hunter2-hunter2";
    for (to, wanted) in [
        (format!("postgres://v:{hidden}@127.0.0.1:9/v"), "--to: the database v at 127.0.0.1:9 (as v)"),
        (format!("redis://:{hidden}@127.0.0.1:9"), "--to: "),
        (format!("mysql://v:{hidden}@127.0.0.1/v"), "--to: "),
        ("env:NO_SUCH_VARIABLE".to_owned(), "--to: there is no environment variable NO_SUCH_VARIABLE"),
    ] {
        let said = refused(&app, &["--from", &begin, "--to", &to]);
        assert!(said.contains(wanted) && !said.contains(hidden), "{to}: {said}");
        assert_eq!(said.contains("warning: --to has a password"), to.contains(hidden), "{said}");
        let said = refused(&app, &["--from", &to, "--to", &file(&app, "never.db")]);
        assert!(said.contains(&wanted.replace("--to", "--from")) && !said.contains(hidden), "{to}: {said}");
    }
    refused(&app, &["--from", &file(&app, "missing.db"), "--to", &file(&app, "never.db")]);
    for name in ["missing.db", "never.db"] {
        assert!(!app.data().join(name).exists(), "{name} was made");
    }
}

#[tokio::test]
async fn a6_other_versions_are_refused_and_left_as_they_are() {
    let app = stopped().await;
    let (begin, other) = (app.database_url(), file(&app, "other.db"));
    let said = |from: &str, to: &str| refused(&app, &["--from", from, "--to", to]);
    let future = "INSERT INTO _sqlx_migrations VALUES (99, 'future', CURRENT_TIMESTAMP, TRUE, 'x', 1)";
    app.run(future).await;
    assert!(said(&begin, &other).contains("--from: the database is newer than this program"));
    app.run("DELETE FROM _sqlx_migrations WHERE version = 99").await;
    copies(&app, &["--from", &begin, "--to", &other]);
    let mut target = Database::open(&other).await;
    target.run(future).await;
    assert!(said(&begin, &other).contains("--to: the database is newer than this program"));
    target.run("DELETE FROM _sqlx_migrations WHERE version IN (5, 99)").await;
    let before = target.schema().await;
    assert!(said(&begin, &other).contains("--to: the store was made by an older version"));
    assert!(said(&other, &file(&app, "third.db")).contains("--from: the store lacks store_copy: run `vestibule migrate`"));
    assert_eq!(target.schema().await, before);
}

#[tokio::test]
async fn a6_a_copy_that_did_not_end_is_no_store() {
    let mut app = stopped().await;
    let (begin, other) = (app.database_url(), file(&app, "other.db"));
    // Nobody could write this without switching the checks off; the target refuses it.
    app.run("PRAGMA foreign_keys = OFF; INSERT INTO signins VALUES (999, 77, 1, 'simple', 'ok', '', '')").await;
    let said = refused(&app, &["--from", &begin, "--to", &other]);
    assert!(said.contains("--to: ") && said.contains("FOREIGN KEY"), "{said}");
    app.run("DELETE FROM signins WHERE id = 999").await;

    app.set("database_url", &other);
    for command in [&["serve"][..], &["users", "export"]] {
        let output = app.command(command).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains("a copy of another store that has not ended"), "{command:?}: {said}");
    }
    let said = refused(&app, &["--from", &begin, "--to", &other]);
    assert!(said.contains("--start-over"), "{said}");
    let said = refused(&app, &["--from", &other, "--to", &file(&app, "third.db")]);
    assert!(said.contains("--from: the store holds a copy that has not ended"), "{said}");
    copies(&app, &["--from", &begin, "--to", &other, "--start-over"]);
    app.restart();
    app.signin("ann@example.org").await;
}
