//! Outbound calls, to the hosts that the operator granted.

pub use crate::bindings::vestibule::provider::http::{Body, FetchError, Method, Pair, Part, Request, Response};
use crate::{Refusal, bindings::vestibule::provider::http};

/// A request by GET. The URL has no query; [`Request::query`] adds to it.
pub fn get(url: impl Into<String>) -> Request {
    Request::new(Method::Get, url)
}

/// A request by POST, with an empty body until [`Request::form`] or [`Request::body`] gives one.
pub fn post(url: impl Into<String>) -> Request {
    Request::new(Method::Post, url)
}

/// Literal text as a part of a value.
pub fn text(text: impl Into<String>) -> Part {
    Part::Text(text.into())
}

/// The name of an operator's secret as a part of a value; the host puts the secret in its place.
pub fn secret(name: impl Into<String>) -> Part {
    Part::Secret(name.into())
}

impl Request {
    fn new(method: Method, url: impl Into<String>) -> Self {
        Self { method, url: url.into(), query: Vec::new(), headers: Vec::new(), body: Body::None, max_age: 0 }
    }

    /// Adds a pair to the query; the host percent-encodes it.
    #[must_use]
    pub fn query(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.query_parts(name, [text(value)])
    }

    /// Adds a pair to the query whose value is an operator's secret.
    #[must_use]
    pub fn query_secret(self, name: impl Into<String>, secret_name: impl Into<String>) -> Self {
        self.query_parts(name, [secret(secret_name)])
    }

    /// Adds a pair to the query whose value is put together from parts.
    #[must_use]
    pub fn query_parts(mut self, name: impl Into<String>, parts: impl Into<Vec<Part>>) -> Self {
        self.query.push(Pair { name: name.into(), value: parts.into() });
        self
    }

    /// Adds a header.
    #[must_use]
    pub fn header(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.header_parts(name, [text(value)])
    }

    /// Adds a header put together from parts: `[text("Bearer "), secret("api_key")]`, say.
    #[must_use]
    pub fn header_parts(mut self, name: impl Into<String>, parts: impl Into<Vec<Part>>) -> Self {
        self.headers.push(Pair { name: name.into(), value: parts.into() });
        self
    }

    /// Adds a pair to a form body (`application/x-www-form-urlencoded`), which takes the place of any other body.
    #[must_use]
    pub fn form(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.form_parts(name, [text(value)])
    }

    /// Adds a pair to a form body whose value is an operator's secret.
    #[must_use]
    pub fn form_secret(self, name: impl Into<String>, secret_name: impl Into<String>) -> Self {
        self.form_parts(name, [secret(secret_name)])
    }

    /// Adds a pair to a form body whose value is put together from parts.
    #[must_use]
    pub fn form_parts(mut self, name: impl Into<String>, parts: impl Into<Vec<Part>>) -> Self {
        let pair = Pair { name: name.into(), value: parts.into() };
        match &mut self.body {
            Body::Form(pairs) => pairs.push(pair),
            Body::None | Body::Bytes(_) => self.body = Body::Form(vec![pair]),
        }
        self
    }

    /// A body with its content type.
    #[must_use]
    pub fn body(mut self, content_type: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        self.body = Body::Bytes((content_type.into(), bytes.into()));
        self
    }

    /// For GET: an answer that the host fetched for this provider at most so many seconds ago will do.
    #[must_use]
    pub fn max_age(mut self, seconds: u32) -> Self {
        self.max_age = seconds;
        self
    }

    /// Sends it. Whatever status the other side answers with is a [`Response`].
    ///
    /// # Errors
    /// If no answer could be had. As a [`Refusal`] that is 503, with the reason in the log.
    pub fn send(&self) -> Result<Response, FetchError> {
        http::fetch(self)
    }
}

impl Response {
    /// The first header of this name, whatever its case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The body, if it is UTF-8.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.body).ok()
    }
}

impl From<FetchError> for Refusal {
    fn from(error: FetchError) -> Self {
        Self::Upstream(match error {
            FetchError::Forbidden(reason) => ["fetch forbidden: ", &reason].concat(),
            FetchError::Unreachable(reason) => ["unreachable: ", &reason].concat(),
            FetchError::TooLarge => "the answer of the other side is too large".to_owned(),
            FetchError::Invalid(reason) => ["malformed request: ", &reason].concat(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_names_secrets_and_never_holds_them() {
        let request = post("https://id.example.org/token")
            .query("a", "b c")
            .header_parts("authorization", [text("Bearer "), secret("api_key")])
            .form("code", "123")
            .form_secret("client_secret", "app_secret");
        let pair = |name: &str, value: Vec<Part>| Pair { name: name.to_owned(), value };
        assert_eq!(request.query, [pair("a", vec![text("b c")])]);
        assert_eq!(request.headers, [pair("authorization", vec![text("Bearer "), secret("api_key")])]);
        let body = vec![pair("code", vec![text("123")]), pair("client_secret", vec![secret("app_secret")])];
        assert_eq!(request.body, Body::Form(body));
    }

    #[test]
    fn headers_are_found_in_any_case() {
        let response = Response { status: 200, headers: vec![("X-App-Usage".to_owned(), "{}".to_owned())], body: vec![0xff] };
        assert_eq!(response.header("x-app-usage"), Some("{}"));
        assert_eq!(response.header("x-other"), None);
        assert_eq!(response.text(), None);
    }
}
