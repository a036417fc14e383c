//! Calls to other servers: to granted hosts, with granted secrets, and with an end.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use super::{besieged, crowd::Crowd, signin};
use crate::{
    actor::Answer,
    app::{App, Plan, write},
};

/// A server that answers every request in one way, and remembers what it was asked.
struct Upstream {
    host: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Upstream {
    /// `answer` is the whole response; none: it never answers.
    async fn start(answer: Option<Vec<u8>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let (seen, answer) = (Arc::clone(&asked), Arc::new(answer));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (seen, answer) = (Arc::clone(&seen), Arc::clone(&answer));
                tokio::spawn(async move {
                    let mut buffer = vec![0; 64 * 1024];
                    let length = stream.read(&mut buffer).await.unwrap_or(0);
                    seen.lock().unwrap().push(String::from_utf8_lossy(&buffer[..length]).into_owned());
                    match &*answer {
                        // Whoever asked may have hung up.
                        Some(answer) => drop(stream.write_all(answer).await),
                        None => tokio::time::sleep(Duration::from_mins(1)).await,
                    }
                });
            }
        });
        Self { host, asked }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn response(head: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {head}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

/// A provider type that fetches from `url`, with these hosts and further lines.
fn fetches(plan: Plan, kind: &str, attack: &str, (url, hosts): (&str, &str), more: &str) -> Plan {
    let toml = format!(
        "component = \"hostile.wasm\"\nhosts = [{hosts}]\nmail = true\n[settings]\nattack = \"{attack}\"\nurl = \"{url}\"\n{more}\n"
    );
    write(&plan.path().join(format!("plugins/{kind}.toml")), toml.as_bytes());
    plan
}

async fn report(app: &App, kind: &str) -> String {
    signin(app, kind, "ann@example.org").await.problem(400, "report").str("/detail")
}

#[tokio::test]
async fn rule17_only_granted_hosts_are_called() {
    let upstream = Upstream::start(Some(response("200 OK", b"hello"))).await;
    let other = Upstream::start(Some(response("200 OK", b"hello"))).await;
    let (url, granted) = (format!("http://{}/x", upstream.host), format!("\"{}\"", upstream.host));
    let foreign = format!("http://{}/x", other.host);
    let at = (url.as_str(), granted.as_str());
    let mut plan = fetches(besieged(), "granted", "fetch", at, "");
    plan = fetches(plan, "not-granted", "fetch", (&foreign, &granted), "");
    for attack in ["fetch_forbidden", "fetch_metadata", "fetch_file", "fetch_header", "fetch_host_header"] {
        plan = fetches(plan, &attack.replace('_', "-"), attack, at, "");
    }
    let app = plan.start();
    assert_eq!(report(&app, "granted").await, "status 200, bytes 5");
    for kind in ["not-granted", "fetch-forbidden", "fetch-metadata"] {
        assert_eq!(report(&app, kind).await, "forbidden", "{kind}");
    }
    for kind in ["fetch-file", "fetch-header", "fetch-host-header"] {
        assert_eq!(report(&app, kind).await, "invalid", "{kind}");
    }
    assert_eq!((upstream.asked().len(), other.asked().len()), (1, 0));
    // For the operator, with the line that would grant it.
    let line = format!("{} is not granted: add it to `hosts` in not-granted.toml", other.host);
    assert!(app.log().contains(&line), "{}", app.log());
}

#[tokio::test]
async fn rule17_secrets_go_where_they_are_granted_and_nowhere_else() {
    let upstream = Upstream::start(Some(response("200 OK", b"hello"))).await;
    let (url, granted) = (format!("http://{}/x", upstream.host), format!("\"{}\"", upstream.host));
    let at = (url.as_str(), granted.as_str());
    let mut plan = besieged().env("KEY", "a-secret/value");
    plan = fetches(plan, "without", "fetch_secret", at, "");
    plan = fetches(plan, "nowhere", "fetch_secret", at, "[secrets]\napp_secret = { env = \"KEY\", hosts = [] }");
    plan = fetches(plan, "with", "fetch_secret", at, &format!("[secrets]\napp_secret = {{ env = \"KEY\", hosts = [{granted}] }}"));
    let app = plan.start();
    for kind in ["without", "nowhere"] {
        assert_eq!(report(&app, kind).await, "forbidden", "{kind}");
    }
    assert!(upstream.asked().is_empty(), "{:?}", upstream.asked());
    assert_eq!(report(&app, "with").await, "status 200, bytes 5");
    let asked = upstream.asked().remove(0);
    assert!(asked.contains("key=a-secret%2Fvalue") && asked.contains("x-key: a-secret/value"), "{asked}");
    assert!(!app.log().contains("a-secret"), "the log shows the secret");
}

#[tokio::test]
async fn rule17_answers_are_bounded_and_redirects_not_followed() {
    let other = Upstream::start(Some(response("200 OK", b"hello"))).await;
    let elsewhere = Upstream::start(Some(response(&format!("302 Found\r\nlocation: http://{}/", other.host), b""))).await;
    let large = Upstream::start(Some(response("200 OK", &vec![b'x'; 2 << 20]))).await;
    let mut plan = besieged();
    for (kind, upstream) in [("redirected", &elsewhere), ("large", &large)] {
        let hosts = format!("\"{}\", \"{}\"", upstream.host, other.host);
        plan = fetches(plan, kind, "fetch", (&format!("http://{}/", upstream.host), &hosts), "");
    }
    let app = plan.start();
    assert_eq!(report(&app, "redirected").await, "status 302, bytes 0");
    assert_eq!(report(&app, "large").await, "too large");
    assert!(other.asked().is_empty());
}

#[tokio::test]
async fn g5_fetches_without_end_and_upstreams_that_never_answer() {
    let quick = Upstream::start(Some(response("200 OK", b"hello"))).await;
    let dead = Upstream::start(None).await;
    let at = |upstream: &Upstream| (format!("http://{}/", upstream.host), format!("\"{}\"", upstream.host));
    let (quick_at, dead_at) = (at(&quick), at(&dead));
    let limits = "[limits]\nwall_ms = 1000\nconcurrent = 4";
    let mut plan = fetches(besieged(), "again", "fetch_loop", (&quick_at.0, &quick_at.1), "");
    plan = fetches(plan, "giant", "fetch_giant", (&quick_at.0, &quick_at.1), "[limits]\ncpu_ms = 5000");
    plan = fetches(plan, "dead", "fetch", (&dead_at.0, &dead_at.1), limits);
    let app = plan.start();
    let crowd = Crowd::gather(&app, 2).await;
    let ended = |answer: Answer, code: &str, kind: &str, limit: &str| {
        let id = answer.problem(503, code).headers["x-request-id"].to_str().unwrap().to_owned();
        let line = format!("provider=\"{kind}\" request_id=\"{id}\" limit={limit}");
        assert!(app.log().contains(&line), "no {line:?} in\n{}", app.log());
    };
    ended(signin(&app, "again", "ann@example.org").await, "provider_failed", "again", "fetches");
    assert_eq!(quick.asked().len(), 5);
    ended(signin(&app, "giant", "ann@example.org").await, "provider_failed", "giant", "answer");
    for _ in 0..4 {
        ended(signin(&app, "dead", "ann@example.org").await, "provider_timeout", "dead", "wall");
    }
    crowd.disperse().await;
}
