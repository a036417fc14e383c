//! What the plugins directory and the sandbox promise, tried with plugins that attack.

mod attack;
mod breaker;
mod cache;
mod capability;
mod compile;
mod crowd;
mod fetch;
mod file;
mod flood;
mod hot;
mod load;
mod pin;
mod process;
mod shipped;
mod wasm;

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    actor::{Answer, PASSWORD, User},
    app::{App, Plan, guest},
    patience::{PATIENCE, eventually},
};

/// Signs in by a type that takes address and password.
async fn signin(app: &App, kind: &str, email: &str) -> Answer {
    app.post("/auth/signin/", &json!({ "type": kind, "email": email, "password": PASSWORD })).await
}

/// Hashes as cheap as they can be: what is tried here is not hashing.
fn cheap() -> Plan {
    Plan::new().set("password_memory_kib", "64").set("password_iterations", "1")
}

/// A gateway plan with `simple` and the component of the attacks, which is no type itself.
fn besieged() -> Plan {
    cheap().simple().plugin("hostile", &guest("hostile"), Some("enabled = false"))
}

/// What an administrator sees of every provider type.
async fn states(admin: &User<'_>) -> BTreeMap<String, Value> {
    let states = admin.get("/providers").await.expect(200).json;
    states.as_array().into_iter().flatten().map(|state| (state["type"].as_str().unwrap().to_owned(), state.clone())).collect()
}

/// The version of a type that is live.
async fn live(app: &App, kind: &str) -> Option<String> {
    let providers = app.get("/auth/providers").await.expect(200).json;
    let provider = providers.as_array().into_iter().flatten().find(|provider| provider["type"] == kind)?;
    provider["version"].as_str().map(ToOwned::to_owned)
}

/// Waits until a version of a type is live (none: until it is gone). The promise of a second is held in `many::live`.
async fn until_live(app: &App, kind: &str, version: Option<&str>) {
    let begun = Instant::now();
    while live(app, kind).await.as_deref() != version {
        assert!(begun.elapsed() < PATIENCE, "{kind} did not become {version:?}; the log says\n{}", app.log());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Waits until the log has a line with all of these.
async fn until_logged(app: &App, parts: &[&str]) -> String {
    let told = || app.log().lines().find(|line| parts.iter().all(|part| line.contains(part))).map(ToOwned::to_owned);
    eventually(&format!("a line with {parts:?}"), told).await
}
