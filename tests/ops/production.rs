//! `APP_SETTINGS`: what each mode does otherwise, and what production does not start with.

use std::fs;

use serde_json::json;

use super::fails;
use crate::{actor::PASSWORD, app::Plan};

/// Everything safe.
fn safe() -> Plan {
    Plan::new().simple().env("APP_SETTINGS", "production").set("public_url", "https://gate.example")
}

#[test]
fn d9_production_names_everything_unsafe_at_once() {
    let plan = Plan::new().unset("secret_key").unset("mail_url").env("APP_SETTINGS", "production");
    let said = fails(&mut plan.command(&["serve"]));
    for part in [
        "public_url is http://127.0.0.1:5000/: production needs https, such as public_url = \"https://auth.example.org\"",
        "mail_url is console: production would lose every mail; set mail_url = \"smtps://USER:PASSWORD@HOST\"",
        "secret_key is not set: production does not generate secrets; set VESTIBULE_SECRET_KEY or secret_key_file",
    ] {
        assert!(said.contains(part), "{part} is not in {said}");
    }
    assert!(!plan.path().join("data").exists(), "nothing is made");
}

#[test]
fn d9_production_refuses_each_unsafe_setting() {
    for (plan, named) in [
        (safe().set("public_url", "http://gate.example"), "public_url"),
        (safe().set("mail_url", "console:"), "mail_url"),
        (safe().unset("secret_key"), "secret_key"),
    ] {
        let said = fails(&mut plan.command(&["serve"]));
        let lines: Vec<_> = said.lines().filter(|line| line.contains(" is ")).collect();
        assert!(lines.len() == 1 && lines[0].contains(named), "{named}: {said}");
    }
}

/// A key that development made is a generated secret, too.
#[test]
fn d9_production_makes_no_secret_key() {
    let plan = safe().unset("secret_key");
    let absent = plan.path().join("absent.key").display().to_string();
    let plan = plan.set("secret_key_file", &absent);
    let said = fails(&mut plan.command(&["serve"]));
    assert!(said.contains("absent.key") && said.contains("production makes no secrets"), "{said}");
    assert!(!plan.path().join("absent.key").exists());
}

/// Plain http to this machine is for development.
#[tokio::test]
async fn rule17_production_grants_no_loopback_host() {
    let plan = safe();
    fs::write(plan.path().join("plugins/simple.toml"), "hosts = [\"127.0.0.1:9000\"]").unwrap();
    let app = plan.start();
    let answer = app.get("/health/ready").await.expect(200);
    assert!(answer.text.contains("provider:simple") && answer.text.contains("simple.toml line 1"), "{}", answer.text);
}

#[tokio::test]
async fn d9_production_limits_tries_and_development_does_not() {
    let body = json!({ "type": "simple", "email": "ann@example.org", "password": PASSWORD });
    let fast = |plan: Plan| plan.set("password_memory_kib", "8").set("auth_rate_burst", "3");
    let app = fast(safe()).start();
    for _ in 0..3 {
        app.post("/auth/signin/", &body).await.problem(400, "invalid_credentials");
    }
    let answer = app.post("/auth/signin/", &body).await.problem(429, "rate_limited");
    assert!(answer.headers["retry-after"].to_str().unwrap().parse::<u32>().unwrap() >= 1);
    app.get("/health/live").await.expect(200);
    for mode in ["development", "testing"] {
        let app = fast(Plan::new().simple().env("APP_SETTINGS", mode)).start();
        for _ in 0..10 {
            app.post("/auth/signin/", &body).await.problem(400, "invalid_credentials");
        }
    }
}
