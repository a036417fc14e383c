//! A stand-in for Facebook: a real HTTP server on this machine that speaks the documented protocol of the Graph API and of the
//! keys of Limited Login, remembers what it was asked, and can be in every kind of trouble.

pub mod key;
mod protocol;
pub mod trouble;

use std::{
    collections::BTreeMap,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use hyper::{Request, Response, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::{
    net::TcpListener,
    task::{JoinHandle, JoinSet},
};
use url::Url;
use vestibule::clock::{Clock, SystemClock};

use self::{
    key::Key,
    trouble::{Body, Trouble},
};

/// The operator's app.
pub const APP_ID: &str = "1052843297160041";
/// Its secret, which only Facebook and the gateway know.
pub const APP_SECRET: &str = "c0ffee5d41402abc4b2a76b9719d9110";

/// Seconds since 1970.
pub fn now() -> i64 {
    SystemClock.now().0 / 1_000_000
}

/// An access token that Facebook made.
#[derive(Clone)]
pub struct Token {
    /// The app that it was made for.
    pub app: String,
    /// The person's id for that app.
    pub user: String,
    /// The person's name; empty if it is not shared.
    pub name: String,
    /// The address that Facebook has; empty if it is not shared.
    pub email: String,
    /// Whether it is good.
    pub standing: Standing,
}

/// Whether a token is good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is.
    Good,
    /// Its time is over.
    Expired,
    /// It ended early, with Facebook's subcode and words.
    Ended {
        /// 458 and others.
        subcode: u64,
        /// After "Error validating access token: ".
        message: &'static str,
    },
}

/// A request that came.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Without a version before it.
    pub path: String,
    url: String,
    pairs: Vec<(String, String)>,
    headers: String,
}

impl Seen {
    /// A parameter of the query.
    pub fn query(&self, name: &str) -> Option<String> {
        self.pairs.iter().find(|(own, _)| own == name).map(|(_, value)| value.clone())
    }

    /// Whether the text is anywhere in it.
    pub fn holds(&self, text: &str) -> bool {
        self.url.contains(text) || self.headers.contains(text) || self.pairs.iter().any(|(_, value)| value.contains(text))
    }
}

#[derive(Default)]
struct State {
    tokens: BTreeMap<String, Token>,
    keys: Vec<Value>,
    trouble: BTreeMap<String, Trouble>,
    requests: Vec<Seen>,
}

/// The server. It ends with the value.
pub struct Graph {
    state: Arc<Mutex<State>>,
    address: SocketAddr,
    server: JoinHandle<()>,
}

impl Graph {
    /// On a free port, without any tokens and keys.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let (state, address) = (Arc::default(), listener.local_addr().expect("an address"));
        let server = tokio::spawn(serve(listener, Arc::clone(&state)));
        Self { state, address, server }
    }

    /// `127.0.0.1:PORT`, as it stands in `hosts`.
    pub fn host(&self) -> String {
        self.address.to_string()
    }

    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Facebook gives the person a token for the operator's app.
    pub fn give(&self, token: &str, user: &str, name: &str) {
        let (app, email) = (APP_ID.to_owned(), "ann@example.org".to_owned());
        self.put(token, Token { app, user: user.to_owned(), name: name.to_owned(), email, standing: Standing::Good });
    }

    /// Any token.
    pub fn put(&self, text: &str, token: Token) {
        self.lock().tokens.insert(text.to_owned(), token);
    }

    /// From now on the token is so.
    pub fn turn(&self, text: &str, standing: Standing) {
        self.lock().tokens.get_mut(text).expect("a token that was given").standing = standing;
    }

    /// Publishes keys in place of those before.
    pub fn publish(&self, keys: &[&Key]) {
        self.lock().keys = keys.iter().map(|key| key.jwk()).collect();
    }

    /// The path misbehaves from now on.
    pub fn trouble(&self, path: &str, trouble: Trouble) {
        self.lock().trouble.insert(path.to_owned(), trouble);
    }

    /// All is well again.
    pub fn heal(&self) {
        self.lock().trouble.clear();
    }

    /// Everything that was asked so far.
    pub fn requests(&self) -> Vec<Seen> {
        self.lock().requests.clone()
    }

    /// How often a path was asked for.
    pub fn count(&self, path: &str) -> usize {
        self.lock().requests.iter().filter(|seen| seen.path == path).count()
    }

    /// Claims of an ID token that is good for the operator's app.
    pub fn claims(user: &str) -> Value {
        json!({
            "iss": "https://www.facebook.com", "aud": APP_ID, "sub": user, "iat": now() - 5, "exp": now() + 3600, "jti": "x.y",
            "nonce": "n-0S6_WzA2Mj", "email": "ann@example.org", "name": "Ann Bee", "given_name": "Ann", "family_name": "Bee",
        })
    }

    /// The machine is gone: nobody listens, and what is open breaks.
    pub async fn stop(&mut self) {
        self.server.abort();
        let _ = (&mut self.server).await;
    }

    /// It is back, at the same address.
    pub async fn start_again(&mut self) {
        let listener = TcpListener::bind(self.address).await.expect("the same port");
        self.server = tokio::spawn(serve(listener, Arc::clone(&self.state)));
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no test panics while it holds this")
    }
}

impl Drop for Graph {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Connections end with the task: the set aborts them.
async fn serve(listener: TcpListener, state: Arc<Mutex<State>>) {
    let mut connections = JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else { return tokio::time::sleep(Duration::from_millis(10)).await };
        // A connection that ends before its answer does is reset, not closed.
        stream.set_zero_linger().expect("an option of the socket");
        let state = Arc::clone(&state);
        let service = service_fn(move |request| answer(Arc::clone(&state), request));
        connections.spawn(async move {
            // That the gateway hangs up is part of the game.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn answer(state: Arc<Mutex<State>>, request: Request<Incoming>) -> Result<Response<Body>, io::Error> {
    let seen = read(&request);
    let trouble = {
        let mut state = state.lock().expect("no test panics while it holds this");
        state.requests.push(seen.clone());
        state.trouble.get(&seen.path).cloned()
    };
    if let Some(trouble) = trouble
        && let Some(response) = trouble.answer().await?
    {
        return Ok(response);
    }
    Ok(protocol::answer(&state.lock().expect("no test panics while it holds this"), &seen))
}

fn read(request: &Request<Incoming>) -> Seen {
    let url = Url::parse(&format!("http://facebook{}", request.uri())).expect("a path");
    let path = match url.path().strip_prefix("/v").and_then(|rest| rest.split_once('/')) {
        Some((version, path)) if version.starts_with(|digit: char| digit.is_ascii_digit()) => format!("/{path}"),
        _ => url.path().to_owned(),
    };
    let pairs = url.query_pairs().into_owned().collect();
    Seen { path, url: url.to_string(), pairs, headers: format!("{:?}", request.headers()) }
}
