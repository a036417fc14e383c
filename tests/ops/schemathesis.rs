//! Schemathesis tries the live document against the live gateway: whatever it makes up, no answer is a server error, and every
//! answer is one that the document describes.

use std::{fs, path::PathBuf, process::Output};

use tokio::process::Command;

use crate::{
    app::{App, Plan, guest, plugin},
    facebook::graph::{APP_ID, APP_SECRET, Graph},
};

/// What every answer is held to.
const CHECKS: &str =
    "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,response_headers_conformance";

/// Beside those: what the document forbids is refused, and what needs a token is.
const STRICT: &str = "negative_data_rejection,ignored_auth,unsupported_method,missing_required_header,allow_header_conformance";

/// It takes every method, as proxies send it, and is held to everything else.
const ANY_METHOD: &str = "check";

/// 413 is a refusal too, and not among those that schemathesis knows by itself.
const SETTINGS: &str = "[checks.negative_data_rejection]\nexpected-statuses = [400, 401, 403, 404, 405, 413, 415, 429]\n";

/// These end the session that they are called with, or switch a provider off: within a longer run everything behind them
/// would be 401 or 400, and the run say nothing. Each runs by itself, as somebody else.
const ENDING: [&str; 10] = [
    "delete_me",
    "logout",
    "logout_all",
    "end_my_session",
    "remove_user",
    "delete_user",
    "logout_user",
    "change_user",
    "logout_provider",
    "switch_provider",
];

/// Those of them that take an administrator.
const BY_ADMINISTRATORS: [&str; 5] = ["delete_user", "logout_user", "change_user", "logout_provider", "switch_provider"];

/// `cargo xtask test` installs it and says loudly when it cannot; the tests are ignored then, but not for CI.
fn program() -> PathBuf {
    let told = std::env::vars_os().find(|(name, _)| name == "VESTIBULE_SCHEMATHESIS");
    told.map(|(_, path)| PathBuf::from(path)).expect("VESTIBULE_SCHEMATHESIS names schemathesis; `cargo xtask test` sets it")
}

/// All that ships, and one more. With cheap hashes and room for all of them: what is tried here is the interface, not the load.
fn plan(graph: &Graph) -> Plan {
    let code = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../plugins/email-code/email-code.toml")).unwrap();
    let (host, url) = (graph.host(), graph.url("/v23.0"));
    let facebook = format!(
        "vouch = true\nhosts = [{host:?}]\n[settings]\napp_id = \"{APP_ID}\"\ngraph_url = {url:?}\n\
         [secrets]\napp_secret = {{ env = \"FACEBOOK_APP_SECRET\", hosts = [{host:?}] }}\n"
    );
    let plan = Plan::new().env("FACEBOOK_APP_SECRET", APP_SECRET).simple().login().plugin("hello", &guest("hello"), None);
    plan.plugin("email-code", &plugin("email-code"), Some(&code))
        .plugin("totp", &plugin("totp"), Some("vouch = true\nfactor = true\n"))
        .plugin("facebook", &plugin("facebook"), Some(&facebook))
        .set("log_level", "info,vestibule::http=debug")
        .set("password_memory_kib", "8")
        .set("password_iterations", "1")
        .set("password_queue", "10000")
        .set("password_queue_deadline", "60s")
}

/// Runs it; `arguments` choose operations.
async fn run(app: &App, token: Option<&str>, checks: &str, arguments: &[&str]) {
    let folder = app.data().join("schemathesis");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("schemathesis.toml"), SETTINGS).unwrap();
    let mut command = Command::new(program());
    command.current_dir(&folder).args(["run", &app.url("/api/openapi.json"), "--url", &app.base, "--no-color", "--max-examples", "25"]);
    // Neither chance nor examples of earlier runs: every run is the same.
    command.args(["--generation-deterministic", "--phases", "examples,coverage,fuzzing"]);
    command.args(["--warnings", "off", "--request-timeout", "30", "--checks", checks]).args(arguments);
    if let Some(token) = token {
        command.args(["--header", &format!("Authorization: Bearer {token}")]);
    }
    let Output { status, stdout, stderr } = command.output().await.expect("schemathesis starts");
    let said = String::from_utf8_lossy(&stdout).into_owned();
    let shown: String = said.lines().map(|line| line.chars().take(400).collect::<String>() + "\n").collect();
    assert!(status.success(), "{shown}\n{}", String::from_utf8_lossy(&stderr));
    let tried = said.lines().find_map(|line| line.trim().split_once(" generated, ")?.0.parse::<u32>().ok());
    assert!(tried.is_some_and(|tried| tried > 0), "nothing was tried:\n{shown}");
}

/// Runs it on everything but some operations.
async fn run_all(app: &App, token: Option<&str>, left_out: &[&str]) {
    let left_out: Vec<&str> = left_out.iter().chain([&ANY_METHOD]).flat_map(|name| ["--exclude-operation-id", name]).collect();
    run(app, token, &format!("{CHECKS},{STRICT}"), &left_out).await;
    let checks = format!("{CHECKS},{}", STRICT.replace("unsupported_method,", ""));
    run(app, token, &checks, &["--include-operation-id", ANY_METHOD]).await;
}

/// A run that only met refusals would have said nothing of the answers that count.
fn met(app: &App, paths: &[&str]) {
    let log = app.log();
    for path in paths {
        let found = log.lines().any(|line| line.contains(&format!("path=\"{path}")) && line.contains(" status=20"));
        assert!(found, "{path} was never answered well");
    }
}

/// Nothing that broke inside may hide behind a good answer.
fn nothing_broke(app: &App) {
    let log = app.log();
    let line = log.lines().find(|line| line.contains(" ERROR ") || line.contains("panicked"));
    assert!(line.is_none(), "{}", line.unwrap_or_default());
}

#[tokio::test]
#[cfg_attr(not(schemathesis), ignore = "schemathesis is not here: NOT RUN against the live OpenAPI document; use `cargo xtask test`")]
async fn e9_load_schemathesis_without_a_token() {
    let graph = Graph::start().await;
    let app = plan(&graph).start();
    run_all(&app, None, &[]).await;
    met(
        &app,
        &[
            "/auth/signup/",
            "/auth/signin/",
            "/auth/providers",
            "/health/ready",
            "/.well-known/jwks.json",
            "/.well-known/openid-configuration",
            "/auth/revoke",
        ],
    );
    nothing_broke(&app);
}

#[tokio::test]
#[cfg_attr(not(schemathesis), ignore = "schemathesis is not here: NOT RUN against the live OpenAPI document; use `cargo xtask test`")]
async fn e9_load_schemathesis_as_an_administrator() {
    let graph = Graph::start().await;
    let app = plan(&graph).start();
    let root = app.admin().await;
    run_all(&app, Some(&root.access), &ENDING).await;
    met(
        &app,
        &[
            "/me",
            "/me/sessions",
            "/auth/check",
            "/auth/introspect",
            "/userinfo",
            "/providers",
            "/providers/reload",
            "/auth/signin/",
            "/users",
            "/roles",
            "/audit",
            "/signins",
            "/user",
        ],
    );
    root.get("/me").await.expect(200);
    nothing_broke(&app);
}

#[tokio::test]
#[cfg_attr(not(schemathesis), ignore = "schemathesis is not here: NOT RUN against the live OpenAPI document; use `cargo xtask test`")]
async fn e9_load_schemathesis_on_what_ends_its_own_session() {
    let graph = Graph::start().await;
    let app = plan(&graph).start();
    for name in ENDING {
        // Anew each time: the run before may have changed the last one.
        let root = app.admin().await;
        let somebody = app.user(&format!("{}@example.org", name.replace('_', "-"))).await;
        let token = if BY_ADMINISTRATORS.contains(&name) { &root.access } else { &somebody.access };
        run(&app, Some(token), CHECKS, &["--include-operation-id", name]).await;
    }
    met(&app, &["/me\"", "/auth/logout\"", "/auth/logout-all\""]);
    nothing_broke(&app);
}
