//! JSON lines: what a line may say, and what is said of those that are bad.

use serde_json::{Value, json};

use super::{QUICK, import, imports, outcome, put, sign_in};
use crate::app::App;

#[tokio::test]
async fn import_takes_every_field() {
    let app = App::simple();
    let line = json!({
        "email": " Ann@Example.org ", "login": "ann", "password_hash": QUICK, "email_verified": true, "display_name": "Ann", "locale": "ru",
        "roles": ["admin"], "disabled": false, "created_at": "2020-01-02T05:04:05+02:00", "profile": { "first_name": "Änn" },
        "identities": [{ "type": "facebook", "subject": "17" }, { "type": "simple", "subject": "ann@example.org" }],
    });
    imports(&app, &[line]);
    let body = json!({ "type": "simple", "email": "ann@example.org", "password": "tiny7" });
    let answer = app.post("/auth/signin", &body).await.expect(200);
    let user = &answer.json["user"];
    for (pointer, expected) in [
        ("email", json!("ann@example.org")),
        ("email_verified", json!(true)),
        ("display_name", json!("Ann")),
        ("roles", json!(["admin"])),
        ("profile", json!({ "first_name": "Änn" })),
        ("created_at", json!("2020-01-02T03:04:05Z")),
    ] {
        assert_eq!(user[pointer], expected, "{pointer} of {user}");
    }
    let ways = app.texts("SELECT provider || ' ' || subject FROM identities ORDER BY provider").await;
    assert_eq!(ways, ["facebook 17", "login ann", "simple ann@example.org"]);
    assert_eq!(app.texts("SELECT locale FROM users").await, ["ru"]);
}

#[tokio::test]
async fn import_keeps_disabled_users_and_those_without_a_password_out() {
    let app = App::simple();
    imports(
        &app,
        &[json!({ "email": "off@example.org", "password_hash": QUICK, "disabled": true }), json!({ "email": "none@example.org" })],
    );
    let body = json!({ "type": "simple", "email": "off@example.org", "password": "tiny7" });
    app.post("/auth/signin", &body).await.problem(400, "account_disabled");
    assert_eq!(sign_in(&app, "none@example.org", "tiny7").await, 400);
}

#[tokio::test]
async fn import_names_every_bad_line_and_takes_the_good_ones() {
    let app = App::simple();
    let mut content = b"\xef\xbb\xbf{\"email\":\"a@example.org\"}\r\n\r\n".to_vec();
    for line in [
        r#"{"email":"b@example.org","shoe_size":38}"#,
        r#"{"email":"nobody","email_verified":"yes"}"#,
        r#"{"email":"c@example.org","roles":["boss"]}"#,
        r#"{"email":"d@example.org""#,
        r#"["email"]"#,
        r#"{"email":"e@example.org","email":"f@example.org"}"#,
        r#"{"email":"g@example.org","display_name":"\u0000"}"#,
        r#"{"display_name":"Nobody"}"#,
        r#"{"email":"A@example.org","roles":["chief"]}"#,
        r#"{"email":"nobody","roles":["boss"],"password_hash":"plain"}"#,
    ] {
        content.extend_from_slice(format!("{line}\r\n").as_bytes());
    }
    content.extend_from_slice(b"\x00\xff\xfe rubbish\n");
    content.extend_from_slice(format!("{{\"email\":\"{}@example.org\"}}\n", "x".repeat(10 << 20)).as_bytes());
    // Without a line's end.
    content.extend_from_slice(b"{\"email\":\"z@example.org\"}");
    let (code, out, err) = import(&app, "users.jsonl", content);
    assert_eq!((code, out.as_str()), (Some(1), "imported 2, skipped 0 (already there), bad 12\n"), "{err}");
    for part in [
        "line 3: shoe_size: is not a field here; known are email, login",
        "line 4: email: is not an e-mail address",
        "line 4: email_verified: must be true or false",
        "line 5: roles: there is no role \"boss\" here; make it first, or leave it out",
        "line 6: is not one JSON object in UTF-8: EOF",
        "line 7: is not one JSON object in UTF-8: invalid type: sequence, expected an object",
        "line 8: email: is given more than once",
        "line 9: display_name: must not hold control characters",
        "line 10: email: is required, unless `login`",
        "line 11: email: is in line 1 already; leave one of the two lines out",
        "line 11: roles: there is no role \"chief\" here",
        "line 12: email: is not an e-mail address",
        "line 12: roles: there is no role \"boss\" here",
        "line 12: password_hash: ",
        "line 13: is not one JSON object in UTF-8",
        "line 14: is longer than 1048576 bytes",
        "12 lines are bad and were left out; mend them",
    ] {
        assert!(err.contains(part), "{part} not in {err}");
    }
    assert!(err.len() < 10_000, "the long line is not repeated");
    assert_eq!(app.texts("SELECT email FROM users ORDER BY id").await, ["a@example.org", "z@example.org"]);
    assert_eq!(app.number("SELECT CAST(SUM(users) AS BIGINT) FROM user_blocks").await, 2);
}

#[tokio::test]
async fn import_passes_over_those_who_are_there() {
    let app = App::simple();
    app.user("ann@example.org").await;
    let line = |email: &str, subject: &str| json!({ "email": email, "password_hash": QUICK, "identities": [{ "type": "facebook", "subject": subject }] });
    imports(&app, &[line("bob@example.org", "1")]);
    // An address, and an identity of somebody else's.
    let content = format!(
        "{}\n{}\n{}\n",
        json!({ "email": "Ann@example.org", "password_hash": QUICK }),
        line("carl@example.org", "1"),
        line("dan@example.org", "2")
    );
    let (code, out, err) = import(&app, "more.jsonl", content);
    assert_eq!((code, out.as_str()), (Some(0), "imported 1, skipped 2 (already there), bad 0\n"), "{err}");
    assert_eq!(sign_in(&app, "ann@example.org", "tiny7").await, 400, "an import opens no account that is there");
    assert_eq!(app.texts("SELECT email FROM users ORDER BY id").await, ["ann@example.org", "bob@example.org", "dan@example.org"]);
    assert_eq!(app.number("SELECT COUNT(*) FROM credentials").await, 3, "nothing is left of those who were passed over");
    assert_eq!(app.number("SELECT COUNT(*) FROM identities").await, 5);
    assert_eq!(app.number("SELECT CAST(SUM(users) AS BIGINT) FROM user_blocks").await, 3);
    // The gateway goes on giving new ids.
    app.user("eve@example.org").await;
}

#[tokio::test]
async fn import_dry_run_says_the_same_and_changes_nothing() {
    let app = App::simple();
    app.user("ann@example.org").await;
    let lines = ["ann@example.org", "bob@example.org", "nobody", "bob@example.org"];
    let content: String = lines.iter().map(|email| format!("{}\n", json!({ "email": email }))).collect::<Vec<_>>().concat();
    let path = put(&app, "users.jsonl", &content);
    let (code, out, err) = outcome(&mut app.command(&["users", "import", path.to_str().unwrap(), "--dry-run"]));
    assert_eq!((code, out.as_str()), (Some(1), "dry run, nothing was changed: to import 1, skipped 1 (already there), bad 2\n"), "{err}");
    assert_eq!(app.number("SELECT COUNT(*) FROM users").await, 1);
    assert_eq!(app.number("SELECT COUNT(*) FROM audit WHERE action = 'user.import'").await, 0);
    let (_, out, _) = outcome(&mut app.command(&["users", "import", path.to_str().unwrap()]));
    assert_eq!(out, "imported 1, skipped 1 (already there), bad 2\n");
}

#[tokio::test]
async fn import_is_in_the_audit_log() {
    let app = App::simple();
    imports(&app, &[json!({ "email": "ann@example.org", "roles": ["admin"] }), json!({ "email": "bob@example.org" })]);
    let details = app.texts("SELECT actor || ' ' || detail FROM audit WHERE action = 'user.import' ORDER BY id").await;
    assert_eq!(details, ["operator begins at entry 1", "operator 2 imported (1 of them administrators), 0 there already, 0 bad"]);
}

#[tokio::test]
async fn import_writes_mistakes_to_a_file() {
    let app = App::simple();
    let (path, errors) = (put(&app, "users.jsonl", "{}\n[]\n"), app.data().join("errors"));
    let arguments = ["users", "import", path.to_str().unwrap(), "--errors", errors.to_str().unwrap()];
    let (code, _, err) = outcome(&mut app.command(&arguments));
    assert_eq!(code, Some(1));
    assert!(!err.contains("line 1"), "{err}");
    let written = std::fs::read_to_string(errors).unwrap();
    assert!(written.starts_with("line 1: email: is required") && written.contains("\nline 2: is not one JSON object"), "{written}");
}

#[tokio::test]
async fn import_reads_standard_input() {
    use std::{io::Write as _, process::Stdio};
    let app = App::simple();
    let mut command = app.command(&["users", "import", "-", "--format", "jsonl"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"{\"email\":\"ann@example.org\"}\n").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "imported 1, skipped 0 (already there), bad 0\n");
    let left: Vec<_> =
        std::fs::read_dir(app.data()).unwrap().flatten().filter(|entry| entry.file_name().to_string_lossy().contains("import")).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn import_says_what_is_wrong_with_a_file() {
    let app = App::simple();
    for (name, content, said) in [
        ("empty.jsonl", "", "empty.jsonl is empty"),
        ("users.txt", "{}", "the name does not end in .jsonl or .csv; say --format"),
        ("empty.csv", "", "empty.csv is empty"),
    ] {
        let (code, out, err) = import(&app, name, content);
        assert_eq!((code, out.as_str()), (Some(1), ""), "{name}");
        assert!(err.contains(said), "{said} not in {err}");
    }
    for (path, said) in [("/nowhere/users.jsonl", "/nowhere/users.jsonl"), (app.data().to_str().unwrap(), "say --format")] {
        let (code, _, err) = outcome(&mut app.command(&["users", "import", path]));
        assert_eq!(code, Some(1), "{path}");
        assert!(err.contains(said), "{said} not in {err}");
    }
    let (code, _, err) = outcome(&mut app.command(&["users", "import", app.data().to_str().unwrap(), "--format", "csv"]));
    assert!(code == Some(1) && err.contains("is not a file"), "{err}");
    // Nothing but rubbish.
    let rubbish: Vec<u8> = (0..200_000_u32).map(|n| u8::try_from(n.wrapping_mul(2_654_435_761) >> 24).unwrap()).collect();
    for name in ["rubbish.jsonl", "rubbish.csv"] {
        let (code, _, err) = import(&app, name, &rubbish);
        assert!(code == Some(1) && !err.contains("panicked"), "{name}");
    }
    assert_eq!(app.number("SELECT COUNT(*) FROM users").await, 0);
    let _: Value = app.get("/health/ready").await.expect(200).json;
}

#[tokio::test]
async fn import_never_writes_mistakes_over_the_file_itself() {
    let app = App::simple();
    let content = "email\nnobody\n";
    let path = put(&app, "users.csv", content);
    let (link, path) = (app.data().join("link.txt"), path.to_str().expect("a path"));
    std::os::unix::fs::symlink(path, &link).expect("linked");
    for errors in [path, link.to_str().expect("a path")] {
        let (code, out, err) = outcome(&mut app.command(&["users", "import", path, "--errors", errors]));
        assert_eq!((code, out.as_str()), (Some(1), ""), "{err}");
        assert!(err.contains("is the file to be imported"), "{err}");
        assert_eq!(std::fs::read_to_string(path).expect("still there"), content);
    }
}
