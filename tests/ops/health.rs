//! `/health/live` and `/health/ready`.

use std::fs;

use serde_json::{Value, json};

use crate::{
    actor::Answer,
    app::{App, Plan},
};

async fn ready(app: &App) -> Answer {
    app.get("/health/ready").await
}

fn check<'a>(answer: &'a Answer, name: &str) -> &'a Value {
    let checks = answer.json["checks"].as_array().unwrap();
    checks.iter().find(|check| check["name"] == json!(name)).unwrap_or_else(|| panic!("no {name} in {}", answer.text))
}

#[tokio::test]
async fn f_all_is_well() {
    let app = App::simple();
    assert_eq!(app.get("/health/live").await.expect(200).json["status"], json!("ok"));
    let answer = ready(&app).await.expect(200);
    assert_eq!(answer.json["status"], json!("ok"));
    for name in ["accounts", "sessions", "provider:simple"] {
        assert_eq!(check(&answer, name)["ok"], json!(true), "{}", answer.text);
    }
}

/// A load balancer must not take the whole gateway away for one broken file.
#[tokio::test]
async fn g1_a_refused_plugin_degrades() {
    let plan = Plan::new().simple();
    fs::write(plan.path().join("plugins/broken.wasm"), "\x7fELF").unwrap();
    let app = plan.start();
    let answer = ready(&app).await.expect(200);
    assert_eq!(answer.json["status"], json!("degraded"));
    assert_eq!(check(&answer, "provider:simple")["ok"], json!(true));
    let broken = check(&answer, "provider:broken");
    assert_eq!(broken["ok"], json!(false));
    assert!(broken["reason"].as_str().unwrap().contains("ELF"), "{broken}");
}

#[tokio::test]
async fn rule26_a_store_in_trouble_is_503_and_heals() {
    let app = App::simple();
    let ann = app.user("ann@example.org").await;
    for table in ["users", "sessions"] {
        let away: &'static str = Box::leak(format!("ALTER TABLE {table} RENAME TO away").into_boxed_str());
        let back: &'static str = Box::leak(format!("ALTER TABLE away RENAME TO {table}").into_boxed_str());
        app.run(away).await;
        let body = json!({ "type": "simple", "email": "ann@example.org", "password": crate::actor::PASSWORD });
        let answer = app.post("/auth/signin/", &body).await.problem(503, "store_unavailable");
        assert!(answer.headers["retry-after"].to_str().unwrap().parse::<u32>().unwrap() >= 1);
        assert!(!answer.text.contains(table), "the inside of the house is for the log: {}", answer.text);
        assert_eq!(app.get("/health/live").await.expect(200).json["status"], json!("ok"));
        app.run(back).await;
    }
    app.signin("ann@example.org").await;
    ann.get("/me").await.expect(200);
}

#[tokio::test]
async fn rule26_a_damaged_file_is_not_ready() {
    let app = Plan::new().simple().on_file().start();
    app.user("ann@example.org").await;
    for suffix in ["", "-wal"] {
        let file = app.data().join(format!("vestibule.db{suffix}"));
        let length = fs::metadata(&file).map_or(0, |metadata| metadata.len());
        fs::write(&file, vec![0x5a; usize::try_from(length).unwrap()]).unwrap();
    }
    let answer = ready(&app).await.expect(503);
    assert_eq!(answer.json["status"], json!("down"));
    assert_eq!(check(&answer, "accounts")["ok"], json!(false));
    assert!(answer.headers["retry-after"].to_str().unwrap().parse::<u32>().unwrap() >= 1);
    assert_eq!(app.get("/health/live").await.expect(200).json["status"], json!("ok"));
}
