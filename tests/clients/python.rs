//! `PyJWT`, as `docs/tokens.md` shows it.

use std::{fs, path::PathBuf};

use tempfile::TempDir;

use super::{
    documented::program,
    peer::{Names, Peer, public, survives_rotation, verifier_holds},
};
use crate::app::{App, Plan};

const NAMES: Names = Names {
    signature: "InvalidSignatureError",
    key: "PyJWKClientError",
    algorithm: "InvalidAlgorithmError",
    kind: "InvalidTokenError",
    audience: "InvalidAudienceError",
    expired: "ExpiredSignatureError",
};

/// `cargo xtask test` installs it and says loudly when it cannot; the tests are ignored then, but not for CI.
fn interpreter() -> PathBuf {
    let told = std::env::vars_os().find(|(name, _)| name == "VESTIBULE_PYTHON");
    told.map(|(_, path)| PathBuf::from(path)).expect("VESTIBULE_PYTHON names Python; `cargo xtask test` sets it")
}

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("verifier.py"), program("python", "class Verifier")).unwrap();
    fs::write(folder.path().join("asked.py"), include_str!("asked.py")).unwrap();
    folder
}

async fn verifier(app: &App, folder: &TempDir, audience: &str) -> Peer {
    Peer::start(&interpreter(), &folder.path().join("asked.py"), &[&app.public_url(), audience]).await
}

#[tokio::test]
#[cfg_attr(not(python), ignore = "Python is not here: NOT RUN, PyJWT with our tokens; use `cargo xtask test`")]
async fn f_pyjwt_checks_our_tokens_by_discovery_and_keys() {
    let folder = folder();
    for algorithm in ["EdDSA", "RS256", "ES256"] {
        let app = public(Plan::new().simple()).set("signing_algorithm", algorithm).set("access_token_ttl", "8s").start();
        let (mut ours, mut other) = (verifier(&app, &folder, "vestibule").await, verifier(&app, &folder, "another").await);
        verifier_holds(&app, &mut ours, &mut other, &NAMES).await;
    }
}

#[tokio::test]
#[cfg_attr(not(python), ignore = "Python is not here: NOT RUN, PyJWT with our tokens; use `cargo xtask test`")]
async fn f_pyjwt_survives_a_rotation_of_keys() {
    let (folder, app) = (folder(), public(Plan::new().simple()).start());
    survives_rotation(&app, &mut verifier(&app, &folder, "vestibule").await).await;
}
