//! A request to an upstream, and to the next one if that is safe; the answer, piece by piece.

use std::{error::Error as _, io, panic::resume_unwind, time::Duration};

use futures_util::{StreamExt, stream};
use poem::{
    Body, Response,
    http::{HeaderMap, Method, Version},
};
use tokio::time::Instant;
use url::Url;

use super::{header, upload::Upload};
use crate::flow::{
    Flow,
    proxy::{Service, balance::Upstream},
};

/// A request, ready to be sent.
pub(super) struct Outgoing {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) query: Option<String>,
    pub(super) headers: HeaderMap,
    pub(super) upload: Option<Upload>,
}

/// Why there is no answer.
pub(super) enum Trouble {
    /// The body is above the service's limit.
    TooLarge,
    /// The client left off.
    Caller,
    /// No upstream answered; the reason is for the log.
    Failed(String),
}

/// How one try ended.
enum Failure {
    /// Nothing was sent.
    NotConnected(String),
    /// Nobody knows what was done.
    Broken(String),
    /// It took too long, and so would the next.
    TooLate(String),
}

/// Tries one upstream after the other, as long as nothing can be done twice by it.
pub(super) async fn send(
    client: &reqwest::Client,
    flow: &Flow,
    service: &Service,
    outgoing: &Outgoing,
) -> Result<reqwest::Response, Trouble> {
    let mut reasons = Vec::new();
    for upstream in flow.upstreams(service) {
        let failure = match exchange(client, upstream, service.route.timeout, outgoing).await {
            Ok(answer) => {
                service.balance.worked(upstream);
                return Ok(answer);
            }
            Err(failure) => failure,
        };
        match &outgoing.upload {
            Some(upload) if upload.is_too_large() => return Err(Trouble::TooLarge),
            Some(upload) if upload.broke_off() => return Err(Trouble::Caller),
            _ => {}
        }
        flow.upstream_failed(service, upstream);
        let (again, reason) = match failure {
            Failure::NotConnected(reason) => (!outgoing.upload.as_ref().is_some_and(Upload::is_touched), reason),
            Failure::Broken(reason) => (outgoing.method.is_safe() && outgoing.upload.is_none(), reason),
            Failure::TooLate(reason) => (false, reason),
        };
        reasons.push(format!("{}: {reason}", upstream.url));
        if !again {
            break;
        }
    }
    Err(Trouble::Failed(reasons.join("; ")))
}

async fn exchange(
    client: &reqwest::Client,
    upstream: &Upstream,
    timeout: Duration,
    outgoing: &Outgoing,
) -> Result<reqwest::Response, Failure> {
    let mut request = reqwest::Request::new(outgoing.method.clone(), address(&upstream.url, outgoing));
    *request.headers_mut() = outgoing.headers.clone();
    *request.body_mut() = outgoing.upload.as_ref().map(Upload::body);
    let answer = client.execute(request);
    tokio::pin!(answer);
    let begun = Instant::now();
    loop {
        // As long as the request is on its way, nobody is late.
        let deadline = outgoing.upload.as_ref().map_or(begun, |upload| upload.moved().max(begun)) + timeout;
        tokio::select! {
            answered = &mut answer => return answered.map_err(|error| failure(&error)),
            () = tokio::time::sleep_until(deadline) => {
                let moved = outgoing.upload.as_ref().is_some_and(|upload| upload.moved() + timeout > deadline);
                if !moved {
                    return Err(Failure::TooLate(format!("no answer for {timeout:?}")));
                }
            }
        }
    }
}

fn failure(error: &reqwest::Error) -> Failure {
    let (mut reason, mut source) = (error.to_string(), error.source());
    while let Some(cause) = source {
        reason = cause.to_string();
        source = cause.source();
    }
    if error.is_connect() { Failure::NotConnected(reason) } else { Failure::Broken(reason) }
}

fn address(upstream: &Url, outgoing: &Outgoing) -> Url {
    let mut url = upstream.clone();
    url.set_path(&format!("{}{}", upstream.path().trim_end_matches('/'), outgoing.path));
    url.set_query(outgoing.query.as_deref());
    url
}

/// The answer for the client, which came by HTTP of that version. A body that breaks off, or stands still for too long, breaks
/// off for the client too; and one whose caller is shut out.
pub(super) fn pass_on(
    answer: reqwest::Response,
    idle: Duration,
    version: Version,
    shut_out: impl Future<Output = ()> + Send + 'static,
) -> Response {
    let mut response = Response::builder().status(answer.status()).finish();
    *response.headers_mut() = header::for_client(answer.headers());
    let pieces = stream::unfold(Some((answer.bytes_stream(), Box::pin(shut_out))), move |going_on| async move {
        let (mut pieces, mut shut_out) = going_on?;
        let next = tokio::select! {
            next = tokio::time::timeout(idle, pieces.next()) => next,
            () = &mut shut_out => return Some((Err(break_off("the caller was shut out", version)), None)),
        };
        match next {
            Ok(Some(Ok(piece))) => Some((Ok(piece), Some((pieces, shut_out)))),
            Ok(Some(Err(error))) => Some((Err(break_off(&error.to_string(), version)), None)),
            Ok(None) => None,
            Err(_) => Some((Err(break_off("it fell silent", version)), None)),
        }
    });
    response.set_body(Body::from_bytes_stream(pieces));
    response
}

/// Ends a connection of HTTP/1 in the middle of a body, so that nobody takes the part for the whole. The server would write a
/// proper end below an error: it polls the connection once more to close it. Unwinding ends the connection's task, silently and
/// nothing else. HTTP/2 resets the one stream by itself.
fn break_off(reason: &str, version: Version) -> io::Error {
    tracing::warn!(reason, "an answer of a service broke off");
    if version < Version::HTTP_2 {
        resume_unwind(Box::new("an answer of a service broke off"));
    }
    io::Error::other(reason.to_owned())
}
