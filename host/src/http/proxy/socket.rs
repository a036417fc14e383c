//! Websockets (RFC 6455): after the handshake both sides talk as they like. No other protocol is changed to.

use poem::{
    OnUpgrade, Request, Response,
    http::{HeaderMap, HeaderValue, Method, StatusCode, Version, header},
};
use tokio::io::copy_bidirectional;

use super::header::for_client;

/// The client's side, once it has been promised.
pub(super) struct Socket(OnUpgrade);

impl Socket {
    /// If the request asks for one.
    pub(super) fn asked_for(request: &Request) -> Option<Self> {
        let says = |name, word: &str| {
            let values = request.headers().get_all(name).iter().filter_map(|value| value.to_str().ok());
            values.flat_map(|value| value.split(',')).any(|value| value.trim().eq_ignore_ascii_case(word))
        };
        let asked = *request.method() == Method::GET
            && request.version() == Version::HTTP_11
            && says(header::CONNECTION, "upgrade")
            && says(header::UPGRADE, "websocket");
        if asked { request.take_upgrade().ok().map(Self) } else { None }
    }

    /// Tells the client what the service said, and lets the two talk until the caller is shut out.
    pub(super) fn join(self, answer: reqwest::Response, shut_out: impl Future<Output = ()> + Send + 'static) -> Response {
        let mut response = Response::builder().status(StatusCode::SWITCHING_PROTOCOLS).finish();
        *response.headers_mut() = for_client(answer.headers());
        ask(response.headers_mut());
        tokio::spawn(async move {
            if let (Ok(mut client), Ok(mut service)) = tokio::join!(self.0, answer.upgrade()) {
                tokio::select! {
                    // Whoever ends it, ends it for both.
                    _ = copy_bidirectional(&mut client, &mut service) => {}
                    () = shut_out => {}
                }
            }
        });
        response
    }
}

/// The headers that go with the change, on either way.
pub(super) fn ask(headers: &mut HeaderMap) {
    headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
}
