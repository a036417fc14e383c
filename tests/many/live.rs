//! Providers: switched off and on at one gateway, put into the directory that all share.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;

use super::{WITHIN, three};
use crate::{
    actor::{Answer, PASSWORD},
    app::{App, Plan, guest, install},
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

/// Waits until a sign-in is refused by this code; says how long it took.
async fn until_refused(gate: &App, kind: &str, code: &str, since: Instant) -> Duration {
    loop {
        let answer = signin(gate, kind).await;
        if answer.json["code"] == code {
            return since.elapsed();
        }
        assert!(since.elapsed() < Duration::from_secs(10), "{kind} does not become {code}: {}", answer.text);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn a5_a_switch_at_one_is_a_switch_at_all(store: StoreKind) {
    let gates = three(plan(store).plugin("hello", &guest("hello"), None));
    let root = gates[0].admin().await;
    for (enabled, code) in [(false, "provider_disabled"), (true, "invalid_credentials"), (false, "provider_disabled")] {
        root.send(Method::PUT, "/providers/hello", Some(&json!({ "enabled": enabled }))).await.expect(200);
        let since = Instant::now();
        signin(&gates[0], "hello").await.problem(400, code);
        for gate in &gates[1..] {
            let took = until_refused(gate, "hello", code, since).await;
            assert!(took < WITHIN, "{took:?}");
            assert_eq!(gate.get("/auth/providers").await.text.contains("\"hello\""), enabled);
        }
    }
}

async fn g1_a_plugin_in_the_shared_directory_is_live_at_all(store: StoreKind) {
    // Under another name first: compiling is not what is measured, and this machine may never have compiled it.
    let gates = three(plan(store).plugin("known", &guest("hello"), None));
    for turn in 0..2 {
        install(&gates[0].plugins(), "hello", &guest("hello"), None);
        let since = Instant::now();
        for gate in &gates {
            let took = until_refused(gate, "hello", "invalid_credentials", since).await;
            assert!(took < WITHIN, "turn {turn}: live after {took:?}");
        }
        std::fs::remove_file(gates[0].plugins().join("hello.wasm")).unwrap();
        let since = Instant::now();
        for gate in &gates {
            let took = until_refused(gate, "hello", "unknown_type", since).await;
            assert!(took < WITHIN, "turn {turn}: gone after {took:?}");
        }
    }
}
