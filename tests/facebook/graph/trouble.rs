//! What can go wrong with an upstream.

use std::{io, time::Duration};

use futures_util::{StreamExt, stream};
use http_body_util::{BodyExt, Full, StreamBody, combinators::UnsyncBoxBody};
use hyper::{
    Response,
    body::{Bytes, Frame},
};
use serde_json::{Value, json};

/// The body of any answer.
pub type Body = UnsyncBoxBody<Bytes, io::Error>;

/// How a path misbehaves, until it is healed.
#[derive(Clone, Debug)]
pub enum Trouble {
    /// Never answers.
    Hang,
    /// Answers rightly, but this late.
    Late(Duration),
    /// Resets the connection instead of answering.
    Reset,
    /// Begins an answer and resets the connection.
    Half,
    /// A body without an end; its length may be announced.
    Giant {
        /// As `Content-Length`, if at all.
        announced: Option<u64>,
    },
    /// A byte now and then, for ever.
    Drip,
    /// An answer out of the ordinary.
    Answer(u16, Vec<(&'static str, String)>, String),
}

impl Trouble {
    /// A status without an error object, as a load balancer gives it.
    pub fn status(status: u16) -> Self {
        Self::Answer(status, vec![("content-type", "text/html".to_owned())], "<html><body>Sorry, something went wrong.".to_owned())
    }

    /// Something else than what is documented, with status 200.
    pub fn body(body: &str) -> Self {
        Self::Answer(200, Vec::new(), body.to_owned())
    }

    /// A documented error.
    pub fn error(status: u16, error: &Value) -> Self {
        Self::Answer(status, Vec::new(), json!({ "error": error }).to_string())
    }

    /// Somewhere else.
    pub fn redirect(to: &str) -> Self {
        Self::Answer(302, vec![("location", to.to_owned())], String::new())
    }

    /// Too many calls; access comes back after minutes.
    pub fn limited(minutes: u64) -> Self {
        let usage = json!({ "1052843297160041": [{
            "type": "pages", "call_count": 100, "total_cputime": 25, "total_time": 25, "estimated_time_to_regain_access": minutes,
        }] });
        let headers = vec![
            ("x-app-usage", r#"{"call_count":100,"total_cputime":25,"total_time":25}"#.to_owned()),
            ("x-business-use-case-usage", usage.to_string()),
        ];
        let error = json!({ "error": {
            "message": "(#4) Application request limit reached", "type": "OAuthException", "is_transient": true, "code": 4,
            "fbtrace_id": "AuBKb2mmzE1X",
        } });
        Self::Answer(403, headers, error.to_string())
    }

    /// `None`: after the delay, answer as if nothing were wrong.
    pub(super) async fn answer(self) -> Result<Option<Response<Body>>, io::Error> {
        let answer = match self {
            Self::Hang => std::future::pending().await,
            Self::Late(delay) => {
                tokio::time::sleep(delay).await;
                return Ok(None);
            }
            Self::Reset => return Err(reset()),
            Self::Half => {
                let parts = stream::iter([Ok(Frame::data(Bytes::from_static(b"{\"data\":"))), Err(reset())]);
                // The first piece has to be on its way before the connection breaks.
                let parts = parts.then(async |part| {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    part
                });
                response(200).header("content-length", "100000").body(StreamBody::new(parts).boxed_unsync())
            }
            Self::Giant { announced } => {
                let response = match announced {
                    Some(length) => response(200).header("content-length", length),
                    None => response(200),
                };
                let chunk = Bytes::from(vec![b' '; 64 * 1024]);
                response.body(StreamBody::new(stream::repeat_with(move || Ok(Frame::data(chunk.clone())))).boxed_unsync())
            }
            Self::Drip => {
                let drops = stream::repeat(()).then(async |()| {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    Ok(Frame::data(Bytes::from_static(b" ")))
                });
                response(200).body(StreamBody::new(drops).boxed_unsync())
            }
            Self::Answer(status, headers, body) => {
                let response = headers.into_iter().fold(response(status), |response, (name, value)| response.header(name, value));
                response.body(full(body))
            }
        };
        Ok(Some(answer.expect("an answer")))
    }
}

/// With what every answer of Facebook's has.
pub(super) fn response(status: u16) -> hyper::http::response::Builder {
    Response::builder().status(status).header("facebook-api-version", "v23.0").header("x-fb-trace-id", "BdFzGvW3wXc")
}

pub(super) fn full(body: impl Into<Bytes>) -> Body {
    Full::new(body.into()).map_err(|never| match never {}).boxed_unsync()
}

fn reset() -> io::Error {
    io::ErrorKind::ConnectionReset.into()
}
