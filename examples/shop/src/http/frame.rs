//! What surrounds every request: its id, its log line, headers, and the last word on errors.

use std::{panic::AssertUnwindSafe, time::Instant};

use futures_util::FutureExt;
use poem::{
    Endpoint, IntoResponse, Request, Response,
    http::{HeaderName, HeaderValue, Method, StatusCode, Uri, header, uri::PathAndQuery},
};
use poem_openapi::error::{ParseParamError, ParsePathError};
use tracing::Instrument;

use super::{
    allow::Allow,
    input,
    problem::{MEDIA_TYPE, Problem},
};
use crate::{model::FieldError, random};

/// Surrounds the routes.
pub struct Frame<E> {
    inner: E,
    allow: Allow,
}

impl<E> Frame<E> {
    /// Around `inner`, whose paths take what `allow` says.
    pub const fn new(inner: E, allow: Allow) -> Self {
        Self { inner, allow }
    }
}

impl<E: Endpoint> Endpoint for Frame<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let begun = Instant::now();
        let id = request_id(&request);
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let span = tracing::info_span!("request", request_id = %id, user_id = tracing::field::Empty);
        let mut response = self.answer(request).instrument(span.clone()).await;
        finish(&mut response, &id);
        let micros = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        tracing::info!(parent: &span, %method, path = shown(&path), status = response.status().as_u16(), micros, "request");
        Ok(response)
    }
}

impl<E: Endpoint> Frame<E> {
    async fn answer(&self, mut request: Request) -> Response {
        let announced = request.header(header::CONTENT_LENGTH).and_then(|value| value.parse::<usize>().ok());
        if announced.is_some_and(|length| length > input::LARGEST) {
            // Who waits for a word before sending has it now.
            if request.header(header::EXPECT).is_none() {
                input::discard(request.take_body().into_bytes_stream()).await;
            }
            return input::too_large().into_response();
        }
        cut_trailing_slash(&mut request);
        if request.method() == Method::HEAD {
            request.set_method(Method::GET);
        }
        let path = request.uri().path().to_owned();
        let mut response = match AssertUnwindSafe(self.inner.call(request)).catch_unwind().await {
            Ok(Ok(output)) => output.into_response(),
            Ok(Err(error)) => plain(error),
            Err(_) => Problem::from(crate::flow::Error::Internal("a handler panicked".to_owned())).into_response(),
        };
        if response.status() == StatusCode::METHOD_NOT_ALLOWED
            && let Ok(methods) = HeaderValue::from_str(self.allow.of(&path))
        {
            response.headers_mut().insert(header::ALLOW, methods);
        }
        response
    }
}

/// Errors of the router and of poem's extractors as problems; our own pass through.
fn plain(error: poem::Error) -> Response {
    let status = error.status();
    let detail = error.to_string();
    if let Some(ParseParamError { name, .. }) = error.downcast_ref() {
        let error = FieldError::new(*name, "invalid", "is not what this path takes here; see /shop/docs");
        return Problem::from(crate::flow::Error::Fields(vec![error])).into_response();
    }
    // What is no number names nothing.
    let status = if error.is::<ParsePathError>() { StatusCode::NOT_FOUND } else { status };
    let response = error.into_response();
    if response.content_type() == Some(MEDIA_TYPE) {
        return response;
    }
    let problem = match status {
        StatusCode::NOT_FOUND => Problem::new(status, "not_found", "there is nothing at this path; /shop/docs lists what there is"),
        StatusCode::METHOD_NOT_ALLOWED => {
            Problem::new(status, "method_not_allowed", "this path does not take this method; /shop/docs lists what it takes")
        }
        StatusCode::INTERNAL_SERVER_ERROR => Problem::from(crate::flow::Error::Internal(detail)),
        StatusCode::BAD_REQUEST => Problem::new(status, "malformed_request", detail),
        status => Problem::new(status, "request_refused", detail),
    };
    problem.into_response()
}

/// The gateway's id of the request, so that its log and ours can be read together; a random one if there is none.
fn request_id(request: &Request) -> String {
    let given = request.header("x-request-id").unwrap_or_default();
    let plain = (8..=64).contains(&given.len()) && given.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    if plain { given.to_owned() } else { random::request_id() }
}

fn cut_trailing_slash(request: &mut Request) {
    let uri = request.uri();
    let path = uri.path();
    if path.len() < 2 || !path.ends_with('/') {
        return;
    }
    let path = match path.trim_end_matches('/') {
        "" => "/",
        path => path,
    };
    let path_and_query = uri.query().map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"));
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = PathAndQuery::from_maybe_shared(path_and_query).ok();
    if let Ok(uri) = Uri::from_parts(parts) {
        *request.uri_mut() = uri;
    }
}

/// Paths are logged cut: a caller may have put anything there.
fn shown(path: &str) -> &str {
    let end = path.char_indices().nth(120).map_or(path.len(), |(index, _)| index);
    &path[..end]
}

fn finish(response: &mut Response, id: &str) {
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(id) {
        headers.insert(HeaderName::from_static("x-request-id"), value);
    }
    let fixed = [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cache-control", "no-store"),
        ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
    ];
    for (name, value) in fixed {
        headers.entry(HeaderName::from_static(name)).or_insert(HeaderValue::from_static(value));
    }
}
