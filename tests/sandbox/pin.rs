//! Pins: which file an operator trusts.

use std::fs;

use serde_json::json;
use sha2::{Digest, Sha256};

use super::{cheap, live, states, until_live, until_logged};
use crate::app::{guest, install, plugin, write};

fn sha256(path: &std::path::Path) -> String {
    format!("{:x}", Sha256::digest(fs::read(path).unwrap()))
}

#[tokio::test]
async fn rule32_a_pin_is_the_commit_point_of_an_upgrade() {
    let (one, two) = (sha256(&guest("hello")), sha256(&guest("hello-v2")));
    let app = cheap().simple().plugin("hello", &guest("hello"), Some(&format!("sha256 = \"{one}\""))).start();
    assert_eq!(live(&app, "hello").await.as_deref(), Some("1.0.0"));
    install(&app.plugins(), "hello", &guest("hello-v2"), None);
    let reason = format!("sha256 is {two}, hello.toml pins {one}: previous version kept");
    until_logged(&app, &["provider refused", &reason]).await;
    let state = states(&app.admin().await).await.remove("hello").unwrap();
    assert_eq!((&state["reason"], &state["sha256"], &state["status"]), (&json!(reason), &json!(one), &json!("live")));
    write(&app.plugins().join("hello.toml"), format!("sha256 = \"{}\"", two.to_uppercase()).as_bytes());
    until_live(&app, "hello", Some("2.0.0")).await;
    // A pin that fits nothing, and no version before it.
    write(&app.plugins().join("other.toml"), format!("component = \"hello.wasm\"\nsha256 = \"{one}\"").as_bytes());
    until_logged(&app, &["provider refused", "provider=\"other\"", "other.toml pins", "not loaded"]).await;
    assert_eq!(live(&app, "other").await, None);
}

#[tokio::test]
async fn rule32_where_pins_are_required_nothing_else_is_live() {
    let pin = format!("sha256 = \"{}\"", sha256(&plugin("simple")));
    let plan = cheap().set("require_plugin_pins", "true").plugin("simple", &plugin("simple"), Some(&pin));
    let app = plan.plugin("hello", &guest("hello"), None).start();
    assert_eq!(live(&app, "simple").await.as_deref(), Some("0.1.0"));
    assert_eq!(live(&app, "hello").await, None);
    let line = format!("sha256 = \"{}\"", sha256(&guest("hello")));
    let state = states(&app.admin().await).await.remove("hello").unwrap();
    assert!(state["reason"].as_str().is_some_and(|reason| reason.contains(&format!("add {line}"))), "{state}");
    write(&app.plugins().join("hello.toml"), line.as_bytes());
    until_live(&app, "hello", Some("1.0.0")).await;
}
