//! What the gateway does not start with: each is named, with its place and the way on, and nothing is touched.

use std::{fs, net::TcpListener, os::unix::fs::PermissionsExt as _};

use super::{fails, succeeds};
use crate::app::Plan;

fn refused(plan: &Plan) -> String {
    fails(&mut plan.command(&["serve"]))
}

#[test]
fn every_mistake_of_the_file_is_named_with_its_line() {
    let plan = Plan::new();
    let file = "lisen = \"127.0.0.1:1\"\npublic_url = \"ftp://x\"\nretry_window = 10\n\npassword_queue = \"many\"\nmigrate_on_start = \"perhaps\"\n\
                signing_algorithm = \"none\"\ntrusted_proxies = [\"10.0.0.0/99\"]\n";
    fs::write(plan.path().join("vestibule.toml"), file).unwrap();
    let said = refused(&plan.set("password_threads", "-1"));
    for part in [
        "vestibule.toml line 1: lisen is not a setting; `vestibule configuration-manual` lists them",
        "vestibule.toml line 2: public_url is \"ftp://x\": expected an absolute http or https URL",
        "vestibule.toml line 3: retry_window is \"10\": expected a number with its unit (ms, s, m, h or d)",
        "vestibule.toml line 5: password_queue is \"many\": expected an integer",
        "vestibule.toml line 6: migrate_on_start is \"perhaps\": expected true or false",
        "vestibule.toml line 7: signing_algorithm is \"none\": expected EdDSA, ES256 or RS256",
        "vestibule.toml line 8: trusted_proxies is \"10.0.0.0/99\"",
        "VESTIBULE_PASSWORD_THREADS: password_threads is \"-1\": expected an integer",
    ] {
        assert!(said.contains(part), "{part} is not in {said}");
    }
}

#[test]
fn sections_and_types_that_there_are_not() {
    let plan = Plan::new();
    for (file, part) in [
        ("listen = \"127.0.0.1:0\"\n[produktion]\nx = 1", "vestibule.toml line 2: [produktion] is no section; there are [development]"),
        ("password_queue = 1.5", "vestibule.toml line 1: password_queue must be a string, an integer, true or false"),
        ("trusted_proxies = [1]", "vestibule.toml line 1: trusted_proxies must be a list of strings"),
        ("[testing]\nlisen = \"x\"", "line 2: lisen is not a setting"),
        ("listen = ", "line 1"),
    ] {
        fs::write(plan.path().join("vestibule.toml"), file).unwrap();
        let mut command = plan.command(&["serve"]);
        let said = fails(command.env("APP_SETTINGS", "testing"));
        assert!(said.contains(part), "{part} is not in {said}");
    }
    assert!(!plan.path().join("data").exists());
}

#[test]
fn a_named_file_must_be_there() {
    let said = fails(&mut Plan::new().command(&["--config", "absent.toml", "serve"]));
    assert!(said.contains("absent.toml: No such file"), "{said}");
}

#[test]
fn d9_app_settings_that_there_are_not() {
    let said = refused(&Plan::new().env("APP_SETTINGS", "prod"));
    assert!(said.contains("APP_SETTINGS is \"prod\": it can be development, testing or production"), "{said}");
}

/// The line may hold a secret: it is named, not shown.
#[test]
fn rule27_a_broken_dot_env_is_named_by_its_line_alone() {
    let plan = Plan::new();
    fs::write(plan.path().join(".env"), "# ours\nVESTIBULE_LISTEN=127.0.0.1:0\nVESTIBULE_SECRET_KEY=not so secret\n").unwrap();
    let said = refused(&plan);
    assert!(said.contains(".env line 3") && !said.contains("so secret"), "{said}");
}

#[test]
fn values_that_only_show_later_are_named_too() {
    for (key, value, part) in [
        ("database_url", "postgres://v:hunter2@db/v", "database_url"),
        ("sessions_url", "redis://:hunter2@cache/", "sessions_url"),
        ("mail_url", "pigeon:", "mail_url is \"pigeon\": expected console:, file:DIR, smtp://"),
        ("mail_from", "nobody", "mail_from is \"nobody\""),
        ("audience", "http://127.0.0.1:5000", "audience is"),
        ("secret_key", "abc", "secret_key"),
        ("password_memory_kib", "1", "password_memory_kib"),
        ("password_parallelism", "0", "password_parallelism"),
        ("log_format", "xml", "log_format is \"xml\": expected json or text"),
        ("log_level", "vestibule=loud", "log_level is \"vestibule=loud\""),
    ] {
        let said = refused(&Plan::new().set(key, value));
        assert!(said.contains(part) && !said.contains("hunter2"), "{key}: {said}");
    }
}

#[test]
fn a_taken_port_is_found_before_anything_is_touched() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let plan = Plan::new().set("listen", &address);
    let said = refused(&plan);
    assert!(said.contains(&format!("listen is {address}: Address already in use")), "{said}");
    assert!(!plan.path().join("data").exists());
}

#[test]
fn a_data_dir_that_cannot_be_made_is_named() {
    let plan = Plan::new();
    fs::write(plan.path().join("file"), "").unwrap();
    let inside = plan.path().join("file/data").display().to_string();
    let said = refused(&plan.set("data_dir", &inside));
    assert!(said.contains(&inside) && said.contains("data_dir"), "{said}");
}

#[tokio::test]
async fn a_newer_database_is_refused_by_every_command() {
    let plan = Plan::new();
    succeeds(&mut plan.command(&["migrate"]));
    let mut database = plan.database().await;
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (999, 'later', TRUE, '', 0)";
    database.run(newer).await;
    drop(database);
    for arguments in
        [&["serve"][..], &["migrate"], &["keys", "list"], &["plugin", "list"], &["set-admin", "a@example.org", "nine blue lanterns"]]
    {
        let said = fails(&mut plan.command(arguments));
        assert!(said.contains("the database is newer than this program: it has migration 999"), "{arguments:?}: {said}");
    }
}

#[tokio::test]
async fn rule12_the_secret_key_is_made_for_its_owner_alone_and_kept() {
    let mut app = Plan::new().unset("secret_key").simple().start();
    let path = app.data().join("secret.key");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let key = fs::read(&path).unwrap();
    let ann = app.user("ann@example.org").await.access;
    app.restart();
    assert_eq!(fs::read(&path).unwrap(), key);
    let me = app.http.get(app.url("/me")).bearer_auth(&ann).send().await.unwrap();
    assert_eq!(me.status(), 200, "the signing keys open with the kept secret");
}

#[test]
fn rule12_a_secret_key_that_others_can_read_is_refused() {
    let plan = Plan::new().unset("secret_key");
    succeeds(&mut plan.command(&["keys", "rotate"]));
    let path = plan.path().join("data/secret.key");
    for mode in [0o644, 0o640, 0o620, 0o604] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let said = refused(&plan);
        assert!(said.contains(&format!("has mode {mode:03o}")) && said.contains("chmod 600"), "{said}");
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(&path, "no key").unwrap();
    let said = refused(&plan);
    assert!(said.contains("secret.key") && !said.contains("no key\n"), "{said}");
}

/// Signing keys sealed with another secret cannot be opened: better no start than new keys that sign everybody out.
#[test]
fn rule12_another_secret_key_than_before_is_refused() {
    let plan = Plan::new();
    succeeds(&mut plan.command(&["keys", "rotate"]));
    let said = refused(&plan.set("secret_key", &"6f".repeat(32)));
    assert!(said.contains("does not open with the secret key: restore the secret key"), "{said}");
}
