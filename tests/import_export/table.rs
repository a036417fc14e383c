//! CSV.

use serde_json::json;

use super::{QUICK, import};
use crate::app::App;

#[tokio::test]
async fn import_csv_takes_the_same_as_json_lines() {
    let app = App::simple();
    let header = "email,login,password_hash,email_verified,display_name,locale,roles,disabled,created_at,profile.first_name,identity.facebook,identity.facebook";
    let rows = [
        format!("ann@example.org,ann,{QUICK},true,\"Ann, \"\"the\"\" Miller\",pt-BR,admin; ,,2020-01-02T03:04:05Z,Änn,17,18"),
        format!("\"bob@example.org\",,{QUICK},,,,,false,,,,"),
    ];
    let (code, out, err) = import(&app, "users.csv", format!("\u{feff}{header}\r\n{}\r\n", rows.join("\r\n")));
    assert_eq!((code, out.as_str()), (Some(0), "imported 2, skipped 0 (already there), bad 0\n"), "{err}");
    let body = json!({ "type": "simple", "email": "ann@example.org", "password": "tiny7" });
    app.post("/auth/signin", &body).await.expect(200);
    let ways = app.texts("SELECT provider || ' ' || subject FROM identities ORDER BY id").await;
    assert_eq!(ways, ["facebook 17", "facebook 18", "login ann", "simple ann@example.org", "simple bob@example.org"]);
    let body = json!({ "type": "simple", "email": "bob@example.org", "password": "tiny7" });
    app.post("/auth/signin", &body).await.expect(200);
    assert_eq!(app.texts("SELECT display_name || locale FROM users WHERE display_name IS NOT NULL").await, ["Ann, \"the\" Millerpt-BR"]);
    assert_eq!(app.texts("SELECT role FROM user_roles").await, ["admin"]);
}

#[tokio::test]
async fn import_csv_refuses_unknown_columns_by_name_at_once() {
    let app = App::simple();
    for (header, said) in [
        ("email,shoe size,hat", "line 1: \"shoe size\", \"hat\": no such column; known are email, login"),
        ("email,identities", "\"identities\": no such column"),
        ("email,email", "the column \"email\" is there twice"),
        ("email;login", "\"email;login\": no such column"),
        ("{\"email\":\"ann@example.org\"}", "no such column"),
    ] {
        let (code, out, err) = import(&app, "users.csv", format!("{header}\nann@example.org,x,y\n"));
        assert_eq!((code, out.as_str()), (Some(1), ""), "{header}");
        assert!(err.contains(said), "{said} not in {err}");
    }
    assert_eq!(app.number("SELECT COUNT(*) FROM users").await, 0);
}

#[tokio::test]
async fn import_csv_names_bad_lines_by_number() {
    let app = App::simple();
    let content = format!(
        "email,display_name\na@example.org,\"two\nlines\"\nb@example.org,ok\nc@example.org\nd@example.org,x,y\nnobody,x\n\n\u{0},x\ne@example.org,{}\nb@example.org,again\nz@example.org,\n",
        "x".repeat(10 << 20)
    );
    let mut bytes = content.into_bytes();
    bytes.extend_from_slice(b"f@example.org,\xff\n");
    let (code, out, err) = import(&app, "users.csv", bytes);
    assert_eq!((code, out.as_str()), (Some(1), "imported 2, skipped 0 (already there), bad 8\n"), "{err}");
    for part in [
        "line 2: display_name: must not hold control characters",
        "line 5: has 1 cells, and the first line 2",
        "line 6: has 3 cells, and the first line 2",
        "line 7: email: is not an e-mail address",
        "line 9: email: must not hold control characters",
        "line 10: is longer than 1048576 bytes",
        "line 11: email: is in line 4 already",
        "line 13: is not UTF-8",
    ] {
        assert!(err.contains(part), "{part} not in {}", &err[..err.len().min(5000)]);
    }
    assert_eq!(app.texts("SELECT email FROM users ORDER BY id").await, ["b@example.org", "z@example.org"]);
    for (line_end, mark) in [("\n", ""), ("\r\n", ""), ("\r\n", "\u{feff}"), ("\n", "\u{feff}")] {
        let lines = ["email", "y1@example.org", "", "nobody", "y2@example.org", "nobody"].join(line_end);
        let (_, _, err) = import(&app, "users.csv", format!("{mark}{lines}"));
        assert!(err.starts_with("line 4: email") && err.contains("\nline 6: email"), "{line_end:?}: {err}");
    }
}

#[tokio::test]
async fn import_csv_takes_truth_as_spreadsheets_write_it() {
    let app = App::simple();
    let content = "email,email_verified,disabled\r\nann@example.org,TRUE,FALSE\r\nbob@example.org,False,True\r\ncy@example.org,yes,\r\n";
    let (code, out, err) = import(&app, "users.csv", content);
    assert_eq!((code, out.as_str()), (Some(1), "imported 2, skipped 0 (already there), bad 1\n"), "{err}");
    assert!(err.contains("line 4: email_verified: must be true or false"), "{err}");
    let select = "SELECT email FROM users WHERE email_verified";
    assert_eq!(app.texts(select).await, ["ann@example.org"]);
}

#[tokio::test]
async fn import_says_that_a_file_is_utf_16() {
    let app = App::simple();
    for mark in ["\u{feff}", ""] {
        for order in [u16::to_le_bytes, u16::to_be_bytes] {
            let content: Vec<u8> = format!("{mark}email\r\nann@example.org\r\n").encode_utf16().flat_map(order).collect();
            for name in ["users.csv", "users.jsonl"] {
                let (code, out, err) = import(&app, name, &content);
                assert_eq!((code, out.as_str()), (Some(1), ""), "{err}");
                assert!(err.contains("is UTF-16; save it as UTF-8"), "{err}");
            }
        }
    }
}
