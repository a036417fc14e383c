//! Moving from one store to another (row A6): `vestibule store copy`, between all of them, with everything that they keep.

mod filled;
mod journey;
mod refusal;
mod samples;
mod schema;
mod whole;

use std::process::Command;

use crate::app::App;

/// Exit code, standard output, standard error.
type Outcome = (Option<i32>, String, String);

fn outcome(command: &mut Command) -> Outcome {
    let output = command.output().expect("the program runs");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// Copies; gives the lines that say what both stores hold.
#[track_caller]
fn copies(app: &App, options: &[&str]) -> Vec<String> {
    let (code, out, err) = outcome(&mut app.command(&[&["store", "copy"], options].concat()));
    assert_eq!(code, Some(0), "{out}{err}");
    assert!(out.starts_with("copied: both stores hold the same"), "{out}");
    err.lines().filter(|line| line.contains("the same in both")).map(ToOwned::to_owned).collect()
}

/// Does not copy; gives what it says.
#[track_caller]
fn refused(app: &App, options: &[&str]) -> String {
    let (code, out, err) = outcome(&mut app.command(&[&["store", "copy"], options].concat()));
    assert_eq!((code, out.as_str()), (Some(1), ""), "{err}");
    err
}

/// The URL of a file beside the gateway's data.
fn file(app: &App, name: &str) -> String {
    format!("sqlite://{}", app.data().join(name).display())
}
