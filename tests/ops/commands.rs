//! The other commands, and what is said to commands that there are not.

use std::fs;

use serde_json::Value;

use super::{fails, outcome, select, succeeds};
use crate::app::{App, Plan, plugin};

#[test]
fn unknown_commands_are_answered_with_a_way_on() {
    let plan = Plan::new();
    for (arguments, hint) in [
        (&["sevre"][..], "serve"),
        (&[], "Usage"),
        (&["plugin"], "check"),
        (&["plugin", "chek", "x.wasm"], "check"),
        (&["keys", "rotat"], "rotate"),
        (&["set-admin", "root@example.org"], "<PASSWORD>"),
        (&["serve", "--prot", "1"], "--prot"),
    ] {
        let (code, _, err) = outcome(&mut plan.command(arguments));
        assert_eq!(code, Some(2), "{arguments:?}: {err}");
        assert!(err.contains(hint), "{arguments:?}: {err}");
    }
    assert!(!plan.path().join("data").exists(), "a mistyped command must touch nothing");
}

#[test]
fn help_names_every_command() {
    let help = succeeds(&mut Plan::new().command(&["--help"]));
    for command in ["serve", "set-admin", "migrate", "openapi", "plugin", "keys", "users", "configuration-manual"] {
        assert!(help.contains(&format!("\n  {command} ")), "{command} is not in {help}");
    }
    assert!(!help.contains("compile-component"), "that one is for the gateway itself");
}

#[test]
fn migrate_makes_a_database_and_may_be_repeated() {
    let plan = Plan::new().on_file();
    for _ in 0..2 {
        assert_eq!(succeeds(&mut plan.command(&["migrate"])), "the database is up to date\n");
    }
    assert!(plan.path().join("data/vestibule.db").is_file());
}

#[test]
fn serve_migrates_only_if_it_may() {
    let plan = Plan::new().without_schema().set("migrate_on_start", "false");
    let said = fails(&mut plan.command(&["serve"]));
    assert!(
        said.contains("the database lacks foundation, accounts, invitations, signin_hours, store_copy: run `vestibule migrate`"),
        "{said}"
    );
    succeeds(&mut plan.command(&["migrate"]));
    drop(plan.start());
}

#[test]
fn the_manual_is_the_one_that_is_checked_in() {
    let manual = succeeds(&mut Plan::new().command(&["configuration-manual"]));
    assert_eq!(manual, include_str!("../../docs/configuration.md"), "make it again with `cargo xtask gen`");
}

/// Needs neither configuration nor a working directory that it could read.
#[test]
fn the_manual_needs_no_configuration() {
    let plan = Plan::new().set("listen", "nowhere").env("APP_SETTINGS", "mars");
    fs::write(plan.path().join("vestibule.toml"), "this is not TOML").unwrap();
    succeeds(&mut plan.command(&["configuration-manual"]));
}

#[tokio::test]
async fn e9_openapi_prints_the_live_document() {
    let app = App::simple();
    let printed: Value = serde_json::from_str(&succeeds(&mut app.command(&["openapi"]))).unwrap();
    assert_eq!(printed, app.get("/api/openapi.json").await.expect(200).json);
}

#[test]
fn e9_openapi_takes_a_directory_and_opens_no_database() {
    let plan = Plan::new().on_file();
    let other = plan.path().join("other");
    fs::create_dir(&other).unwrap();
    fs::copy(plugin("simple"), other.join("simple.wasm")).unwrap();
    let printed = succeeds(&mut plan.command(&["openapi", "--plugins-dir", other.to_str().unwrap()]));
    assert!(printed.contains("SignIn.simple"));
    assert!(!plan.path().join("data/vestibule.db").exists());
    fs::write(other.join("broken.wasm"), "broken").unwrap();
    let said = fails(&mut plan.command(&["openapi", "--plugins-dir", other.to_str().unwrap()]));
    assert!(said.contains("broken.wasm"), "a document that lacks a plugin is none: {said}");
}

#[tokio::test]
async fn rule12_keys_rotate_publishes_before_it_signs() {
    let app = App::simple();
    let kids = |jwks: &Value| {
        let mut kids: Vec<String> = jwks["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect();
        kids.sort();
        kids
    };
    let before = kids(&app.get("/.well-known/jwks.json").await.expect(200).json);
    assert_eq!(before.len(), 1);
    let said = succeeds(&mut app.command(&["keys", "rotate"]));
    let kid = said.strip_prefix("key ").and_then(|rest| rest.split(' ').next()).unwrap().to_owned();
    let listed = succeeds(&mut app.command(&["keys", "list"]));
    assert_eq!(listed.lines().count(), 2, "{listed}");
    assert!(listed.contains(&kid) && listed.contains(&before[0]), "{listed}");
    let mut seen = before.clone();
    for _ in 0..200 {
        seen = kids(&app.get("/.well-known/jwks.json").await.expect(200).json);
        if seen.len() == 2 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert!(seen.contains(&kid), "the running gateway does not publish {kid}: {seen:?}");
    let audit = select(&app, "SELECT actor || ' ' || target FROM audit WHERE action = 'key.rotate'").await;
    assert_eq!(audit, [format!("operator key:{kid}")]);
}

#[test]
fn keys_rotate_refuses_a_malformed_time() {
    let said = fails(&mut Plan::new().command(&["keys", "rotate", "--after", "5"]));
    assert!(said.contains("--after is \"5\": expected a number with its unit"), "{said}");
}

#[test]
fn plugin_list_tells_how_each_stands() {
    let plan = Plan::new().simple();
    let plugins = plan.path().join("plugins");
    fs::write(plugins.join("broken.wasm"), "\x7fELF").unwrap();
    fs::copy(plugin("email-code"), plugins.join("later.wasm")).unwrap();
    fs::write(plugins.join("later.toml"), "enabled = false").unwrap();
    let listed = succeeds(&mut plan.command(&["plugin", "list"]));
    let line = |name: &str| listed.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{name} not in {listed}"));
    assert!(
        line("simple ").contains(" live ") && line("broken ").contains(" refused ") && line("later ").contains(" disabled "),
        "{listed}"
    );
    assert!(listed.contains("broken.wasm is compiled machine code (ELF)"), "{listed}");
}

#[test]
fn plugin_list_of_an_empty_directory_says_so() {
    let plan = Plan::new();
    let listed = succeeds(&mut plan.command(&["plugin", "list"]));
    assert_eq!(listed, format!("no plugins in {}\n", plan.path().join("plugins").display()));
}
