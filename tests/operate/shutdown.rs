//! The end: readiness first, nothing dropped, the store last.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    actor::{PASSWORD, read},
    app::{App, Plan},
    patience::{PATIENCE, eventually},
};

#[tokio::test]
async fn f_readiness_goes_first() {
    let mut app = Plan::new().simple().set("shutdown_delay", "6s").start();
    app.get("/health/ready").await.expect(200);
    app.terminate();
    let begun = Instant::now();
    loop {
        let answer = app.get("/health/ready").await;
        if answer.status == 503 {
            assert!(answer.text.contains("told to stop"), "{}", answer.text);
            assert_eq!(answer.headers["connection"], "close", "a kept connection would be closed under the next request");
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "readiness did not go");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    app.user("ann@example.org").await;
    assert_eq!(app.get("/health/live").await.expect(200).json["status"], json!("ok"));
    assert_eq!(app.ended().await.code(), Some(0));
    assert!(begun.elapsed() >= Duration::from_millis(5900));
}

#[tokio::test]
async fn f_a_second_signal_ends_it_at_once() {
    let mut app = Plan::new().simple().set("shutdown_delay", "90s").start();
    app.terminate();
    eventually("the first word", || app.log().contains("stopping").then_some(())).await;
    app.terminate();
    // Otherwise it would take its ninety seconds, which nobody here waits for.
    assert_eq!(app.ended().await.code(), Some(1));
    assert!(app.log().contains("told twice"), "{}", app.log());
}

/// The log is folded into the database: a backup of the one file is whole.
#[tokio::test]
async fn f_the_store_is_closed_last() {
    let mut app = Plan::new().simple().on_file().start();
    app.user("ann@example.org").await;
    assert!(app.data().join("vestibule.db-wal").exists());
    app.terminate();
    assert_eq!(app.ended().await.code(), Some(0));
    assert!(!app.data().join("vestibule.db-wal").exists(), "the store was not closed");
    assert!(app.log().trim_end().ends_with("stopped"), "{}", app.log());
}

/// How many requests were answered, and how many found the door closed; anything else is the failure.
#[derive(Default)]
struct Tally {
    answered: AtomicUsize,
    refused: AtomicUsize,
    torn: std::sync::Mutex<Vec<String>>,
}

impl Tally {
    /// The answer, if there is one.
    async fn send(&self, request: reqwest::RequestBuilder) -> Option<Value> {
        match request.send().await {
            Ok(response) => {
                let answer = read(response).await;
                if ![200, 503].contains(&answer.status.as_u16()) || answer.json.is_null() {
                    self.torn.lock().unwrap().push(format!("{}: {}", answer.status, answer.text));
                }
                self.answered.fetch_add(1, Ordering::Relaxed);
                (answer.status == 200).then_some(answer.json)
            }
            Err(error) if error.is_connect() => {
                self.refused.fetch_add(1, Ordering::Relaxed);
                None
            }
            Err(error) => {
                self.torn.lock().unwrap().push(format!("{error:?}"));
                None
            }
        }
    }
}

/// Signs in and refreshes until the door is closed.
async fn client(base: String, http: reqwest::Client, tally: Arc<Tally>, done: Arc<AtomicBool>) {
    let body = json!({ "type": "simple", "email": "ann@example.org", "password": PASSWORD });
    while !done.load(Ordering::Relaxed) && tally.refused.load(Ordering::Relaxed) < 50 {
        let Some(mut pair) = tally.send(http.post(format!("{base}/auth/signin/")).json(&body)).await else { continue };
        for _ in 0..5 {
            let refresh = json!({ "refresh_token": pair["refresh_token"] });
            let Some(next) = tally.send(http.post(format!("{base}/auth/refresh")).json(&refresh)).await else { break };
            assert_ne!(next["refresh_token"], pair["refresh_token"]);
            pair = next;
        }
    }
}

async fn under_load(app: &mut App, kept: bool) {
    app.user("ann@example.org").await;
    let (tally, done) = (Arc::new(Tally::default()), Arc::new(AtomicBool::new(false)));
    let idle = if kept { 100 } else { 0 };
    let http = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(idle).retry(reqwest::retry::never()).build().unwrap();
    let clients: Vec<_> = (0..12).map(|_| tokio::spawn(client(app.base.clone(), http.clone(), tally.clone(), done.clone()))).collect();
    tokio::time::sleep(Duration::from_secs(1)).await;
    app.terminate();
    assert_eq!(app.ended().await.code(), Some(0));
    done.store(true, Ordering::Relaxed);
    for client in clients {
        client.await.unwrap();
    }
    let torn = tally.torn.lock().unwrap();
    assert!(torn.is_empty(), "{torn:#?}");
    let (answered, refused) = (tally.answered.load(Ordering::Relaxed), tally.refused.load(Ordering::Relaxed));
    assert!(answered > 20 && refused > 0, "{answered} answered, {refused} refused");
}

fn quick(delay: &str) -> App {
    Plan::new().simple().set("password_memory_kib", "1024").set("shutdown_delay", delay).start()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f_nothing_is_dropped_under_load() {
    under_load(&mut quick("0s"), false).await;
}

/// With a delay, kept connections are closed by the answer itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f_nothing_is_dropped_on_kept_connections() {
    under_load(&mut quick("500ms"), true).await;
}
