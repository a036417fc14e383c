//! Honest people who go on signing in while something else happens. None of them may notice.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::json;
use tokio::task::JoinHandle;

use crate::{actor::PASSWORD, app::App, patience::PATIENCE};

/// What one of them saw.
#[derive(Default)]
struct Tally {
    requests: usize,
    slowest: Duration,
    failures: Vec<String>,
}

/// Some people.
pub(super) struct Crowd {
    enough: Arc<AtomicBool>,
    people: Vec<JoinHandle<Tally>>,
}

impl Crowd {
    /// Signs `people` up by `simple`, each of whom then signs in and looks at what there is, again and again.
    pub(super) async fn gather(app: &App, people: usize) -> Self {
        let enough = Arc::new(AtomicBool::new(false));
        let mut crowd = Vec::new();
        for at in 0..people {
            let email = format!("person{at}@example.org");
            app.user(&email).await;
            crowd.push(tokio::spawn(go_on(app.http.clone(), app.base.clone(), email, Arc::clone(&enough))));
        }
        Self { enough, people: crowd }
    }

    /// Ends it; not one request may have failed. Says how many there were.
    pub(super) async fn disperse(self) -> usize {
        self.enough.store(true, Ordering::Relaxed);
        let (mut requests, mut slowest) = (0, Duration::ZERO);
        for person in self.people {
            let tally = person.await.unwrap();
            assert!(tally.failures.is_empty(), "{} of {} requests failed: {:?}", tally.failures.len(), tally.requests, tally.failures);
            assert!(tally.requests > 0, "somebody did nothing");
            (requests, slowest) = (requests + tally.requests, slowest.max(tally.slowest));
        }
        println!("{requests} requests beside, the slowest took {slowest:?}");
        requests
    }
}

async fn go_on(http: reqwest::Client, base: String, email: String, enough: Arc<AtomicBool>) -> Tally {
    let body = json!({ "type": "simple", "email": email, "password": PASSWORD });
    let mut tally = Tally::default();
    while !enough.load(Ordering::Relaxed) {
        let requests = [http.post(format!("{base}/auth/signin/")).json(&body), http.get(format!("{base}/auth/providers"))];
        for request in requests {
            let begun = Instant::now();
            let failure = match request.timeout(PATIENCE).send().await {
                Ok(answer) if answer.status() == 200 => answer.bytes().await.err().map(|error| error.to_string()),
                Ok(answer) => Some(format!("{}: {}", answer.status(), answer.text().await.unwrap_or_default())),
                Err(error) => Some(error.to_string()),
            };
            tally.failures.extend(failure);
            tally.slowest = tally.slowest.max(begun.elapsed());
            tally.requests += 1;
        }
    }
    tally
}
