//! The live document against the live service: whatever it says, whoever believes it is right.

use std::{
    fs,
    path::PathBuf,
    process::{Command, Output},
};

use serde_json::json;

use crate::{database::Database, gateway::now, place::Place};

const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,\
                      response_headers_conformance,negative_data_rejection,ignored_auth,unsupported_method,missing_required_header,\
                      allow_header_conformance";

/// 413 is a refusal too, and not among those that schemathesis knows by itself.
const SETTINGS: &str = "[checks.negative_data_rejection]\nexpected-statuses = [400, 401, 403, 404, 405, 413, 415, 429]\n";

#[cfg_attr(not(schemathesis), ignore = "schemathesis is not here: NOT RUN against the live OpenAPI document; use `cargo xtask test`")]
#[tokio::test(flavor = "multi_thread")]
async fn what_the_document_says_is_so() {
    let program = std::env::vars_os().find(|(name, _)| name == "VESTIBULE_SCHEMATHESIS").map(|(_, path)| PathBuf::from(path));
    let program = program.expect("VESTIBULE_SCHEMATHESIS names schemathesis; `cargo xtask test` sets it");
    let place = Place::furnished(Database::sqlite()).await;
    let mut claims = place.gateway.claims(1);
    claims["exp"] = json!(now() + 3600);
    let word = place.gateway.key.sign("identity+jwt", &claims);
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("schemathesis.toml"), SETTINGS).unwrap();
    let mut command = Command::new(program);
    command.current_dir(folder.path()).args(["run", &format!("{}/shop/openapi.json", place.base), "--url", &place.base, "--no-color"]);
    // Neither chance nor examples of earlier runs: every run is the same.
    command.args(["--max-examples", "25", "--generation-deterministic", "--phases", "examples,coverage,fuzzing", "--warnings", "off"]);
    command.args(["--request-timeout", "30", "--checks", CHECKS, "--header", &format!("X-Auth-Identity: {word}")]);
    let Output { status, stdout, stderr } = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    let said = String::from_utf8_lossy(&stdout);
    let shown: String = said.lines().map(|line| line.chars().take(400).collect::<String>() + "\n").collect();
    assert!(status.success(), "{shown}\n{}", String::from_utf8_lossy(&stderr));
    // A run that only met refusals would have said nothing of the answers that count.
    let log = place.log();
    for path in ["/shop/me", "/shop/shops", "/shop/cart", "/shop/orders"] {
        assert!(log.lines().any(|line| line.contains(&format!("\"path\":\"{path}\",\"status\":200"))), "{path} was not met:\n{shown}");
    }
}
