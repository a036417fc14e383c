//! Providers: switched off and on at one gateway, put into the directory that all share.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;

use super::{WITHIN, three};
use crate::{
    actor::{Answer, PASSWORD},
    app::{App, Plan, guest, install},
    patience::{quickest, until},
    store_kind::{StoreKind, on_each_store},
};

on_each_store! {
    a5_a_switch_at_one_is_a_switch_at_all,
    g1_a_plugin_in_the_shared_directory_is_live_at_all,
}

/// Where any number of wrong passwords may be given.
fn plan(store: StoreKind) -> Plan {
    store.cheap().set("wrong_password_burst", "0").set("stranger_password_burst", "0")
}

async fn signin(gate: &App, kind: &str) -> Answer {
    let body = json!({ "type": kind, "email": "ann@example.org", "password": PASSWORD });
    gate.post("/auth/signin/", &body).await
}

/// Waits until a sign-in is refused by this code at all of these; says how long it took.
async fn until_refused(gates: &[App], kind: &str, code: &str) -> Duration {
    let since = Instant::now();
    for gate in gates {
        until(code, async || (signin(gate, kind).await.json["code"] == code).then_some(())).await;
    }
    since.elapsed()
}

async fn a5_a_switch_at_one_is_a_switch_at_all(store: StoreKind) {
    let gates = three(plan(store).plugin("hello", &guest("hello"), None));
    let root = gates[0].admin().await;
    let mut taken = Vec::new();
    for (enabled, code) in [(false, "provider_disabled"), (true, "invalid_credentials"), (false, "provider_disabled")] {
        root.send(Method::PUT, "/providers/hello", Some(&json!({ "enabled": enabled }))).await.expect(200);
        signin(&gates[0], "hello").await.problem(400, code);
        taken.push(until_refused(&gates, "hello", code).await);
        for gate in &gates {
            assert_eq!(gate.get("/auth/providers").await.text.contains("\"hello\""), enabled);
        }
    }
    quickest(WITHIN, "a switch everywhere", &taken);
}

async fn g1_a_plugin_in_the_shared_directory_is_live_at_all(store: StoreKind) {
    // Under another name first: compiling is not what is measured, and this machine may never have compiled it.
    let gates = three(plan(store).plugin("known", &guest("hello"), None));
    let (mut live, mut gone) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        install(&gates[0].plugins(), "hello", &guest("hello"), None);
        live.push(until_refused(&gates, "hello", "invalid_credentials").await);
        std::fs::remove_file(gates[0].plugins().join("hello.wasm")).unwrap();
        gone.push(until_refused(&gates, "hello", "unknown_type").await);
    }
    quickest(WITHIN, "a plugin live everywhere", &live);
    quickest(WITHIN, "a plugin gone everywhere", &gone);
}
