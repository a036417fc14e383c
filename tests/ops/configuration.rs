//! Every key of the public interface by every way of setting it, and which way wins.

use std::{collections::BTreeMap, fs};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::succeeds;
use crate::{
    actor::PASSWORD,
    app::{App, Plan, plugin},
};

/// The keys of the public interface, set to something else than their defaults, below the plan's directory.
fn settings(plan: &Plan) -> BTreeMap<&'static str, String> {
    let path = |name: &str| plan.path().join(name).display().to_string();
    BTreeMap::from([
        ("listen", "127.0.0.3:0".to_owned()),
        ("public_url", "http://gate.example".to_owned()),
        ("data_dir", path("our-data")),
        ("database_url", format!("sqlite://{}", path("our.db"))),
        ("sessions_url", format!("sqlite://{}", path("our.db"))),
        ("plugins_dir", path("our-plugins")),
        ("mail_url", format!("file:{}", path("our-mail"))),
        ("retry_window", "0s".to_owned()),
    ])
}

/// A plan that sets none of them.
fn bare() -> Plan {
    let keys = ["listen", "data_dir", "plugins_dir", "mail_url", "secret_key"];
    let plan = keys.into_iter().fold(Plan::new().on_file(), Plan::unset);
    fs::create_dir(plan.path().join("our-plugins")).unwrap();
    fs::copy(plugin("simple"), plan.path().join("our-plugins/simple.wasm")).unwrap();
    plan
}

/// Looks at what each key does.
async fn holds_every_key(plan: Plan) {
    let root = plan.path().to_owned();
    let app = plan.start();
    assert!(app.base.starts_with("http://127.0.0.3:") && !app.base.ends_with(":0"), "listen: {}", app.base);
    let body = json!({ "type": "simple", "email": "ann@example.org", "password": PASSWORD });
    let pair = app.post("/auth/signup/", &body).await.expect(200);
    let claims = URL_SAFE_NO_PAD.decode(pair.str("/access_token").split('.').nth(1).unwrap()).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&claims).unwrap()["iss"], json!("http://gate.example"), "public_url");
    assert!(root.join("our-data/secret.key").is_file() && !root.join("data").exists(), "data_dir");
    assert!(root.join("our.db").is_file() && !root.join("our-data/vestibule.db").exists(), "database_url");
    assert!(root.join("our-mail").is_dir(), "mail_url");
    let refresh = json!({ "refresh_token": pair.str("/refresh_token") });
    app.post("/auth/refresh", &refresh).await.expect(200);
    app.post("/auth/refresh", &refresh).await.problem(401, "token_reused");
}

#[tokio::test]
async fn every_key_by_the_file() {
    let plan = bare();
    let text: Vec<_> = settings(&plan).iter().map(|(key, value)| format!("{key} = \"{value}\"")).collect();
    fs::write(plan.path().join("vestibule.toml"), text.join("\n")).unwrap();
    holds_every_key(plan).await;
}

#[tokio::test]
async fn every_key_by_the_environment() {
    let plan = bare();
    let settings = settings(&plan);
    holds_every_key(settings.iter().fold(plan, |plan, (key, value)| plan.set(key, value))).await;
}

#[tokio::test]
async fn every_key_by_dot_env() {
    let plan = bare();
    let text: Vec<_> = settings(&plan).iter().map(|(key, value)| format!("VESTIBULE_{}=\"{value}\"", key.to_uppercase())).collect();
    fs::write(plan.path().join(".env"), text.join("\n")).unwrap();
    holds_every_key(plan).await;
}

/// Without any setting at all.
#[tokio::test]
async fn every_key_has_its_default() {
    let manual = succeeds(&mut Plan::new().command(&["configuration-manual"]));
    for (key, default) in [
        ("listen", "`127.0.0.1:5000`"),
        ("public_url", "`http://127.0.0.1:5000`"),
        ("data_dir", "`./data`"),
        ("database_url", "empty"),
        ("sessions_url", "empty"),
        ("plugins_dir", "`./plugins-enabled`"),
        ("mail_url", "`console:`"),
        ("retry_window", "`10s`"),
    ] {
        let line =
            manual.lines().find(|line| line.starts_with(&format!("| [`{key}`]"))).unwrap_or_else(|| panic!("no {key} in the manual"));
        assert!(line.contains(&format!("`VESTIBULE_{}`", key.to_uppercase())) && line.ends_with(&format!("| {default} |")), "{line}");
    }
    let plan = bare().set("listen", "127.0.0.1:0");
    fs::rename(plan.path().join("our-plugins"), plan.path().join("plugins-enabled")).unwrap();
    let root = plan.path().to_owned();
    let app = plan.start();
    app.user("ann@example.org").await;
    assert!(root.join("data/vestibule.db").is_file() && root.join("data/secret.key").is_file());
}

/// Where the public URL comes from shows in the document, which needs no server.
fn public_url(plan: &Plan, arguments: &[&str]) -> String {
    let document: Value = serde_json::from_str(&succeeds(&mut plan.command(&[&["openapi"], arguments].concat()))).unwrap();
    document["servers"][0]["url"].as_str().unwrap().to_owned()
}

#[test]
fn the_environment_stands_above_dot_env_above_the_mode_above_the_file() {
    let plan = Plan::new();
    assert_eq!(public_url(&plan, &[]), "http://127.0.0.1:5000");
    let file = "public_url = \"http://file.example\"\n[testing]\npublic_url = \"http://mode.example\"\n";
    fs::write(plan.path().join("vestibule.toml"), file).unwrap();
    assert_eq!(public_url(&plan, &[]), "http://file.example");
    let plan = plan.env("APP_SETTINGS", "development");
    assert_eq!(public_url(&plan, &[]), "http://file.example", "another mode's table does not count");
    let plan = plan.env("APP_SETTINGS", "testing");
    assert_eq!(public_url(&plan, &[]), "http://mode.example");
    fs::write(plan.path().join(".env"), "VESTIBULE_PUBLIC_URL=http://dotenv.example\n").unwrap();
    assert_eq!(public_url(&plan, &[]), "http://dotenv.example");
    let plan = plan.set("public_url", "http://environment.example");
    assert_eq!(public_url(&plan, &[]), "http://environment.example");
}

#[test]
fn d9_app_settings_may_stand_in_dot_env() {
    let plan = Plan::new();
    fs::write(plan.path().join(".env"), "APP_SETTINGS=testing\n").unwrap();
    fs::write(plan.path().join("vestibule.toml"), "[testing]\npublic_url = \"http://mode.example\"\n").unwrap();
    assert_eq!(public_url(&plan, &[]), "http://mode.example");
}

#[test]
fn another_file_can_be_named_anywhere_on_the_line() {
    let plan = Plan::new();
    fs::write(plan.path().join("vestibule.toml"), "public_url = \"http://default.example\"").unwrap();
    fs::write(plan.path().join("other.toml"), "public_url = \"http://other.example\"").unwrap();
    for arguments in [["--config", "other.toml"], ["-c", "other.toml"]] {
        assert_eq!(public_url(&plan, &arguments), "http://other.example");
    }
    assert!(succeeds(&mut plan.command(&["--config", "other.toml", "openapi"])).contains("http://other.example"));
}

#[tokio::test]
async fn port_0_takes_a_free_one_for_each() {
    let (one, other) = (Plan::new().start(), Plan::new().start());
    assert_ne!(one.base, other.base);
    let live = |app: &App| app.url("/health/live");
    for app in [&one, &other] {
        app.http.get(live(app)).send().await.unwrap().error_for_status().unwrap();
    }
}

/// Silence would leave the operator with the default.
#[test]
fn a_mistyped_variable_is_warned_of() {
    let plan = Plan::new().set("listn", "127.0.0.1:1");
    let output = plan.command(&["openapi"]).output().unwrap();
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && log.contains("VESTIBULE_LISTN") && log.contains("no setting"), "{log}");
}
