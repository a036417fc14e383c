//! What the sandbox asks of the outside, as types that know no guest bindings.

use async_trait::async_trait;

/// A piece of a value: text of the provider's, or a secret that the host inserts by name.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// As it is.
    Text(String),
    /// The name of a granted secret.
    Secret(String),
}

/// A name and a value put together from parts.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    /// The name.
    pub name: String,
    /// Its parts, joined without anything between.
    pub value: Vec<Part>,
}

/// What a provider may do to a URL.
#[derive(Clone, Debug, PartialEq)]
pub enum Method {
    /// Read.
    Get,
    /// Send.
    Post,
}

/// What is sent.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// Nothing.
    None,
    /// `application/x-www-form-urlencoded`.
    Form(Vec<Pair>),
    /// Anything, with its type.
    Bytes {
        /// Its media type.
        content_type: String,
        /// The content.
        bytes: Vec<u8>,
    },
}

/// A call to the outside.
#[derive(Clone, Debug, PartialEq)]
pub struct FetchRequest {
    /// How.
    pub method: Method,
    /// Absolute, without a query.
    pub url: String,
    /// Added to the URL.
    pub query: Vec<Pair>,
    /// Sent as given.
    pub headers: Vec<Pair>,
    /// What is sent.
    pub body: Body,
    /// For `Get`: how old an answer will do, in seconds; 0: always fetch.
    pub max_age: u32,
}

/// What came back.
#[derive(Clone, Debug, PartialEq)]
pub struct FetchResponse {
    /// HTTP status.
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The whole content.
    pub body: Vec<u8>,
}

/// Why nothing came back.
#[derive(Clone, Debug, PartialEq)]
pub enum FetchError {
    /// Not granted.
    Forbidden(String),
    /// No connection, no answer in time, TLS trouble.
    Unreachable(String),
    /// The answer is larger than the limit.
    TooLarge,
    /// The request is malformed.
    Invalid(String),
}

/// Outbound calls of one provider type, bound to its grants.
#[async_trait]
pub trait Fetch: Send + Sync {
    /// Does one call.
    async fn fetch(&self, request: FetchRequest) -> Result<FetchResponse, FetchError>;
}
