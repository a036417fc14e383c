//! What surrounds every request: its id, its log line, limits, security headers, and the last word on errors.

use std::{
    borrow::Cow,
    panic::AssertUnwindSafe,
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use futures_util::FutureExt;
use poem::{
    Endpoint, IntoResponse, PathPattern, Request, Response,
    http::{HeaderName, HeaderValue, Method, StatusCode, Uri, Version, header, uri::PathAndQuery},
};
use poem_openapi::error::{ParseParamError, ParsePathError};
use tracing::Instrument;

use super::{
    allow::Allow,
    check,
    client::{RequestId, TrustedProxies},
    html::{self, Language},
    input::{self, Limit},
    operator::{self, Operators},
    problem::{MEDIA_TYPE, Problem, Told},
    proxy::{PassedOn, Proxy},
    route::{self, UNKNOWN},
};
use crate::{
    flow::Flow,
    random::{self, Random},
    trace,
};

/// Codes of answers 503 that say that a limit was reached.
const LIMITS: [&str; 2] = ["hashing_busy", "provider_busy"];

/// What the frame needs to know.
pub struct Settings {
    /// Largest body.
    pub body_limit: Limit,
    /// Whose `X-Forwarded-For` is believed.
    pub trusted_proxies: TrustedProxies,
    /// Who sees metrics and reasons.
    pub operators: Operators,
    /// Whether the public URL is https.
    pub https: bool,
    /// For request ids.
    pub random: Arc<dyn Random>,
    /// Reaches the services behind us.
    pub proxy: Proxy,
    /// Whether it stops, and what is counted.
    pub flow: Arc<Flow>,
}

/// Surrounds the routes.
pub struct Frame<E> {
    inner: E,
    allow: Allow,
    settings: Settings,
}

impl<E> Frame<E> {
    /// Around `inner`, whose paths take what `allow` says.
    pub const fn new(inner: E, allow: Allow, settings: Settings) -> Self {
        Self { inner, allow, settings }
    }
}

impl<E: Endpoint> Endpoint for Frame<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> poem::Result<Response> {
        let begun = Instant::now();
        let _in_flight = self.settings.flow.metrics.http.begin();
        let keeps_connection = request.version() < Version::HTTP_2;
        let id = request_id(&request, &*self.settings.random);
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        request.set_data(RequestId(id.clone()));
        request.set_data(self.settings.body_limit);
        request.set_data(self.settings.trusted_proxies.clone());
        request.set_data(self.settings.operators.clone());
        let client = super::client::address(&request);
        let traced = trace::context::request(request.header("traceparent"), operator::may_trace(&request), &id);
        let span = if let Some(trace_id) = trace::context::trace_id(&traced) {
            tracing::info_span!("request", request_id = %id, trace_id)
        } else {
            tracing::info_span!("request", request_id = %id)
        };
        let mut response = self.answer(request).instrument(traced.clone()).instrument(span.clone()).await;
        finish(&mut response, &id, self.settings.https);
        let changes_protocol = response.status() == StatusCode::SWITCHING_PROTOCOLS;
        if keeps_connection && !changes_protocol && self.settings.flow.stopping.load(Ordering::Relaxed) {
            // A client that keeps its connection would meet a closed one at its next request.
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        let took = begun.elapsed();
        self.measure(&response, (route::method(&method), &path), took, &traced);
        // Not u128, which the log would write digit by digit through its slowest way.
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let (path, status) = (shown(&path), response.status());
        // What only reads, and well, is no news: a proxy asks `/auth/check` for every request of every service behind it.
        let is_check = response.data::<PathPattern>().is_some_and(|pattern| &*pattern.0 == check::PATH);
        if status.is_success() && (method.is_safe() || is_check) {
            tracing::debug!(parent: &span, %method, path, status = status.as_u16(), micros, %client, "request");
        } else {
            tracing::info!(parent: &span, %method, path, status = status.as_u16(), micros, %client, "request");
        }
        Ok(response)
    }
}

impl<E> Frame<E> {
    /// Counts an answer, under the template of its route.
    fn measure(&self, response: &Response, (method, path): (&'static str, &str), took: Duration, traced: &tracing::Span) {
        let status = response.status();
        let pattern = response.data::<PathPattern>().map(|pattern| &*pattern.0).filter(|pattern| !pattern.is_empty());
        // The router has names of its own for the parts of a template that vary; the document has those that people know.
        let known = pattern.filter(|pattern| pattern.contains(':')).and_then(|_| self.allow.template(path.trim_end_matches('/')));
        let route = known.map_or_else(|| route::template(pattern.unwrap_or(UNKNOWN)), Cow::Borrowed);
        let metrics = &self.settings.flow.metrics.http;
        metrics.done(&route, method, status.as_u16(), took);
        trace::context::answered(traced, method, &route, status.as_u16());
        if let Some(told) = response.data::<Told>() {
            if let Some(kind) = told.store {
                metrics.store_failed(kind);
            } else if status == StatusCode::TOO_MANY_REQUESTS || LIMITS.contains(&told.code.as_str()) {
                metrics.refused(&told.code);
            }
        }
    }
}

impl<E: Endpoint> Frame<E> {
    async fn answer(&self, mut request: Request) -> Response {
        let is_check = check::fold(&mut request);
        if is_check {
            // Some proxies send the body of the request that they ask about.
            input::discard(request.take_body().into_bytes_stream()).await;
        }
        if let Some(response) = self.settings.proxy.answer(&self.settings.flow, &mut request).await {
            return response;
        }
        let Limit(limit) = self.settings.body_limit;
        let announced = request.header(header::CONTENT_LENGTH).and_then(|value| value.parse::<usize>().ok());
        if !is_check && announced.is_some_and(|length| length > limit) {
            // Who waits for a word before sending has it now.
            if request.header(header::EXPECT).is_none() {
                input::discard(request.take_body().into_bytes_stream()).await;
            }
            return input::too_large(limit).into_response();
        }
        cut_trailing_slash(&mut request);
        if request.method() == Method::HEAD {
            request.set_method(Method::GET);
        }
        let path = request.uri().path().to_owned();
        let is_page = self.allow.template(&path).is_some_and(|template| html::is_page(request.method(), template));
        let page = is_page.then(|| Language::of(&request));
        let mut response = match AssertUnwindSafe(self.inner.call(request)).catch_unwind().await {
            Ok(Ok(output)) => output.into_response(),
            Ok(Err(error)) => {
                let pattern = error.data::<PathPattern>().cloned();
                let mut response = plain(error);
                if let Some(pattern) = pattern {
                    response.set_data(pattern);
                }
                response
            }
            Err(_) => Problem::from(crate::flow::Error::Internal("a handler panicked".to_owned())).into_response(),
        };
        if response.status() == StatusCode::METHOD_NOT_ALLOWED
            && let Ok(methods) = HeaderValue::from_str(self.allow.of(&path))
        {
            response.headers_mut().insert(header::ALLOW, methods);
        }
        match page {
            Some(language) if response.content_type() == Some(MEDIA_TYPE) => {
                html::in_place_of(&response, language, &self.settings.flow.terms.public_url)
            }
            _ => response,
        }
    }
}

/// Errors of the router and of poem's extractors as problems; our own pass through.
fn plain(error: poem::Error) -> Response {
    let status = error.status();
    let detail = error.to_string();
    if let Some(ParseParamError { name, reason }) = error.downcast_ref() {
        let missing = reason.ends_with("expects an input value.");
        let (code, detail) =
            if missing { ("required", "is required") } else { ("invalid", "is not what this path takes here; see /api/docs") };
        return Problem::from(crate::flow::Error::field(name, code, detail)).into_response();
    }
    // What is no number names nothing.
    let status = if error.is::<ParsePathError>() { StatusCode::NOT_FOUND } else { status };
    let response = error.into_response();
    if response.content_type() == Some(MEDIA_TYPE) {
        return response;
    }
    let problem = match status {
        StatusCode::NOT_FOUND => Problem::new(status, "not_found", "there is nothing at this path; /api/docs lists what there is"),
        StatusCode::METHOD_NOT_ALLOWED => {
            Problem::new(status, "method_not_allowed", "this path does not take this method; /api/docs lists what it takes")
        }
        StatusCode::INTERNAL_SERVER_ERROR => Problem::from(crate::flow::Error::Internal(detail)),
        StatusCode::BAD_REQUEST => Problem::new(status, "malformed_request", detail),
        status => Problem::new(status, "request_refused", detail),
    };
    problem.into_response()
}

/// The client's own id if it is short and plain, so that a trace spans several services; a random one otherwise.
fn request_id(request: &Request, random: &dyn Random) -> String {
    let given = request.header("x-request-id").unwrap_or_default();
    let plain = (8..=64).contains(&given.len()) && given.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    if plain { given.to_owned() } else { random::token(random)[..22].to_owned() }
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

/// Paths are logged without what a caller may have put there by mistake.
fn shown(path: &str) -> &str {
    let end = path.char_indices().nth(120).map_or(path.len(), |(index, _)| index);
    &path[..end]
}

fn finish(response: &mut Response, id: &str, https: bool) {
    let passed_on = response.data::<PassedOn>().is_some();
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
    // What a service answered is the service's.
    for (name, value) in fixed.into_iter().filter(|_| !passed_on) {
        headers.entry(HeaderName::from_static(name)).or_insert(HeaderValue::from_static(value));
    }
    if https {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000; includeSubDomains"));
    }
}
