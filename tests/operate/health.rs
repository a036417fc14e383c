//! `/health/ready`: every trouble under its name, quickly.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::{
    actor::{Answer, PASSWORD},
    app::{App, Plan},
    patience::{PATIENCE, eventually, until},
};

fn check<'a>(answer: &'a Answer, name: &str) -> &'a Value {
    let checks = answer.json["checks"].as_array().unwrap();
    checks.iter().find(|check| check["name"] == json!(name)).unwrap_or_else(|| panic!("no {name} in {}", answer.text))
}

#[tokio::test]
async fn f_ready_names_every_check() {
    let answer = App::simple().get("/health/ready").await.expect(200);
    for name in ["process", "accounts", "sessions", "migrations", "signing_key", "hashing", "outbox", "disk", "provider:simple"] {
        assert_eq!(check(&answer, name), &json!({ "name": name, "ok": true }));
    }
}

#[tokio::test]
async fn f_a_full_disk_degrades() {
    let app = Plan::new().simple().set("disk_space_min_mib", "4294967295").start();
    let answer = app.get("/health/ready").await.expect(200);
    assert_eq!(answer.json["status"], json!("degraded"));
    let reason = check(&answer, "disk")["reason"].as_str().unwrap().to_owned();
    assert!(reason.contains("MiB are free") && reason.contains("disk_space_min_mib"), "{reason}");
}

/// An upgrade without downtime: the first new gateway migrates while the old ones serve.
#[tokio::test]
async fn f_a_gateway_serves_on_while_a_newer_one_migrates() {
    let app = App::simple();
    app.user("ann@example.org").await;
    app.database().await.migrate_beyond().await;
    let answer = app.get("/health/ready").await.expect(200);
    assert_eq!(answer.json["status"], json!("degraded"));
    assert!(check(&answer, "migrations")["reason"].as_str().unwrap().contains("newer than this program"), "{}", answer.text);
    app.signin("ann@example.org").await.renew().await.expect(200);
}

#[tokio::test]
async fn f_pending_migrations_are_not_ready() {
    let app = App::simple();
    let lacking = app.database().await.forget_migration().await;
    let answer = app.get("/health/ready").await.expect(503);
    let reason = check(&answer, "migrations")["reason"].as_str().unwrap().to_owned();
    assert!(reason.contains(&format!("the database lacks {lacking}")) && reason.contains("vestibule migrate"), "{reason}");
    assert_eq!(check(&answer, "accounts")["ok"], json!(true));
}

#[tokio::test]
async fn f_a_key_for_later_degrades() {
    let app = App::simple();
    app.run("UPDATE signing_keys SET active_from = active_from + 3600000000").await;
    // The gateway looks for the keys of other processes every five seconds.
    let bad = |answer: &Answer| check(answer, "signing_key")["ok"] == json!(false);
    let answer = until("the trouble", async || Some(app.get("/health/ready").await).filter(bad)).await;
    assert_eq!(answer.expect(200).json["status"], json!("degraded"));
}

#[tokio::test]
async fn f_a_full_hashing_queue_degrades() {
    let app = Plan::new()
        .simple()
        .set("password_threads", "1")
        .set("password_queue", "1")
        .set("password_iterations", "10")
        .set("password_memory_kib", "65536")
        .set("password_queue_deadline", "60s")
        .start();
    let body = json!({ "type": "simple", "email": "ann@example.org", "password": PASSWORD });
    let tries: Vec<_> = (0..4).map(|_| tokio::spawn(app.http.post(app.url("/auth/signin/")).json(&body).send())).collect();
    let begun = Instant::now();
    let answer = loop {
        let answer = app.get("/health/ready").await.expect(200);
        if check(&answer, "hashing")["ok"] == json!(false) {
            break answer;
        }
        assert!(begun.elapsed() < PATIENCE);
        tokio::time::sleep(Duration::from_millis(5)).await;
    };
    assert_eq!(answer.json["status"], json!("degraded"));
    for task in tries {
        task.abort();
    }
    eventually("room in the queue", || Some(())).await;
}

#[tokio::test]
async fn f_a_mail_that_does_not_leave_degrades() {
    let app = Plan::new().simple().set("mail_url", "smtp://127.0.0.1:9").start();
    let mail = "INSERT INTO outbox (id, recipient, template, sealed, state, attempts, next_at, created_at, give_up_at)
                VALUES (7, 'ann@example.org', 'x', NULL, 'pending', 3, 9000000000000000, 1000000, 9000000000000000)";
    app.run(mail).await;
    let answer = app.get("/health/ready").await.expect(200);
    assert_eq!(answer.json["status"], json!("degraded"));
    assert!(check(&answer, "outbox")["reason"].as_str().unwrap().starts_with("1 mails have to leave, the oldest for "), "{}", answer.text);
    let metrics = app.get("/metrics").await.expect(200).text;
    assert!(metrics.contains("vestibule_outbox_mails{state=\"pending\"} 1\n"), "{metrics}");
    let oldest = metrics.lines().find_map(|line| line.strip_prefix("vestibule_outbox_oldest_pending_seconds ")).unwrap();
    assert!(oldest.parse::<f64>().unwrap() > 1e6, "{oldest}");
}
