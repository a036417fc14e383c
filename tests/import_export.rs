//! Users who come from another system with the hashes that they have, and leave again.

mod export;
mod factor;
mod file;
mod hash;
mod resume;
mod table;

use std::{fs, path::PathBuf, process::Command};

use serde_json::{Value, json};

use crate::app::App;

/// A hash that is quick to check, of the password `tiny7` (Werkzeug 3.1.9).
const QUICK: &str = "pbkdf2:sha1:20000$mPZ4sY1nC8aQ$21cd3af0ebb74a889524835c679f9f456931b97d";

/// Exit code, standard output, standard error.
type Outcome = (Option<i32>, String, String);

fn outcome(command: &mut Command) -> Outcome {
    let output = command.output().expect("the program runs");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// Puts a file beside the gateway's data.
fn put(app: &App, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    fs::create_dir_all(app.data()).expect("the directory");
    let path = app.data().join(name);
    fs::write(&path, content).expect("written");
    path
}

/// Imports a file of this name and content.
fn import(app: &App, name: &str, content: impl AsRef<[u8]>) -> Outcome {
    let path = put(app, name, content);
    outcome(&mut app.command(&["users", "import", path.to_str().expect("a path")]))
}

/// Imports lines that are all good.
#[track_caller]
fn imports(app: &App, lines: &[Value]) {
    let content: String = lines.iter().map(|line| format!("{line}\n")).collect::<Vec<_>>().concat();
    let (code, out, err) = import(app, "users.jsonl", content);
    assert_eq!((code, out), (Some(0), format!("imported {}, skipped 0 (already there), bad 0\n", lines.len())), "{err}");
}

/// Signs in by address.
async fn sign_in(app: &App, email: &str, password: &str) -> u16 {
    let body = json!({ "type": "simple", "email": email, "password": password });
    app.post("/auth/signin/", &body).await.status.as_u16()
}

/// The stored hash of an address.
async fn stored(app: &App, email: &str) -> String {
    let select = format!("SELECT password_hash FROM credentials JOIN users ON users.id = user_id WHERE email = '{email}'");
    app.texts(&select).await.remove(0)
}
