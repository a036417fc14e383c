//! The Postman collection, run by newman from top to bottom against a real gateway.

use std::{fs, os::unix::fs::symlink};

use serde_json::Value;
use tokio::process::Command;

use super::{javascript::told, peer::public};
use crate::{
    actor::PASSWORD,
    app::{App, Plan, made, plugin},
    gateway::shop::Mall,
};

/// All that ships and needs no other service, with cheap hashes.
fn start() -> App {
    let code = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../plugins/email-code/email-code.toml")).unwrap();
    let plan = public(Plan::new().simple().login()).plugin("email-code", &plugin("email-code"), Some(&code)).plugin(
        "totp",
        &plugin("totp"),
        Some("vouch = true\nfactor = true\n"),
    );
    plan.set("password_memory_kib", "8").set("password_iterations", "1").start()
}

/// Runs a folder of the collection; gives the names of its requests with their statuses.
async fn run(app: &App, folder: &str, shop: Option<&str>) -> Vec<(String, u64)> {
    let here = tempfile::tempdir().unwrap();
    symlink(told("VESTIBULE_NODE_PACKAGES"), here.path().join("node_modules")).unwrap();
    let script = here.path().join("newman.mjs");
    fs::write(&script, include_str!("newman.mjs")).unwrap();
    let mut command = Command::new(told("VESTIBULE_NODE"));
    let collection = made("VESTIBULE_POSTMAN", "openapi/vestibule.postman_collection.json");
    command.arg(script).arg(collection).args([folder, &app.base, PASSWORD]).arg(app.data().join("../mail")).args(shop);
    let ended = command.kill_on_drop(true).output().await.expect("newman starts");
    let (said, trouble) = (String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
    let told: Value = serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error}: {said}\n{trouble}"));
    let failures = told["failures"].as_array().unwrap();
    assert!(ended.status.success() && failures.is_empty(), "{failures:#?}\n{trouble}");
    let answers = told["answers"].as_array().unwrap().iter();
    answers.map(|answer| (answer["name"].as_str().unwrap().to_owned(), answer["status"].as_u64().unwrap())).collect()
}

#[tokio::test]
#[cfg_attr(not(node), ignore = "Node.js is not here: NOT RUN, the Postman collection in newman; use `cargo xtask test`")]
async fn c7_every_request_of_the_postman_collection_works() {
    let app = start();
    app.admin().await;
    let answers = run(&app, "Gateway", None).await;
    let document = app.get("/api/openapi.json").await.expect(200).json;
    let operations = document["paths"].as_object().unwrap().values().map(|item| item.as_object().unwrap().len()).sum::<usize>();
    assert!(answers.len() >= operations, "{} requests for {operations} operations", answers.len());
    // What depends on Facebook, and on a mail server that refuses.
    let refused: Vec<&str> = answers.iter().filter(|(_, status)| *status >= 400).map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        refused,
        ["Sign up (facebook)", "Sign in (facebook)", "Try a mail again now", "Remove a mail"],
        "everything else works as it is shown"
    );
    let log = app.log();
    let line = log.lines().find(|line| line.contains(" ERROR ") || line.contains("panicked"));
    assert!(line.is_none(), "{}", line.unwrap_or_default());
}

#[tokio::test]
#[cfg_attr(not(node), ignore = "Node.js is not here: NOT RUN, the Postman collection in newman; use `cargo xtask test`")]
async fn c7_every_request_of_the_shop_in_the_collection_works() {
    let mall = Mall::open();
    let answers = run(&mall.app, "Shop", Some(&mall.shop_url)).await;
    assert!(answers.len() >= 14 && answers.iter().all(|(_, status)| (200..300).contains(status)), "{answers:?}");
}
