//! A stand-in for the gateway: publishes keys, and signs by them.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
};

use ed25519_dalek::pkcs8::{EncodePrivateKey as _, KeypairBytes};
use jsonwebtoken::{
    Algorithm, EncodingKey, Header,
    jwk::{Jwk, PublicKeyUse},
};
use poem::{
    Response, Route, Server,
    endpoint::make_sync,
    get,
    http::StatusCode,
    listener::{Acceptor as _, Listener as _, TcpListener},
};
use rsa::{RsaPrivateKey, pkcs1::EncodeRsaPrivateKey as _, rand_core::OsRng};
use serde_json::{Value, json};
use shop::clock::{Clock as _, SystemClock};

/// A key of the gateway, or of somebody who would like to be it.
#[derive(Clone)]
pub(crate) struct Key {
    pub(crate) kid: String,
    pub(crate) algorithm: Algorithm,
    pub(crate) public: Value,
    signer: EncodingKey,
}

/// 32 bytes that no other key has.
fn bytes() -> [u8; 32] {
    let text = [shop::random::request_id(), shop::random::request_id()].concat();
    text.as_bytes()[..32].try_into().unwrap()
}

impl Key {
    pub(crate) fn ed25519(kid: &str) -> Self {
        let der = KeypairBytes { secret_key: bytes(), public_key: None }.to_pkcs8_der().unwrap();
        Self::new(kid, Algorithm::EdDSA, EncodingKey::from_ed_der(der.as_bytes()))
    }

    pub(crate) fn p256(kid: &str) -> Self {
        let der = p256::SecretKey::from_slice(&bytes()).unwrap().to_pkcs8_der().unwrap();
        Self::new(kid, Algorithm::ES256, EncodingKey::from_ec_der(der.as_bytes()))
    }

    pub(crate) fn rsa(kid: &str) -> Self {
        let der = RsaPrivateKey::new(&mut OsRng, 2048).unwrap().to_pkcs1_der().unwrap();
        Self::new(kid, Algorithm::RS256, EncodingKey::from_rsa_der(der.as_bytes()))
    }

    fn new(kid: &str, algorithm: Algorithm, signer: EncodingKey) -> Self {
        let mut jwk = Jwk::from_encoding_key(&signer, algorithm).unwrap();
        jwk.common.key_id = Some(kid.to_owned());
        jwk.common.public_key_use = Some(PublicKeyUse::Signature);
        Self { kid: kid.to_owned(), algorithm, public: serde_json::to_value(&jwk).unwrap(), signer }
    }

    /// A token as the gateway writes it, of any type.
    pub(crate) fn sign(&self, typ: &str, claims: &Value) -> String {
        let mut header = Header::new(self.algorithm);
        header.typ = Some(typ.to_owned());
        header.kid = Some(self.kid.clone());
        jsonwebtoken::encode(&header, claims, &self.signer).unwrap()
    }
}

/// Seconds since 1970.
pub(crate) fn now() -> i64 {
    SystemClock.now().seconds()
}

#[derive(Default)]
struct Published {
    keys: Mutex<Vec<Value>>,
    down: AtomicBool,
    fetches: AtomicUsize,
}

/// The stand-in.
pub(crate) struct Gateway {
    /// Its public URL.
    pub(crate) base: String,
    /// Signs the words of its callers.
    pub(crate) key: Key,
    published: Arc<Published>,
}

impl Gateway {
    /// Listens on a free port, with one published key.
    pub(crate) async fn start() -> Self {
        let key = Key::ed25519("first");
        let published = Arc::new(Published::default());
        published.keys.lock().unwrap().push(key.public.clone());
        let acceptor = TcpListener::bind("127.0.0.1:0").into_acceptor().await.unwrap();
        let base = format!("http://{}", acceptor.local_addr()[0].as_socket_addr().unwrap());
        let shared = Arc::clone(&published);
        let routes = Route::new().at("/.well-known/jwks.json", get(make_sync(move |_| shared.answer())));
        tokio::spawn(Server::new_with_acceptor(acceptor).run(routes));
        Self { base, key, published }
    }

    /// Publishes these and no others.
    pub(crate) fn publish(&self, keys: &[&Key]) {
        *self.published.keys.lock().unwrap() = keys.iter().map(|key| key.public.clone()).collect();
    }

    /// Answers 503 from now on, or no longer.
    pub(crate) fn set_down(&self, down: bool) {
        self.published.down.store(down, SeqCst);
    }

    /// How often its keys were fetched.
    pub(crate) fn fetches(&self) -> usize {
        self.published.fetches.load(SeqCst)
    }

    /// What it says about a user.
    pub(crate) fn claims(&self, user: i64) -> Value {
        json!({
            "iss": self.base, "aud": "shop", "sub": user.to_string(), "user_id": user, "email": format!("user{user}@example.org"),
            "name": format!("User {user}"), "roles": ["customer"], "iat": now(), "exp": now() + 60
        })
    }

    /// Its signed word about a user.
    pub(crate) fn word(&self, user: i64) -> String {
        self.key.sign("identity+jwt", &self.claims(user))
    }
}

impl Published {
    fn answer(&self) -> Response {
        self.fetches.fetch_add(1, SeqCst);
        if self.down.load(SeqCst) {
            return Response::builder().status(StatusCode::SERVICE_UNAVAILABLE).finish();
        }
        let keys = self.keys.lock().unwrap().clone();
        Response::builder().content_type("application/json").body(json!({ "keys": keys }).to_string())
    }
}
