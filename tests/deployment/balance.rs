//! Two gateways on one PostgreSQL behind nginx, as `deploy/nginx.conf` has it: one is killed, one is stopped in order.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use super::nginx::Nginx;
use crate::{
    actor::{Answer, PASSWORD, read},
    app::{App, Plan},
    patience::eventually,
    postgresql::Database,
};

/// People who sign in, look and refresh, each one request at a time: so many requests are under way at most.
const PEOPLE: usize = 8;
/// Between two requests of one of them.
const PACE: Duration = Duration::from_millis(15);

/// What came of the requests.
#[derive(Default)]
struct Tally {
    done: AtomicBool,
    answered: AtomicUsize,
    /// Method and path, and what came instead of 200.
    failed: Mutex<Vec<(&'static str, String)>>,
    /// People who had to sign in again although nothing of theirs had ended.
    lost: AtomicUsize,
}

/// Somebody behind nginx.
struct Person {
    base: String,
    http: reqwest::Client,
    email: String,
    tally: Arc<Tally>,
}

impl Person {
    async fn send(&self, path: &'static str, request: reqwest::RequestBuilder) -> Option<Value> {
        tokio::time::sleep(PACE).await;
        let failure = match request.send().await {
            Ok(response) => {
                let answer: Answer = read(response).await;
                if answer.status == 200 {
                    self.tally.answered.fetch_add(1, Ordering::Relaxed);
                    return Some(answer.json);
                }
                format!("{} {}", answer.status, answer.text)
            }
            Err(error) => format!("{error:?}"),
        };
        self.tally.failed.lock().unwrap().push((path, failure));
        None
    }

    async fn post(&self, path: &'static str, body: &Value) -> Option<Value> {
        self.send(path, self.http.post(format!("{}{path}", self.base)).json(body)).await
    }

    /// Signs in, looks, refreshes; what fails is tried again, as apps do.
    async fn live(self) {
        let signin = json!({ "type": "simple", "email": self.email, "password": PASSWORD });
        while !self.tally.done.load(Ordering::Relaxed) {
            let Some(mut pair) = self.post("/auth/signin/", &signin).await else { continue };
            for _ in 0..6 {
                let token = pair["access_token"].as_str().unwrap().to_owned();
                let check = self.http.get(format!("{}/auth/check", self.base)).bearer_auth(token);
                self.send("/auth/check", check).await;
                let body = json!({ "refresh_token": pair["refresh_token"] });
                let mut next = self.post("/auth/refresh", &body).await;
                if next.is_none() {
                    next = self.post("/auth/refresh", &body).await;
                }
                let Some(next) = next else {
                    self.tally.lost.fetch_add(1, Ordering::Relaxed);
                    break;
                };
                pair = next;
            }
        }
    }
}

/// Two gateways, nginx in front of them, and people.
struct Scene {
    one: App,
    other: App,
    nginx: Nginx,
    tally: Arc<Tally>,
    people: Vec<tokio::task::JoinHandle<()>>,
}

impl Scene {
    async fn begin() -> Self {
        let plan = Plan::new().on(Database::like_template()).simple();
        // The delay that goes with the file's keepalive_timeout; see docker-compose.yml.
        let plan = plan.set("password_memory_kib", "1024").set("trusted_proxies", "127.0.0.1").set("shutdown_delay", "5s");
        let mut one = plan.start();
        let other = one.beside();
        // It comes back where nginx looks for it.
        let address = one.base.trim_start_matches("http://").to_owned();
        one.set("listen", &address);
        let nginx = Nginx::in_front_of([&one.base, &other.base]);
        let tally = Arc::new(Tally::default());
        let http = reqwest::Client::builder().no_proxy().retry(reqwest::retry::never()).build().unwrap();
        let mut people = Vec::new();
        for number in 0..PEOPLE {
            let email = format!("person{number}@example.org");
            one.user(&email).await;
            let person = Person { base: nginx.base.clone(), http: http.clone(), email, tally: tally.clone() };
            people.push(tokio::spawn(person.live()));
        }
        let scene = Self { one, other, nginx, tally, people };
        let [one, other] = scene.served_by();
        eventually("both gateways at work", || (scene.count(&one) >= 30 && scene.count(&other) >= 30).then_some(())).await;
        scene
    }

    /// How the access log names the two.
    fn served_by(&self) -> [String; 2] {
        [&self.one, &self.other].map(|app| format!("to={}:200 ", app.base.trim_start_matches("http://")))
    }

    /// Requests that the access log says were answered by one of them, at the first try.
    fn count(&self, served_by: &str) -> usize {
        self.nginx.log("access.log").matches(served_by).count()
    }

    /// Waits until so many more requests were answered.
    async fn go_on(&self, requests: usize) {
        let until = self.tally.answered.load(Ordering::Relaxed) + requests;
        eventually("answers", || (self.tally.answered.load(Ordering::Relaxed) >= until).then_some(())).await;
    }

    /// Everybody goes home; what failed.
    async fn end(&mut self) -> Vec<(&'static str, String)> {
        self.tally.done.store(true, Ordering::Relaxed);
        for person in self.people.drain(..) {
            person.await.unwrap();
        }
        assert_eq!(self.tally.lost.load(Ordering::Relaxed), 0, "somebody was signed out");
        std::mem::take(&mut *self.tally.failed.lock().unwrap())
    }
}

/// What was under way on the dead one may fail, and nothing else; what may be repeated is not even noticed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(all(nginx, postgresql)), ignore = "needs nginx and PostgreSQL")]
async fn load_e8_a_killed_gateway_costs_only_what_it_had_under_way() {
    let mut scene = Scene::begin().await;
    kill_process(Pid::from_raw(i32::try_from(scene.one.pid()).unwrap()).unwrap(), Signal::KILL).unwrap();
    scene.go_on(200).await;
    scene.one.restart();
    let [one, _] = scene.served_by();
    let before = scene.count(&one);
    eventually("its return", || (scene.count(&one) >= before + 30).then_some(())).await;
    let failed = scene.end().await;
    assert!(failed.len() <= PEOPLE, "{failed:#?}");
    for (path, failure) in &failed {
        assert!(["/auth/signin/", "/auth/refresh"].contains(path), "{path} may be repeated: {failure}");
        assert!(failure.starts_with("503") && failure.contains("gateway_unavailable"), "{failure}");
    }
    let log = scene.nginx.log("access.log");
    assert!(!log.contains("refresh_token") && !log.contains('?'), "{log}");
}

/// Readiness goes, kept connections go, the door is closed, the process ends: nobody notices any of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(all(nginx, postgresql)), ignore = "needs nginx and PostgreSQL")]
async fn load_f_a_stopped_gateway_costs_nothing() {
    let mut scene = Scene::begin().await;
    scene.one.terminate();
    assert_eq!(scene.one.ended().await.code(), Some(0));
    scene.go_on(100).await;
    scene.one.restart();
    let [one, _] = scene.served_by();
    let before = scene.count(&one);
    eventually("its return", || (scene.count(&one) >= before + 30).then_some(())).await;
    assert_eq!(scene.end().await, []);
}

/// The gateway sees the client, whatever the client says about itself; nobody but nginx can say so.
#[tokio::test]
#[cfg_attr(not(nginx), ignore = "needs nginx")]
async fn rule22_nginx_tells_who_asks() {
    let app = Plan::new().simple().set("trusted_proxies", "127.0.0.1").start();
    let nginx = Nginx::in_front_of([&app.base, "127.0.0.1:1"]);
    let user = app.user("ann@example.org").await;
    let body = json!({ "type": "simple", "email": "ann@example.org", "password": PASSWORD });
    let request = app.http.post(format!("{}/auth/signin/", nginx.base)).json(&body).header("X-Forwarded-For", "198.51.100.7");
    read(request.header("Forwarded", "for=198.51.100.8").send().await.unwrap()).await.expect(200);
    let history = user.get("/me/signins").await.expect(200).text;
    assert!(history.contains("127.0.0.1") && !history.contains("198.51.100"), "{history}");
}

/// What nginx itself has to say is a problem document, too.
#[tokio::test]
#[cfg_attr(not(nginx), ignore = "needs nginx")]
async fn f_nginx_speaks_as_the_gateway_does() {
    let app = App::simple();
    let nginx = Nginx::in_front_of(["127.0.0.1:1", "127.0.0.1:2"]);
    let problem = async |request: reqwest::RequestBuilder, status: u16, code: &str| {
        let answer = read(request.send().await.unwrap()).await.expect(status);
        assert_eq!(answer.headers["content-type"], "application/problem+json", "{}", answer.text);
        assert_eq!((answer.json["code"].as_str(), answer.json["status"].as_u64()), (Some(code), Some(status.into())));
        answer
    };
    let away = problem(app.http.get(format!("{}/me", nginx.base)), 503, "gateway_unavailable").await;
    assert_eq!(away.headers["retry-after"], "1");
    let large = vec![b'x'; 11 << 20];
    problem(app.http.post(format!("{}/auth/signin/", nginx.base)).body(large), 413, "body_too_large").await;
}

/// What it could not even read, too.
#[tokio::test]
#[cfg_attr(not(nginx), ignore = "needs nginx")]
async fn f_nginx_speaks_as_the_gateway_does_of_what_it_cannot_read() {
    let nginx = Nginx::in_front_of(["127.0.0.1:1", "127.0.0.1:2"]);
    let long = "x".repeat(40_000);
    for (head, status, code) in [
        (format!("GET /me HTTP/1.1\r\nHost: a\r\nX-Long: {long}"), 431, "request_refused"),
        (format!("GET /{long} HTTP/1.1\r\nHost: a"), 414, "request_refused"),
        ("GET /me HTTP/1.1".to_owned(), 400, "malformed_request"),
        ("G?T /me HTTP/1.1\r\nHost: a".to_owned(), 400, "malformed_request"),
        ("TRACE /me HTTP/1.1\r\nHost: a".to_owned(), 405, "method_not_allowed"),
        ("GET /nginx/not_found HTTP/1.1\r\nHost: a".to_owned(), 404, "not_found"),
        ("POST /me HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: other".to_owned(), 501, "request_refused"),
        ("GET /me HTTP/3.1\r\nHost: a".to_owned(), 505, "request_refused"),
    ] {
        let said = nginx.answer(&format!("{head}\r\nConnection: close\r\n\r\n"));
        let (head, body) = said.split_once("\r\n\r\n").expect(&said);
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{head}");
        assert!(head.contains("Content-Type: application/problem+json"), "{said}");
        let body: Value = serde_json::from_str(body).expect(body);
        assert_eq!((body["code"].as_str(), body["status"].as_u64()), (Some(code), Some(status)));
    }
}
