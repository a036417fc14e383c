//! Services behind the gateway, as the operator names them.

use std::time::Duration;

use url::Url;

/// Who may reach a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Require {
    /// Everybody.
    Public,
    /// Who is signed in.
    SignedIn,
    /// Who has a role.
    Role(String),
}

/// One service: everything at and below a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// Where the operator wrote it: file and line.
    pub place: String,
    /// Begins with a slash and does not end with one; plain letters, digits, `-`, `.`, `_` and `~` between slashes.
    pub prefix: String,
    /// Where it is, http or https, without query; several share the work.
    pub upstreams: Vec<Url>,
    /// Who may reach it.
    pub require: Require,
    /// Whether the service sees paths without the prefix.
    pub strip_prefix: bool,
    /// `aud` of the word about the caller: the service's name.
    pub audience: String,
    /// How long connecting may take.
    pub connect_timeout: Duration,
    /// How long the service may let us wait for the head of its answer, while nothing of the request moves.
    pub timeout: Duration,
    /// How long nothing of an answer's body may come.
    pub idle_timeout: Duration,
    /// Largest body of a request, in bytes. 0: no limit.
    pub body_limit: u64,
    /// Failures in a row after which an upstream gets no requests for [`Self::rest`]. 0: never.
    pub failures: u32,
    /// See [`Self::failures`].
    pub rest: Duration,
}
