//! `vestibule doctor`: every thing that breaks has its line, and nothing is changed by looking.

use std::{collections::BTreeMap, fs, os::unix::fs::PermissionsExt as _, path::Path, process::Command};

use serde_json::Value;
use sqlx::{Connection as _, SqliteConnection};

use super::collector::Collector;
use crate::app::Plan;

/// Exit code and standard output.
fn doctor(command: &mut Command) -> (i32, String) {
    let output = command.output().expect("it runs");
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!error.contains("panicked"), "{error}");
    (output.status.code().expect("it ended by itself"), String::from_utf8(output.stdout).expect("UTF-8"))
}

/// The line of a check and the one that mends it.
#[track_caller]
fn line(said: &str, verdict: &str, name: &str, part: &str) {
    let mut lines = said.lines().filter(|line| line.starts_with(&format!("{verdict:<4}  {name}: ")));
    assert!(lines.any(|line| line.contains(part)), "no {verdict} {name} with {part:?} in\n{said}");
    if verdict != "ok" {
        let at = said.lines().position(|line| line.starts_with(&format!("{verdict:<4}  {name}: ")) && line.contains(part)).unwrap();
        assert!(said.lines().nth(at + 1).is_some_and(|line| line.starts_with("      mend: ")), "no mend:\n{said}");
    }
}

/// Breaks one thing, and looks for its line.
#[track_caller]
fn finds(plan: &Plan, verdict: &str, name: &str, part: &str) -> String {
    let (code, said) = doctor(&mut plan.command(&["doctor"]));
    line(&said, verdict, name, part);
    assert_eq!(code, i32::from(said.contains("FAIL  ")), "{said}");
    said
}

/// Every file below, with its size and time of change.
fn snapshot(directory: &Path) -> BTreeMap<String, (u64, std::time::SystemTime)> {
    let mut found = BTreeMap::new();
    let mut left = vec![directory.to_owned()];
    while let Some(directory) = left.pop() {
        for entry in fs::read_dir(directory).unwrap().flatten() {
            let metadata = entry.metadata().unwrap();
            if metadata.is_dir() {
                left.push(entry.path());
            }
            found.insert(entry.path().display().to_string(), (metadata.len(), metadata.modified().unwrap()));
        }
    }
    found
}

async fn database(data: &Path) -> SqliteConnection {
    SqliteConnection::connect(&format!("sqlite://{}", data.join("vestibule.db").display())).await.unwrap()
}

#[test]
fn f_doctor_finds_a_new_place_well_and_makes_nothing() {
    let plan = Plan::new().simple();
    let before = snapshot(plan.path());
    let (code, said) = doctor(&mut plan.command(&["doctor"]));
    assert_eq!(code, 0, "{said}");
    for name in
        ["configuration", "mode", "public_url", "trusted_proxies", "data_dir", "secret_key", "database", "plugin simple", "listen", "mail"]
    {
        line(&said, "ok", name, "");
    }
    assert_eq!(snapshot(plan.path()), before);
}

#[tokio::test]
async fn f_doctor_looks_at_a_running_gateway_and_at_a_stopped_one() {
    let mut app = Plan::new().on_file().simple().start();
    let address = app.base.strip_prefix("http://").unwrap().to_owned();
    app.set("listen", &address);
    app.user("ann@example.org").await;
    let (code, said) = doctor(&mut app.command(&["doctor"]));
    assert_eq!(code, 0, "{said}");
    line(&said, "ok", "listen", "a gateway runs on");
    line(&said, "ok", "database", "is sound");
    line(&said, "ok", "migrations", "all are applied");
    line(&said, "ok", "signing_keys", "1 open, one signs");
    line(&said, "ok", "clock", "");
    app.terminate();
    app.ended().await;
    let before = snapshot(&app.data());
    let (code, said) = doctor(&mut app.command(&["doctor"]));
    assert_eq!(code, 0, "{said}");
    line(&said, "ok", "listen", "is free");
    line(&said, "ok", "signing_keys", "1 open, one signs");
    assert_eq!(snapshot(&app.data()), before, "looking changed something");
    let (code, said) = doctor(app.command(&["doctor"]).env("VESTIBULE_SECRET_KEY", "6a".repeat(32)));
    assert_eq!(code, 1);
    line(&said, "FAIL", "signing_keys", "secret key");
}

#[test]
fn f_doctor_names_all_mistakes_of_the_configuration_at_once() {
    let plan = Plan::new().set("listen", "nowhere").set("lisen", "127.0.0.1:1");
    fs::write(plan.path().join("vestibule.toml"), "retry_window = 5\nhello = 1").unwrap();
    let said = finds(&plan, "FAIL", "configuration", "vestibule.toml line 2: hello is not a setting");
    line(&said, "FAIL", "configuration", "line 1: retry_window");
    line(&said, "FAIL", "configuration", "VESTIBULE_LISTEN: listen is \"nowhere\"");
    line(&said, "warn", "environment", "VESTIBULE_LISEN is no setting");
    let plan = Plan::new();
    fs::write(plan.path().join(".env"), "THIS IS NONE\n").unwrap();
    finds(&plan, "FAIL", "environment", ".env line 1");
    finds(&Plan::new().set("log_level", "=="), "FAIL", "log", "log_level is");
    finds(&Plan::new().set("invitation_ttl", "1s"), "FAIL", "terms", "invitation_ttl must be from 1m to 365d");
}

#[test]
fn f_doctor_knows_what_production_demands() {
    let plan = Plan::new().simple().env("APP_SETTINGS", "production").unset("mail_url").unset("secret_key");
    let said = finds(&plan, "FAIL", "mode", "public_url is http://");
    line(&said, "FAIL", "mode", "mail_url is console");
    line(&said, "FAIL", "mode", "secret_key is not set");
    line(&said, "FAIL", "secret_key", "production makes no secrets");
    line(&said, "warn", "public_url", "another machine");
    line(&said, "warn", "trusted_proxies", "only a proxy on this machine can reach it");
}

#[test]
fn f_doctor_looks_at_networks() {
    finds(&Plan::new().set("trusted_proxies", "0.0.0.0/0"), "FAIL", "trusted_proxies", "every address is trusted");
    finds(&Plan::new().set("operator_networks", "::/0"), "warn", "operator_networks", "everybody sees metrics");
    finds(&Plan::new().set("public_url", "http://nobody.invalid"), "warn", "public_url", "nobody.invalid has no address");
}

#[test]
fn f_doctor_looks_at_the_data_directory_and_the_secret_key() {
    let plan = Plan::new();
    fs::write(plan.path().join("file"), "").unwrap();
    let inside = plan.path().join("file/data").display().to_string();
    finds(&plan.set("data_dir", &inside), "FAIL", "data_dir", "is not a directory");
    let plan = Plan::new().unset("secret_key");
    let data = plan.path().join("data");
    fs::create_dir(&data).unwrap();
    fs::set_permissions(&data, fs::Permissions::from_mode(0o777)).unwrap();
    finds(&plan, "FAIL", "data_dir", "has mode 777");
    fs::set_permissions(&data, fs::Permissions::from_mode(0o700)).unwrap();
    fs::write(data.join("secret.key"), "5f".repeat(32)).unwrap();
    fs::set_permissions(data.join("secret.key"), fs::Permissions::from_mode(0o644)).unwrap();
    finds(&plan, "FAIL", "secret_key", "has mode 644");
    fs::set_permissions(data.join("secret.key"), fs::Permissions::from_mode(0o600)).unwrap();
    finds(&plan, "ok", "secret_key", "can be read");
    fs::write(data.join("secret.key"), "short").unwrap();
    finds(&plan, "FAIL", "secret_key", "secret.key");
    finds(&Plan::new().set("secret_key", "short"), "FAIL", "secret_key", "");
    finds(&plan.set("disk_space_min_mib", "4294967295"), "warn", "disk", "MiB are free");
}

#[tokio::test]
async fn f_doctor_looks_into_the_database() {
    let plan = Plan::new().on_file();
    let data = plan.path().join("data");
    assert!(plan.command(&["migrate"]).output().unwrap().status.success());
    let mut open = database(&data).await;
    sqlx::raw_sql("DELETE FROM _sqlx_migrations WHERE version > 1").execute(&mut open).await.unwrap();
    finds(&plan, "warn", "migrations", "the database lacks accounts");
    let plan = plan.set("migrate_on_start", "false");
    finds(&plan, "FAIL", "migrations", "the database lacks accounts");
    sqlx::raw_sql("INSERT INTO _sqlx_migrations VALUES (99, 'future', CURRENT_TIMESTAMP, TRUE, x'00', 1)")
        .execute(&mut open)
        .await
        .unwrap();
    finds(&plan, "FAIL", "migrations", "newer than this program");
    let late = "INSERT INTO users (id, email_verified, disabled, created_at) VALUES (7, FALSE, FALSE, 9000000000000000)";
    sqlx::raw_sql(late).execute(&mut open).await.unwrap();
    finds(&plan, "FAIL", "clock", "the database has a row of");
    open.close().await.unwrap();
    fs::set_permissions(data.join("vestibule.db"), fs::Permissions::from_mode(0o644)).unwrap();
    finds(&plan, "FAIL", "database", "has mode 644");
    let file = data.join("vestibule.db");
    let mut bytes = fs::read(&file).unwrap();
    let page = 4096;
    for byte in &mut bytes[page * 2..page * 6] {
        *byte = 0x5a;
    }
    fs::write(&file, bytes).unwrap();
    finds(&plan, "FAIL", "database", "");
    fs::write(&file, "this is a diary, not a database ".repeat(200)).unwrap();
    finds(&plan, "FAIL", "database", "not a database");
    finds(&Plan::new().set("database_url", "mysql://root:hunter2@db/x"), "FAIL", "database", "mysql is not a database");
}

#[tokio::test]
async fn f_doctor_wonders_at_keys_that_are_all_for_later() {
    let app = Plan::new().simple().on_file().start();
    let mut open = database(&app.data()).await;
    sqlx::raw_sql("UPDATE signing_keys SET active_from = active_from + 3600000000").execute(&mut open).await.unwrap();
    let (code, said) = doctor(&mut app.command(&["doctor"]));
    assert_eq!(code, 0);
    line(&said, "warn", "signing_keys", "the clock of this machine may be behind");
}

#[test]
fn f_doctor_loads_every_plugin() {
    let plan = Plan::new().simple();
    let plugins = plan.path().join("plugins");
    fs::write(plugins.join("broken.wasm"), "\x7fELF").unwrap();
    fs::copy(plugins.join("simple.wasm"), plugins.join("later.wasm")).unwrap();
    fs::write(plugins.join("later.toml"), "enabled = false").unwrap();
    fs::copy(plugins.join("simple.wasm"), plugins.join("secretive.wasm")).unwrap();
    fs::write(plugins.join("secretive.toml"), "\n[secrets]\nkey = { env = \"NOT_SET_ANYWHERE\" }").unwrap();
    let said = finds(&plan, "FAIL", "plugin broken", "ELF");
    line(&said, "ok", "plugin simple", "");
    line(&said, "warn", "plugin later", "enabled = false");
    line(&said, "FAIL", "plugin secretive", "secretive.toml line 3");
    line(&said, "FAIL", "plugin secretive", "NOT_SET_ANYWHERE");
    let none = Plan::new();
    finds(&none, "warn", "plugins_dir", "holds no plugins");
    fs::remove_dir(none.path().join("plugins")).unwrap();
    finds(&none, "warn", "plugins_dir", "is not there");
    assert!(!none.path().join("plugins").exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f_doctor_tries_mail_and_traces_and_its_address() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    finds(&Plan::new().set("listen", &address), "FAIL", "listen", "used by another program");
    finds(&Plan::new().set("mail_url", "smtp://ann:hunter2@127.0.0.1:9"), "FAIL", "mail", "127.0.0.1:9");
    finds(&Plan::new().set("mail_url", "pigeon:"), "FAIL", "mail", "mail_url");
    finds(&Plan::new().set("mail_from", "nobody"), "FAIL", "mail", "mail_from is");
    let plan = Plan::new();
    fs::write(plan.path().join("file"), "").unwrap();
    let inside = format!("file:{}", plan.path().join("file/mail").display());
    finds(&plan.set("mail_url", &inside), "FAIL", "mail", "is not a directory");
    finds(&Plan::new().set("otlp_url", "http://127.0.0.1:9"), "warn", "traces", "127.0.0.1:9");
    let collector = Collector::start().await;
    finds(&Plan::new().set("otlp_url", &collector.url()), "ok", "traces", "takes them");
    finds(&Plan::new().set("otlp_url", &format!("{}/elsewhere", collector.url())), "warn", "traces", "404");
}

#[test]
fn f_doctor_tells_machines_the_same_and_no_secrets() {
    let plan = Plan::new().simple().set("mail_url", "smtp://ann:hunter2@127.0.0.1:9").set("otlp_headers", "key=hush-hush");
    let (code, said) = doctor(&mut plan.command(&["doctor", "--json"]));
    let findings: Vec<Value> = serde_json::from_str(&said).unwrap();
    assert_eq!(code, 1);
    let mail = findings.iter().find(|finding| finding["name"] == "mail").unwrap();
    assert_eq!(mail["status"], "fail");
    assert!(mail["text"].is_string() && mail["mend"].is_string(), "{mail}");
    assert!(findings.iter().any(|finding| finding["name"] == "plugin simple" && finding["status"] == "ok"));
    assert!(!said.contains("hunter2") && !said.contains("hush-hush") && !said.contains(&"5f".repeat(32)), "{said}");
}
