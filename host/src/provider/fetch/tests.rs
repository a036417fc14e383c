use std::{
    io,
    net::{IpAddr, Ipv4Addr},
    sync::{
        Mutex,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use super::*;
use crate::{
    clock::{Clock, SystemClock},
    model::{Secret, Timestamp},
    provider::{
        capability::{Body, Pair, Part},
        egress::resolve::Lookup,
        grant::GrantedSecret,
    },
};

const SECRET: &str = "hunter2 &/+";

/// A server that answers by path, and remembers what it was sent.
struct Server {
    port: u16,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Server {
    async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::<Mutex<Vec<String>>>::default();
        let log = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&log)));
            }
        });
        Self { port, seen }
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }

    fn grants(&self) -> Grants {
        let secret = |hosts: Vec<String>| GrantedSecret { value: Secret::new(SECRET.to_owned()), hosts };
        Grants {
            hosts: vec![self.host(), "example.org".to_owned()],
            secrets: [("key".to_owned(), secret(vec![self.host()])), ("hmac".to_owned(), secret(Vec::new()))].into(),
            ..Grants::default()
        }
    }

    fn fetcher(&self) -> Fetcher {
        Fetcher::new("facebook", &self.grants(), Arc::new(Egress::new(Arc::new(SystemClock))))
    }
}

/// Headers and, where a length is given, the body.
async fn read_request(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    let mut buffer = [0; 4096];
    loop {
        let size = stream.read(&mut buffer).await.unwrap_or(0);
        text.push_str(&String::from_utf8_lossy(&buffer[..size]));
        let lower = text.to_ascii_lowercase();
        let length = lower.split("content-length: ").nth(1).and_then(|rest| rest.split("\r\n").next()?.parse::<usize>().ok());
        if size == 0 || text.split_once("\r\n\r\n").is_some_and(|(_, body)| body.len() >= length.unwrap_or(0)) {
            return text;
        }
    }
}

async fn serve(mut stream: TcpStream, log: Arc<Mutex<Vec<String>>>) {
    let request = read_request(&mut stream).await;
    let target = request.split(' ').nth(1).unwrap_or_default().to_owned();
    log.lock().unwrap().push(request);
    let close = "connection: close\r\n\r\n";
    let answer = match target.split('?').next().unwrap_or_default() {
        "/redirect" => {
            format!("HTTP/1.1 302 Found\r\nlocation: /elsewhere{}\r\ncontent-length: 0\r\n{close}", target.trim_start_matches("/redirect"))
        }
        "/giant" => format!("HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\n{close}"),
        "/endless" => {
            let _ = stream.write_all(format!("HTTP/1.1 200 OK\r\n{close}").as_bytes()).await;
            while stream.write_all(&[b'x'; 8192]).await.is_ok() {}
            return;
        }
        "/slow" => {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nx").await;
            return tokio::time::sleep(Duration::from_mins(1)).await;
        }
        "/missing" => format!("HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\n{close}no"),
        "/cut" => "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nx".to_owned(),
        _ => {
            tokio::time::sleep(Duration::from_millis(50)).await;
            format!("HTTP/1.1 200 OK\r\ncontent-length: 2\r\nx-who: server\r\nset-cookie: a=b\r\n{close}ok")
        }
    };
    let _ = stream.write_all(answer.as_bytes()).await;
}

fn get(url: impl Into<String>) -> FetchRequest {
    FetchRequest { method: Method::Get, url: url.into(), query: vec![], headers: vec![], body: Body::None, max_age: 0 }
}

fn text(name: &str, value: &str) -> Pair {
    Pair { name: name.to_owned(), value: vec![Part::Text(value.to_owned())] }
}

fn secret(name: &str, secret: &str) -> Pair {
    Pair { name: name.to_owned(), value: vec![Part::Text("pre ".to_owned()), Part::Secret(secret.to_owned())] }
}

fn is_forbidden(result: &Result<FetchResponse, FetchError>, part: &str) -> bool {
    matches!(result, Err(FetchError::Forbidden(text)) if text.contains(part))
}

#[tokio::test]
async fn a_granted_host_is_called_and_no_other() {
    let (server, other) = (Server::start().await, Server::start().await);
    let fetcher = server.fetcher();
    let answer = fetcher.fetch(get(server.url("/a/b"))).await.unwrap();
    assert_eq!((answer.status, answer.body.as_slice()), (200, &b"ok"[..]));
    assert!(answer.headers.contains(&("x-who".to_owned(), "server".to_owned())));
    for (url, part) in [
        (other.url("/"), "is not granted: add it to `hosts` in facebook.toml"),
        ("https://example.com/".to_owned(), "example.com:443 is not granted"),
        ("https://example.org:8443/".to_owned(), "example.org:8443 is not granted"),
        ("https://sub.example.org/".to_owned(), "is not granted"),
        ("https://example.org./".to_owned(), "is not granted"),
        ("http://example.org/".to_owned(), "example.org:80 is not granted"),
        ("http://example.org:443/".to_owned(), "https only"),
        ("http://169.254.169.254/latest".to_owned(), "is not granted"),
        (format!("ws://127.0.0.1:{}/", server.port), "https only"),
    ] {
        let result = fetcher.fetch(get(url)).await;
        assert!(is_forbidden(&result, part), "{result:?}");
    }
    assert!(other.seen().is_empty());
    assert_eq!(server.seen().len(), 1);
    assert!(!server.seen()[0].to_lowercase().contains("cookie"));
}

#[tokio::test]
async fn malformed_requests_are_told_why() {
    let server = Server::start().await;
    let fetcher = server.fetcher();
    let with = |change: &dyn Fn(&mut FetchRequest)| {
        let mut request = get(server.url("/"));
        change(&mut request);
        request
    };
    for (request, part) in [
        (get("no url"), "cannot be read"),
        (get(server.url("/?a=b")), "no query"),
        (get(server.url("/?")), "no query"),
        (get(server.url("/#a")), "no query and no fragment"),
        (get(format!("http://user@{}/", server.host())), "no user"),
        (get(server.url(&"/x".repeat(5000))), "longer than 8 KiB"),
        (with(&|request| request.headers = vec![text("Host", "evil")]), "set by the gateway alone"),
        (with(&|request| request.headers = vec![text("Transfer-Encoding", "chunked")]), "set by the gateway alone"),
        (with(&|request| request.headers = vec![text("a b", "c")]), "a name that HTTP does not allow"),
        (with(&|request| request.headers = vec![text("a", "b\r\nc: d")]), "a value that HTTP does not allow"),
        (with(&|request| request.headers = vec![text("a", &"b".repeat(20_000))]), "more than 16 KiB"),
        (with(&|request| request.query = vec![text("a", "b"); 65]), "more than 64 pairs"),
        (with(&|request| request.body = Body::Form(vec![])), "a GET has no body"),
        (with(&|request| request.body = Body::Bytes { content_type: "a/b".to_owned(), bytes: vec![0; 300_000] }), "more than 256 KiB"),
    ] {
        let result = fetcher.fetch(request).await;
        assert!(matches!(&result, Err(FetchError::Invalid(text)) if text.contains(part)), "{part}: {result:?}");
    }
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn secrets_go_to_their_hosts_only_and_are_never_told() {
    let server = Server::start().await;
    let fetcher = server.fetcher();
    let request = FetchRequest {
        method: Method::Post,
        query: vec![secret("token", "key")],
        headers: vec![Pair { name: "x-key".to_owned(), value: vec![Part::Secret("key".to_owned())] }],
        body: Body::Form(vec![secret("a", "key")]),
        ..get(server.url("/post"))
    };
    fetcher.fetch(request).await.unwrap();
    let seen = server.seen().remove(0);
    assert!(seen.starts_with("POST /post?token=pre+hunter2+%26%2F%2B HTTP/1.1\r\n"), "{seen}");
    assert!(seen.contains("x-key: hunter2 &/+\r\n") && seen.ends_with("\r\n\r\na=pre+hunter2+%26%2F%2B"), "{seen}");
    assert!(seen.contains("content-type: application/x-www-form-urlencoded\r\n"));

    for (url, name, part) in [
        ("https://example.org/".to_owned(), "key", "the secret `key` may not go to example.org"),
        (server.url("/"), "hmac", "the secret `hmac` may not go to 127.0.0.1"),
        (server.url("/"), "nonsense", "the secret `nonsense` is not granted: add it to [secrets] in facebook.toml"),
    ] {
        let result = fetcher.fetch(FetchRequest { query: vec![secret("a", name)], ..get(url) }).await;
        assert!(is_forbidden(&result, part), "{result:?}");
    }
    let gone = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap().local_addr().unwrap();
    let mut grants = server.grants();
    grants.hosts.push(gone.to_string());
    grants.secrets.get_mut("key").unwrap().hosts.push(gone.to_string());
    let egress = Egress::new(Arc::new(SystemClock)).with_total_time(Duration::from_millis(300));
    let fetcher = Fetcher::new("facebook", &grants, Arc::new(egress));
    for url in [format!("http://{gone}/"), server.url("/cut"), server.url("/slow")] {
        let result = fetcher.fetch(FetchRequest { query: vec![secret("a", "key")], ..get(url) }).await;
        let Err(FetchError::Unreachable(text)) = &result else { panic!("{result:?}") };
        assert!(!text.contains("hunter2") && !text.contains('?') && text.contains("127.0.0.1"), "{text}");
    }
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_repeats_no_secret() {
    let server = Server::start().await;
    let fetcher = server.fetcher();
    let answer = fetcher.fetch(get(server.url("/redirect"))).await.unwrap();
    assert_eq!(answer.status, 302);
    assert!(answer.headers.contains(&("location".to_owned(), "/elsewhere".to_owned())));
    let answer = fetcher.fetch(FetchRequest { query: vec![secret("a", "key")], ..get(server.url("/redirect")) }).await.unwrap();
    assert!(!format!("{answer:?}").contains("hunter2"), "{answer:?}");
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn giant_and_slow_answers_are_cut_off() {
    let server = Server::start().await;
    let egress = Egress::new(Arc::new(SystemClock)).with_total_time(Duration::from_millis(300));
    let fetcher = Fetcher::new("facebook", &server.grants(), Arc::new(egress));
    assert_eq!(fetcher.fetch(get(server.url("/giant"))).await, Err(FetchError::TooLarge));
    assert_eq!(fetcher.fetch(get(server.url("/endless"))).await, Err(FetchError::TooLarge));
    let result = fetcher.fetch(get(server.url("/slow"))).await;
    assert!(matches!(&result, Err(FetchError::Unreachable(text)) if text.contains("did not answer in time")), "{result:?}");
}

/// What a hostile name server says.
struct Leading(IpAddr);

#[async_trait]
impl Lookup for Leading {
    async fn lookup(&self, _: &str) -> io::Result<Vec<IpAddr>> {
        Ok(vec![self.0])
    }
}

#[tokio::test]
async fn a_granted_name_that_leads_inside_is_not_followed() {
    let server = Server::start().await;
    let mut grants = server.grants();
    grants.hosts.push(format!("example.org:{}", server.port));
    for address in ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1"] {
        let egress = Egress::with_lookup(Arc::new(Leading(address.parse().unwrap())), Arc::new(SystemClock));
        let fetcher = Fetcher::new("facebook", &grants, Arc::new(egress));
        let result = fetcher.fetch(get(format!("https://example.org:{}/", server.port))).await;
        assert!(is_forbidden(&result, "example.org has no public address"), "{address}: {result:?}");
    }
    assert!(server.seen().is_empty());
}

#[derive(Default)]
struct HandClock(AtomicI64);

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_seconds(self.0.load(Ordering::Relaxed))
    }
}

#[tokio::test]
async fn answers_serve_again_while_they_are_young_enough() {
    let server = Server::start().await;
    let clock = Arc::<HandClock>::default();
    let fetcher = Fetcher::new("facebook", &server.grants(), Arc::new(Egress::new(Arc::clone(&clock) as Arc<dyn Clock>)));
    let keys = |max_age| FetchRequest { max_age, ..get(server.url("/keys")) };
    let asked = (0..10).map(|_| fetcher.fetch(keys(60)));
    for answer in futures_util::future::join_all(asked).await {
        assert_eq!(answer.unwrap().body, b"ok");
    }
    assert_eq!(server.seen().len(), 1, "ten at once fetch once");
    clock.0.store(60, Ordering::Relaxed);
    fetcher.fetch(keys(60)).await.unwrap();
    assert_eq!(server.seen().len(), 1);
    fetcher.fetch(keys(59)).await.unwrap();
    assert_eq!(server.seen().len(), 2, "too old for this caller");
    fetcher.fetch(keys(0)).await.unwrap();
    fetcher.fetch(FetchRequest { headers: vec![text("a", "b")], ..keys(60) }).await.unwrap();
    fetcher.fetch(FetchRequest { query: vec![text("a", "b")], ..keys(60) }).await.unwrap();
    fetcher.fetch(FetchRequest { query: vec![secret("a", "key")], ..keys(60) }).await.unwrap();
    assert_eq!(server.seen().len(), 6, "other requests have other answers");
}

#[tokio::test]
async fn only_good_answers_are_kept() {
    let server = Server::start().await;
    let fetcher = server.fetcher();
    for _ in 0..2 {
        let missing = FetchRequest { max_age: 60, ..get(server.url("/missing")) };
        assert_eq!(fetcher.fetch(missing).await.unwrap().status, 404);
    }
    for _ in 0..2 {
        let giant = FetchRequest { max_age: 60, ..get(server.url("/giant")) };
        assert_eq!(fetcher.fetch(giant).await, Err(FetchError::TooLarge));
    }
    assert_eq!(server.seen().len(), 4);
}
