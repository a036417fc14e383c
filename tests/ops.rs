//! What operators rely on: commands, configuration, logs, documents, health.

mod administrator;
mod commands;
mod configuration;
mod docs;
mod document;
mod frame;
mod health;
mod logs;
mod plugin_check;
mod production;
mod providers;
mod provision;
mod refusals;
mod schemathesis;
mod secrets;
mod shutdown;

use std::process::{Command, Output};

use crate::app::App;

/// How a command ended: its exit code, standard output, standard error.
fn outcome(command: &mut Command) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = command.output().expect("the program runs");
    (status.code(), String::from_utf8(stdout).expect("UTF-8"), String::from_utf8(stderr).expect("UTF-8"))
}

/// Runs a command that must succeed; its standard output.
#[track_caller]
fn succeeds(command: &mut Command) -> String {
    let (code, out, err) = outcome(command);
    assert_eq!(code, Some(0), "{out}\n{err}");
    out
}

/// Runs a command that must fail by itself, with exit code 1 and words on standard error alone; those words.
#[track_caller]
fn fails(command: &mut Command) -> String {
    let (code, out, err) = outcome(command);
    assert_eq!((code, out.as_str()), (Some(1), ""), "{err}");
    assert!(!err.contains("panicked"), "{err}");
    err
}

/// What the database of a gateway answers: the first column of every row, as text.
async fn select(app: &App, query: &'static str) -> Vec<String> {
    app.texts(query).await
}
