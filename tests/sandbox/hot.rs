//! Adding, replacing, disabling and removing while the gateway runs: live at once in the API, the document and sign-in.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    path::Path,
    time::Duration,
};

use serde_json::{Value, json};

use super::{cheap, live, signin, states, until_live, until_logged};
use crate::{
    actor::{Answer, PASSWORD, User},
    app::{App, guest, install, write},
    patience::until,
};

async fn signup(app: &App, kind: &str, email: &str, more: &Value) -> Answer {
    let mut body = json!({ "type": kind, "email": email, "password": PASSWORD, "city": "Graz" });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    app.post("/auth/signup/", &body).await
}

/// A schema of the live document.
async fn schema(app: &App, name: &str) -> Option<Value> {
    let document = app.get("/api/openapi.json").await.expect(200).json;
    let variants = document["components"]["schemas"][name.split('.').next().unwrap()]["oneOf"].to_string();
    let schema = document["components"]["schemas"].get(name).cloned();
    assert_eq!(variants.contains(&format!("/{name}\"")), schema.is_some(), "{name} in {variants}");
    schema
}

#[tokio::test]
async fn g1_a5_added_replaced_disabled_enabled_and_removed_without_a_restart() {
    let app = cheap().simple().start();
    signin(&app, "hello", "ann@example.org").await.problem(400, "unknown_type");
    assert_eq!(schema(&app, "SignUp.hello").await, None);

    install(&app.plugins(), "hello", &guest("hello"), None);
    until_live(&app, "hello", Some("1.0.0")).await;
    assert!(schema(&app, "SignIn.hello").await.is_some());
    assert!(schema(&app, "SignUp.hello").await.unwrap()["properties"].get("pet").is_none());
    let ann = signup(&app, "hello", "ann@example.org", &json!({})).await.expect(200);
    signup(&app, "hello", "bob@example.org", &json!({ "pet": "Rex" })).await.problem(400, "invalid_fields");

    install(&app.plugins(), "hello", &guest("hello-v2"), None);
    until_live(&app, "hello", Some("2.0.0")).await;
    assert!(schema(&app, "SignUp.hello").await.unwrap()["properties"].get("pet").is_some());
    let bob = signup(&app, "hello", "bob@example.org", &json!({ "pet": "Rex" })).await.expect(200);
    assert!(bob.json["user"]["profile"].to_string().contains("Rex"), "{}", bob.text);
    signin(&app, "hello", "ann@example.org").await.expect(200);
    User::new(&app, &ann).get("/me").await.expect(200);

    let toml = app.plugins().join("hello.toml");
    write(&toml, b"signup = false");
    until("the change", async || schema(&app, "SignUp.hello").await.is_none().then_some(())).await;
    signup(&app, "hello", "carl@example.org", &json!({})).await.problem(400, "not_offered");
    signin(&app, "hello", "ann@example.org").await.expect(200);

    write(&toml, b"enabled = false");
    until_live(&app, "hello", None).await;
    signin(&app, "hello", "ann@example.org").await.problem(400, "provider_disabled");
    assert_eq!(schema(&app, "SignIn.hello").await, None);
    write(&toml, b"enabled = true");
    until_live(&app, "hello", Some("2.0.0")).await;
    signin(&app, "hello", "ann@example.org").await.expect(200);

    fs::remove_file(app.plugins().join("hello.wasm")).unwrap();
    fs::remove_file(&toml).unwrap();
    until_live(&app, "hello", None).await;
    signin(&app, "hello", "ann@example.org").await.problem(400, "unknown_type");
    User::new(&app, &ann).get("/me").await.expect(200);
    for word in ["loaded", "replaced", "disabled", "enabled", "removed"] {
        until_logged(&app, &[&format!("provider {word}"), "provider=\"hello\""]).await;
    }
}

#[tokio::test]
async fn g1_one_component_serves_several_types() {
    let app = cheap().simple().plugin("hello", &guest("hello"), Some("enabled = false")).start();
    for kind in ["graz", "linz"] {
        write(&app.plugins().join(format!("{kind}.toml")), b"component = \"hello.wasm\"");
    }
    for kind in ["graz", "linz"] {
        until_live(&app, kind, Some("1.0.0")).await;
        signup(&app, kind, &format!("{kind}@example.org"), &json!({})).await.expect(200);
    }
    assert_eq!(live(&app, "hello").await, None);
    // One file changes both, at the same moment.
    write(&app.plugins().join("hello.wasm"), &fs::read(guest("hello-v2")).unwrap());
    for kind in ["graz", "linz"] {
        until_live(&app, kind, Some("2.0.0")).await;
        signin(&app, kind, &format!("{kind}@example.org")).await.expect(200);
    }
    fs::remove_file(app.plugins().join("graz.toml")).unwrap();
    until_live(&app, "graz", None).await;
    assert_eq!(live(&app, "linz").await.as_deref(), Some("2.0.0"));
}

#[tokio::test]
async fn a5_an_administrator_switches_a_provider_off_and_on() {
    let mut app = cheap().simple().plugin("hello", &guest("hello"), None).start();
    signup(&app, "hello", "ann@example.org", &json!({})).await.expect(200);
    let switch = |enabled: bool| json!({ "enabled": enabled });
    let put = reqwest::Method::PUT;
    app.admin().await.send(put.clone(), "/providers/hello", Some(&switch(false))).await.expect(200);
    signin(&app, "hello", "ann@example.org").await.problem(400, "provider_disabled");
    assert_eq!(live(&app, "hello").await, None);
    // Also after a start, and whatever is put into the directory.
    app.restart();
    assert_eq!(live(&app, "hello").await, None);
    write(&app.plugins().join("hello.wasm"), &fs::read(guest("hello-v2")).unwrap());
    let admin = app.admin().await;
    admin.post("/providers/reload").await.expect(200);
    assert_eq!(states(&admin).await["hello"]["status"], "disabled");
    signin(&app, "hello", "ann@example.org").await.problem(400, "provider_disabled");
    admin.send(put, "/providers/hello", Some(&switch(true))).await.expect(200);
    assert_eq!(live(&app, "hello").await.as_deref(), Some("2.0.0"));
    signin(&app, "hello", "ann@example.org").await.expect(200);
}

/// Writes in place, piece by piece, as `cp` and `scp` do.
async fn write_slowly(path: &Path, bytes: &[u8], pieces: usize, pause: Duration) {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).open(path).unwrap();
    for piece in bytes.chunks(bytes.len().div_ceil(pieces)) {
        file.write_all(piece).unwrap();
        file.flush().unwrap();
        tokio::time::sleep(pause).await;
    }
}

#[tokio::test]
async fn g1_a_file_that_is_written_slowly_in_place_keeps_the_old_one_live_until_it_is_whole() {
    let app = cheap().simple().plugin("hello", &guest("hello"), None).start();
    signup(&app, "hello", "ann@example.org", &json!({})).await.expect(200);
    let path = app.plugins().join("hello.wasm");
    let whole = fs::read(guest("hello-v2")).unwrap();
    // The second time with pauses in which the file looks finished.
    for pause in [Duration::from_millis(30), Duration::from_millis(400)] {
        let writing = write_slowly(&path, &whole, 8, pause);
        let watching = async {
            for _ in 0..20 {
                let version = live(&app, "hello").await;
                assert!(version.is_some(), "hello was gone for a moment");
                signin(&app, "hello", "ann@example.org").await.expect(200);
                tokio::time::sleep(pause / 4).await;
            }
        };
        tokio::join!(writing, watching);
        until_live(&app, "hello", Some("2.0.0")).await;
        install(&app.plugins(), "hello", &guest("hello"), None);
        until_live(&app, "hello", Some("1.0.0")).await;
    }
    // Never finished: refused, and the old one stays.
    write_slowly(&path, &whole[..whole.len() / 2], 2, Duration::from_millis(10)).await;
    until_logged(&app, &["provider refused", "provider=\"hello\"", "not a valid component"]).await;
    assert_eq!(live(&app, "hello").await.as_deref(), Some("1.0.0"));
    signin(&app, "hello", "ann@example.org").await.expect(200);
}

#[tokio::test]
async fn rule30_mistakes_in_the_operators_file_keep_what_was_granted_before() {
    let app = cheap().simple().plugin("hello", &guest("hello"), Some("signup = false")).start();
    let toml = app.plugins().join("hello.toml");
    for (text, reason) in [
        ("signup = tru", "hello.toml line 1: not TOML"),
        ("\nsignups = true", "hello.toml line 2: unknown key `signups`"),
        ("hosts = [\"*\"]", "hello.toml line 1: `hosts` has an entry that cannot be granted"),
        ("hosts = [\"169.254.169.254\"]", "hello.toml line 1: `hosts` has an entry that cannot be granted"),
        ("component = \"../../etc/passwd\"", "hello.toml line 1: `component` must be the name of a file in this directory"),
        ("[secrets]\nkey = { env = \"NO_SUCH_VARIABLE\" }", "NO_SUCH_VARIABLE"),
        ("[limits]\nmemory_mib = 100000", "`limits.memory_mib` must be a whole number from 1 to"),
    ] {
        write(&toml, text.as_bytes());
        until_logged(&app, &["provider refused", "provider=\"hello\"", reason]).await;
        signup(&app, "hello", "ann@example.org", &json!({})).await.problem(400, "not_offered");
    }
    write(&toml, b"signup = true");
    for _ in 0..500 {
        if signup(&app, "hello", "ann@example.org", &json!({})).await.status == 200 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("hello.toml was not read again");
}
