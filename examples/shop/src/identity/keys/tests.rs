use std::sync::{
    Mutex as Guarded,
    atomic::{AtomicUsize, Ordering::SeqCst},
};

use poem::{
    IntoResponse as _, Response, Route, Server,
    endpoint::make_sync,
    get,
    http::StatusCode,
    listener::{Acceptor as _, Listener as _, TcpListener},
    web::Redirect,
};

use super::*;

const QUICK: Pace = Pace { fresh: Duration::ZERO, cool_down: Duration::ZERO, after_failure: Duration::ZERO };

type Answer = Box<dyn Fn() -> Response + Send>;

/// A gateway that answers as it is told, and counts.
struct Gateway {
    answer: Guarded<Answer>,
    asked: AtomicUsize,
}

impl Gateway {
    async fn start(answer: Answer) -> (Arc<Self>, Url) {
        let gateway = Arc::new(Self { answer: Guarded::new(answer), asked: AtomicUsize::new(0) });
        let shared = Arc::clone(&gateway);
        let keys = get(make_sync(move |_| {
            shared.asked.fetch_add(1, SeqCst);
            (shared.answer.lock().unwrap())()
        }));
        let moved = get(make_sync(|_| set("moved")));
        let acceptor = TcpListener::bind("127.0.0.1:0").into_acceptor().await.unwrap();
        let address = *acceptor.local_addr()[0].as_socket_addr().unwrap();
        tokio::spawn(Server::new_with_acceptor(acceptor).run(Route::new().at("/keys", keys).at("/moved", moved)));
        (gateway, Url::parse(&format!("http://{address}/keys")).unwrap())
    }

    fn say(&self, answer: impl Fn() -> Response + Send + 'static) {
        *self.answer.lock().unwrap() = Box::new(answer);
    }
}

/// A set with one key (RFC 8037, appendix A.2).
fn document(kid: &str) -> String {
    let key = serde_json::json!({ "kid": kid, "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" });
    serde_json::json!({ "keys": [key] }).to_string()
}

fn set(kid: &str) -> Response {
    document(kid).into_response()
}

fn keys(url: Url, pace: Pace) -> Keys {
    Keys { pace, ..Keys::new(url).unwrap() }
}

async fn has(keys: &Keys, kid: &str) -> bool {
    keys.having(kid).await.is_ok_and(|set| set.0.contains_key(kid))
}

#[tokio::test]
async fn a_withdrawn_key_stops_counting_when_the_keys_are_old() {
    let (gateway, url) = Gateway::start(Box::new(|| set("first"))).await;
    let (quick, usual) = (keys(url.clone(), QUICK), keys(url, PACE));
    assert!(has(&quick, "first").await && has(&usual, "first").await);
    gateway.say(|| set("second"));
    assert!(!has(&quick, "first").await, "asked again, though the name is known");
    assert!(has(&usual, "first").await, "not asked again before its time");
}

#[tokio::test]
async fn old_keys_do_while_the_gateway_is_away() {
    let (gateway, url) = Gateway::start(Box::new(|| set("first"))).await;
    let keys = keys(url, QUICK);
    assert!(has(&keys, "first").await);
    gateway.say(|| StatusCode::BAD_GATEWAY.into_response());
    assert!(has(&keys, "first").await);
    assert!(matches!(keys.having("other").await, Err(NoKeys)), "nobody can tell");
}

#[tokio::test]
async fn an_unknown_name_asks_again_after_the_cool_down_only() {
    let (gateway, url) = Gateway::start(Box::new(|| set("first"))).await;
    let (quick, usual) = (keys(url.clone(), QUICK), keys(url, PACE));
    assert!(has(&usual, "first").await);
    for _ in 0..10 {
        assert!(!has(&usual, "made up").await);
    }
    assert_eq!(gateway.asked.load(SeqCst), 1);
    assert!(!has(&quick, "made up").await);
    gateway.say(|| set("second"));
    assert!(has(&quick, "second").await);
}

#[tokio::test]
async fn answers_that_are_no_keys_count_as_none() {
    let (gateway, url) = Gateway::start(Box::new(|| Redirect::temporary("/moved").into_response())).await;
    let keys = keys(url, QUICK);
    assert!(matches!(keys.having("moved").await, Err(NoKeys)), "a redirect was followed");
    gateway.say(|| serde_json::json!({ "keys": [] }).to_string().into_response());
    assert!(matches!(keys.having("first").await, Err(NoKeys)), "no keys at all");
    gateway.say(|| format!("{}{}", " ".repeat(LARGEST), document("first")).into_response());
    assert!(matches!(keys.having("first").await, Err(NoKeys)), "too large");
    gateway.say(|| set("first"));
    assert!(has(&keys, "first").await);
}
