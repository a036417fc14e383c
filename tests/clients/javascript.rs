//! jose and openid-client, as `docs/tokens.md` shows them.

use std::{fs, os::unix::fs::symlink, path::PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{
    documented::program,
    peer::{Names, Peer, public, survives_rotation, verifier_holds},
};
use crate::{
    app::{App, Plan},
    token::{SECRET, plan},
};

const NAMES: Names = Names {
    signature: "ERR_JWS_SIGNATURE_VERIFICATION_FAILED",
    key: "ERR_JWKS_NO_MATCHING_KEY",
    algorithm: "ERR_JOSE_ALG_NOT_ALLOWED",
    kind: "ERR_JWT_CLAIM_VALIDATION_FAILED",
    audience: "ERR_JWT_CLAIM_VALIDATION_FAILED",
    expired: "ERR_JWT_EXPIRED",
};

/// `cargo xtask test` installs it and says loudly when it cannot; the tests are ignored then, but not for CI.
pub fn told(name: &str) -> PathBuf {
    let told = std::env::vars_os().find(|(told, _)| told == name);
    told.map_or_else(|| panic!("{name} is not set; `cargo xtask test` sets it"), |(_, path)| PathBuf::from(path))
}

/// The programs beside the packages that they import.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    symlink(told("VESTIBULE_NODE_PACKAGES"), folder.path().join("node_modules")).unwrap();
    for (name, text) in [
        ("verifier.mjs", program("js", "createRemoteJWKSet")),
        ("service.mjs", program("js", "tokenIntrospection")),
        ("asked.mjs", include_str!("asked.mjs")),
    ] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

async fn peer(app: &App, folder: &TempDir, arguments: &[&str]) -> Peer {
    let issuer = app.public_url();
    let arguments = [&[issuer.as_str()], arguments].concat();
    Peer::start(&told("VESTIBULE_NODE"), &folder.path().join("asked.mjs"), &arguments).await
}

#[tokio::test]
#[cfg_attr(not(node), ignore = "Node.js is not here: NOT RUN, jose with our tokens; use `cargo xtask test`")]
async fn f_jose_checks_our_tokens_by_discovery_and_keys() {
    let folder = folder();
    for algorithm in ["EdDSA", "RS256", "ES256"] {
        let app = public(Plan::new().simple()).set("signing_algorithm", algorithm).set("access_token_ttl", "8s").start();
        let (mut ours, mut other) = (peer(&app, &folder, &["vestibule"]).await, peer(&app, &folder, &["another"]).await);
        verifier_holds(&app, &mut ours, &mut other, &NAMES).await;
    }
}

#[tokio::test]
#[cfg_attr(not(node), ignore = "Node.js is not here: NOT RUN, jose with our tokens; use `cargo xtask test`")]
async fn f_jose_survives_a_rotation_of_keys() {
    let (folder, app) = (folder(), public(Plan::new().simple()).start());
    survives_rotation(&app, &mut peer(&app, &folder, &["vestibule"]).await).await;
}

#[tokio::test]
#[cfg_attr(not(node), ignore = "Node.js is not here: NOT RUN, openid-client against the gateway; use `cargo xtask test`")]
async fn f_openid_client_asks_about_tokens_and_gives_them_back() {
    let (folder, app) = (folder(), public(plan()).start());
    let mut service = peer(&app, &folder, &["vestibule", "shop", SECRET]).await;
    let ann = app.user("ann@example.org").await;
    let subject = ann.id.to_string();
    let introspect = |token: &str, hint: &str| json!({ "do": "introspect", "token": token, "hint": hint });
    let told = service.ask(&introspect(&ann.access, "")).await["result"].clone();
    assert_eq!((&told["active"], &told["sub"], &told["username"]), (&json!(true), &json!(subject), &json!("ann@example.org")), "{told}");
    assert_eq!(service.ask(&introspect(&ann.refresh, "refresh_token")).await["result"]["token_type"], "N_A");
    let told = service.ask(&json!({ "do": "userinfo", "token": ann.access, "subject": subject })).await;
    assert_eq!(told["result"]["email"], "ann@example.org", "{told}");
    let told = service.ask(&json!({ "do": "userinfo", "token": ann.access, "subject": "0" })).await;
    assert!(told["error"].is_string(), "it compares the subject: {told}");

    let told = service.ask(&json!({ "do": "revoke", "token": ann.refresh })).await;
    assert_eq!(told, json!({ "result": Value::Null }));
    for token in [&ann.access, &ann.refresh] {
        assert_eq!(service.ask(&introspect(token, "refresh_token")).await["result"], json!({ "active": false }));
    }
    let told = service.ask(&json!({ "do": "userinfo", "token": ann.access, "subject": subject })).await;
    let challenges = told["cause"].to_string();
    assert!(challenges.contains("invalid_token"), "it understands the challenge: {told}");
}

#[tokio::test]
#[cfg_attr(not(node), ignore = "Node.js is not here: NOT RUN, openid-client against the gateway; use `cargo xtask test`")]
async fn f_openid_client_understands_that_its_secret_is_wrong() {
    let (folder, app) = (folder(), public(plan()).start());
    let mut stranger = peer(&app, &folder, &["vestibule", "shop", &"f".repeat(32)]).await;
    for deed in ["introspect", "revoke"] {
        let told = stranger.ask(&json!({ "do": deed, "token": "x" })).await;
        assert!(told["error"].is_string() && told.to_string().contains("Basic") || told.to_string().contains("basic"), "{told}");
    }
}
