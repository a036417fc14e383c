//! What a provider may reach outside, as the sandbox sees it: one [`Fetch`] for each provider type, already bound to
//! what its operator granted.

use async_trait::async_trait;

/// A piece of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Text of the guest.
    Text(String),
    /// The name of a secret of the operator's, to be inserted.
    Secret(String),
}

/// A name and a value put together from parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The name.
    pub name: String,
    /// The parts of the value, in order.
    pub value: Vec<Part>,
}

/// The method of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// GET.
    Get,
    /// POST.
    Post,
}

/// The body of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// None.
    None,
    /// `application/x-www-form-urlencoded`.
    Form(Vec<Pair>),
    /// As it is.
    Bytes {
        /// Its content type.
        content_type: String,
        /// The content.
        bytes: Vec<u8>,
    },
}

/// What a guest asks for, as it said it: nothing of it has been checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchRequest {
    /// GET or POST.
    pub method: Method,
    /// Absolute, without a query.
    pub url: String,
    /// To be added to the URL.
    pub query: Vec<Pair>,
    /// Headers.
    pub headers: Vec<Pair>,
    /// Body.
    pub body: Body,
    /// For GET: seconds that an earlier answer stays good; 0 fetches.
    pub max_age: u32,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchResponse {
    /// HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// The whole body, within the limit.
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// Not granted; the text is for the operator's log, the guest does not get it.
    #[error("forbidden: {0}")]
    Forbidden(String),
    /// No connection, no answer in time, TLS trouble.
    #[error("unreachable: {0}")]
    Unreachable(String),
    /// Larger than `fetch_kib`.
    #[error("the answer is larger than the limit")]
    TooLarge,
    /// Malformed.
    #[error("invalid request: {0}")]
    Invalid(String),
}

/// Fetches for one provider type.
#[async_trait]
pub trait Fetch: Send + Sync {
    /// Makes the request within the grants; never follows redirects.
    async fn fetch(&self, request: FetchRequest) -> Result<FetchResponse, FetchError>;
}
