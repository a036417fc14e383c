//! Large files: an import that is killed goes on where it was, and a gateway serves meanwhile.

use std::{
    fmt::Write as _,
    process::Stdio,
    time::{Duration, Instant},
};

use serde_json::json;

use super::{QUICK, import, outcome, put, sign_in};
use crate::app::App;

fn lines(count: usize) -> String {
    let mut content = String::new();
    for n in 0..count {
        let line = json!({ "email": format!("user{n}@example.org"), "password_hash": QUICK, "profile": { "city": "Oslo" } });
        writeln!(content, "{line}").unwrap();
    }
    content
}

#[tokio::test]
async fn import_of_ten_thousand_holds_up_nobody() {
    let app = App::simple();
    app.user("ann@example.org").await;
    let path = put(&app, "users.jsonl", lines(10_000));
    let mut running =
        app.command(&["users", "import", path.to_str().unwrap()]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut signins = 0;
    while running.try_wait().unwrap().is_none() {
        app.signin("ann@example.org").await;
        signins += 1;
    }
    let output = running.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "imported 10000, skipped 0 (already there), bad 0\n");
    assert!(signins > 3, "only {signins} sign-ins while it ran");
    assert_eq!(sign_in(&app, "user9999@example.org", "tiny7").await, 200, "those who came are known at once");
    assert_eq!(app.number("SELECT COUNT(*) FROM users").await, 10_001);
    let differing = "SELECT COUNT(*) FROM (SELECT id / 1024 AS block, COUNT(*) AS users FROM users GROUP BY id / 1024) AS counted
         LEFT JOIN user_blocks ON user_blocks.block = counted.block WHERE user_blocks.users IS NULL OR user_blocks.users <> counted.users";
    assert_eq!(app.number(differing).await, 0);
}

/// Begins an import of many lines, and kills it when two thousand are done.
async fn interrupt(app: &App, arguments: &[&str]) {
    let mut running = app.command(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let begun = Instant::now();
    while app.number("SELECT COALESCE(MAX(lines_done), 0) FROM imports").await < 2000 {
        assert!(
            begun.elapsed() < Duration::from_secs(30) && running.try_wait().unwrap().is_none(),
            "it ended too early, or does not begin"
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    running.kill().unwrap();
    running.wait().unwrap();
}

#[tokio::test]
async fn import_goes_on_after_it_was_killed() {
    const COUNT: usize = 20_000;
    let app = App::simple();
    let path = put(&app, "users.jsonl", lines(COUNT));
    let arguments = ["users", "import", path.to_str().unwrap()];
    interrupt(&app, &arguments).await;
    let (users, noted) = (app.number("SELECT COUNT(*) FROM users").await, app.number("SELECT lines_done FROM imports").await);
    assert_eq!(users, noted, "users and progress move together");
    assert!(noted >= 2000 && noted < i64::try_from(COUNT).unwrap(), "{noted}");
    let (code, out, err) = outcome(&mut app.command(&arguments));
    let left = i64::try_from(COUNT).unwrap() - noted;
    let said = format!(
        "went on after {noted} lines of an import that was interrupted; bad are those of the whole file\nimported {left}, skipped 0 (already there), bad 0\n"
    );
    assert_eq!((code, out), (Some(0), said), "{err}");
    assert_eq!(app.number("SELECT COUNT(DISTINCT email) FROM users").await, i64::try_from(COUNT).unwrap());
    for table in ["users", "credentials", "identities", "profile_entries"] {
        assert_eq!(app.number(&format!("SELECT COUNT(*) FROM {table}")).await, i64::try_from(COUNT).unwrap(), "{table}");
    }
    assert_eq!(app.number("SELECT CAST(SUM(users) AS BIGINT) FROM user_blocks").await, i64::try_from(COUNT).unwrap());
    assert_eq!(app.number("SELECT COUNT(*) FROM imports").await, 0, "a file that is done begins anew");
    assert_eq!(sign_in(&app, "user19999@example.org", "tiny7").await, 200);
}

/// Nobody may have read what the interrupted import said.
#[tokio::test]
async fn import_that_goes_on_names_the_bad_lines_of_the_whole_file() {
    let app = App::simple();
    let content = format!("{}{}{}", lines(10), "{\"email\":\"nobody\"}\n".repeat(3), lines(20_000));
    let (path, errors) = (put(&app, "users.jsonl", content), app.data().join("errors"));
    let arguments = ["users", "import", path.to_str().unwrap(), "--errors", errors.to_str().unwrap()];
    let named = || -> Vec<String> {
        let written = std::fs::read_to_string(&errors).unwrap();
        written.lines().filter_map(|line| Some(line.split_once(": ")?.0.to_owned())).collect()
    };
    // Ten users are there twice.
    let twice = (14..24).map(|line| format!("line {line}"));
    let bad: Vec<String> = (11..14).map(|line| format!("line {line}")).chain(twice).collect();
    interrupt(&app, &arguments).await;
    assert_eq!(named(), bad, "what was seen is written down at once");
    let (code, out, err) = outcome(&mut app.command(&arguments));
    assert!(code == Some(1) && out.starts_with("went on after ") && out.ends_with(", bad 13\n"), "{out}{err}");
    assert_eq!(named(), bad);
    assert!(err.contains("13 lines are bad and were left out"), "{err}");
    assert_eq!(app.number("SELECT COUNT(*) FROM users").await, 20_000);
}

/// A line that is there twice is found also if the first of the two was done before the interruption.
#[tokio::test]
async fn import_that_goes_on_remembers_earlier_lines() {
    let app = App::simple();
    let content = format!("{}{}\n", lines(600), json!({ "email": "user0@example.org" }));
    let digest = sha256(&format!("{content}jsonl"));
    import(&app, "first.jsonl", lines(500));
    app.run(&format!("INSERT INTO imports VALUES ('{digest}', 500, 0)")).await;
    let (code, out, err) = import(&app, "users.jsonl", content);
    assert_eq!(code, Some(1));
    assert!(out.ends_with("imported 100, skipped 0 (already there), bad 1\n"), "{out}");
    assert!(err.contains("line 601: email: is in line 1 already"), "{err}");
}

fn sha256(text: &str) -> String {
    use sha2::Digest as _;
    sha2::Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}
