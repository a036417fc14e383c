//! A service behind a gateway: it says what reached it, and can be made to fail.

use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::{StreamExt as _, stream};
use http_body_util::{BodyExt, StreamBody, combinators::BoxBody};
use hyper::{
    Request, Response,
    body::{Bytes, Frame, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::Notify, task::JoinHandle};

type Body = BoxBody<Bytes, Infallible>;

/// Listens until it is dropped.
pub struct Service {
    /// Where.
    pub address: SocketAddr,
    /// What reached it, oldest first.
    pub seen: Arc<Mutex<Vec<Value>>>,
    /// Lets a stream at `/stream` go on.
    pub go_on: Arc<Notify>,
    task: JoinHandle<()>,
}

impl Service {
    /// On a free port.
    pub async fn start() -> Self {
        Self::on(([127, 0, 0, 1], 0).into()).await
    }

    /// At this address.
    pub async fn on(address: SocketAddr) -> Self {
        let listener = TcpListener::bind(address).await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (seen, go_on) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Notify::new()));
        let own = (Arc::clone(&seen), Arc::clone(&go_on));
        let task = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            loop {
                let Ok((stream, _)) = listener.accept().await else { continue };
                let (seen, go_on) = own.clone();
                let service = service_fn(move |request| answer(request, address.port(), Arc::clone(&seen), Arc::clone(&go_on)));
                connections.spawn(async move {
                    // Whoever breaks off is no matter of ours.
                    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
                });
            }
        });
        Self { address, seen, go_on, task }
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How many requests have reached it.
    pub fn count(&self) -> usize {
        self.seen.lock().expect("not poisoned").len()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What reached it as JSON, at every path but these: `/stream` sends a piece, waits for [`Service::go_on`] and sends another;
/// `/slow` takes a minute; `/cookies` sets some; `/status/N` answers N.
async fn answer(
    request: Request<Incoming>,
    port: u16,
    seen: Arc<Mutex<Vec<Value>>>,
    go_on: Arc<Notify>,
) -> Result<Response<Body>, std::io::Error> {
    let (head, body) = request.into_parts();
    let headers: Vec<[String; 2]> = head
        .headers
        .iter()
        .map(|(name, value)| [name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()])
        .collect();
    let body = body.collect().await.map(http_body_util::Collected::to_bytes).map_err(std::io::Error::other)?;
    let told = json!({
        "method": head.method.as_str(), "uri": head.uri.to_string(), "headers": headers, "port": port,
        "body": String::from_utf8_lossy(&body), "length": body.len(),
    });
    seen.lock().expect("not poisoned").push(told.clone());
    let path = head.uri.path().to_owned();
    let response = Response::builder();
    if path.ends_with("/broken") {
        return Err(std::io::Error::other("the connection breaks off"));
    } else if path.ends_with("/slow") {
        tokio::time::sleep(Duration::from_mins(1)).await;
    } else if path.ends_with("/stream") {
        let pieces = stream::once(async { Bytes::from("data: one\n\n") }).chain(stream::once(async move {
            go_on.notified().await;
            Bytes::from("data: two\n\n")
        }));
        let body = BodyExt::boxed(StreamBody::new(pieces.map(|piece| Ok(Frame::data(piece)))));
        return Ok(response.header("content-type", "text/event-stream").body(body).expect("a response"));
    } else if path.ends_with("/cookies") {
        let response = response
            .header("set-cookie", "own=1; Path=/")
            .header("set-cookie", "vestibule_session=1.evil; Path=/")
            .header("set-cookie", "__Host-vestibule_visitor=evil; Path=/; Secure")
            .header("connection", "x-hop")
            .header("x-hop", "1")
            .header("keep-alive", "timeout=5")
            .header("x-end", "2");
        return Ok(response.body(full(told.to_string())).expect("a response"));
    } else if let Some((_, status)) = path.split_once("/status/") {
        let status = status.parse::<u16>().expect("a status");
        return Ok(response.status(status).header("location", "/elsewhere").body(full(told.to_string())).expect("a response"));
    }
    Ok(response.header("content-type", "application/json").body(full(told.to_string())).expect("a response"))
}

fn full(text: String) -> Body {
    http_body_util::Full::new(Bytes::from(text)).boxed()
}

/// The values of a header, as the service saw them.
pub fn header<'a>(told: &'a Value, name: &str) -> Vec<&'a str> {
    let pairs = told["headers"].as_array().into_iter().flatten();
    pairs.filter(|pair| pair[0] == name).filter_map(|pair| pair[1].as_str()).collect()
}

/// The names of headers that say who somebody is, in whatever form.
pub fn identity(told: &Value) -> Vec<String> {
    let pairs = told["headers"].as_array().into_iter().flatten();
    let names = pairs.filter_map(|pair| Some(pair[0].as_str()?.replace('_', "-").to_lowercase()));
    let mut names: Vec<String> = names.filter(|name| name.starts_with("x-auth-")).collect();
    names.sort();
    names
}
