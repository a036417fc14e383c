//! Errors as callers see them: `application/problem+json` (RFC 9457) with a stable `code`. The one place where domain
//! errors get their status.

use std::{marker::PhantomData, time::Duration};

use poem::{IntoResponse, Response, http::StatusCode};
use poem_openapi::{
    ApiResponse,
    registry::{MetaHeader, MetaMediaType, MetaResponse, MetaResponses, MetaSchemaRef, Registry},
    types::Type,
};
use serde::Serialize;

use crate::{
    flow::{Error, error::ProviderFailure},
    model::form::FieldError,
    password::pool::PoolError,
};

/// Media type of every error.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// A mistake in one field.
#[derive(Clone, Debug, Serialize, poem_openapi::Object)]
pub struct FieldProblem {
    /// The field, as the caller wrote it.
    field: String,
    /// Stable.
    code: String,
    /// What is wrong and how to mend it.
    detail: String,
}

/// The body of an error (RFC 9457).
#[derive(Clone, Debug, Serialize, poem_openapi::Object)]
pub struct ProblemBody {
    /// `about:blank`: the status says it all (RFC 9457, 4.2.1).
    #[oai(rename = "type")]
    #[serde(rename = "type")]
    kind: String,
    /// The phrase of the status.
    title: String,
    /// The HTTP status.
    status: u16,
    /// For people.
    detail: String,
    /// Stable; programs go by this.
    code: String,
    /// In answers that OAuth has rules for: its error code (RFC 6749, 5.2; RFC 6750, 3.1; RFC 7009, 2.2.1).
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// Beside `error`: `detail` in the characters that OAuth allows.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    error_description: Option<String>,
    /// All mistakes in fields.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<Vec<FieldProblem>>,
}

/// An error on its way out.
#[derive(Clone, Debug)]
pub struct Problem {
    status: StatusCode,
    code: String,
    detail: String,
    errors: Vec<FieldProblem>,
    retry: Option<Duration>,
    oauth: Oauth,
    store: Option<&'static str>,
}

/// What an error is in terms of OAuth (RFC 6749, 5.2; RFC 6750, 3.1; RFC 7009, 2.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Oauth {
    /// Nothing that OAuth has a word for.
    Nothing,
    /// Who says nothing is told no error, but how to say it.
    TokenMissing,
    InvalidToken,
    InvalidClient,
    InvalidRequest,
    InsufficientScope,
    UnsupportedTokenType,
    Unavailable,
}

impl Oauth {
    const fn error(self) -> Option<&'static str> {
        match self {
            Self::Nothing | Self::TokenMissing => None,
            Self::InvalidToken => Some("invalid_token"),
            Self::InvalidClient => Some("invalid_client"),
            Self::InvalidRequest => Some("invalid_request"),
            Self::InsufficientScope => Some("insufficient_scope"),
            Self::UnsupportedTokenType => Some("unsupported_token_type"),
            Self::Unavailable => Some("temporarily_unavailable"),
        }
    }

    /// `WWW-Authenticate`.
    const fn challenge(self) -> Option<&'static str> {
        match self {
            Self::TokenMissing => Some("Bearer"),
            Self::InvalidToken => Some("Bearer error=\"invalid_token\""),
            Self::InvalidClient => Some("Basic realm=\"vestibule\", Bearer"),
            _ => None,
        }
    }
}

/// What an error says to the metrics; with the answer, up to the frame.
#[derive(Clone, Debug)]
pub struct Told {
    /// The stable code.
    pub code: String,
    /// How the store failed, if it did.
    pub store: Option<&'static str>,
}

impl Problem {
    /// An error with its stable code.
    pub fn new(status: StatusCode, code: impl Into<String>, detail: impl Into<String>) -> Self {
        let (code, detail) = (code.into(), detail.into());
        Self { status, code, detail, errors: Vec::new(), retry: None, oauth: Oauth::Nothing, store: None }
    }

    /// The HTTP status.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    fn bad(code: &str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, detail)
    }

    pub(super) fn later(code: &str, detail: impl Into<String>, retry: Duration) -> Self {
        Self { retry: Some(retry), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, code, detail) }
    }

    /// A token that is not good (RFC 6750, 3.1).
    fn unauthorized(code: &str, detail: impl Into<String>) -> Self {
        Self { oauth: Oauth::InvalidToken, ..Self::new(StatusCode::UNAUTHORIZED, code, detail) }
    }

    /// As a client reads it that goes by the error codes of OAuth.
    #[must_use]
    pub(super) fn in_terms_of_oauth(self) -> Self {
        let oauth = match self.status.as_u16() {
            _ if self.oauth != Oauth::Nothing => self.oauth,
            403 => Oauth::InsufficientScope,
            429 | 500.. => Oauth::Unavailable,
            _ => Oauth::InvalidRequest,
        };
        Self { oauth, ..self }
    }

    fn with_errors(self, errors: Vec<FieldError>) -> Self {
        let errors = errors.into_iter().map(|error| FieldProblem { field: error.field, code: error.code, detail: error.message });
        Self { errors: errors.collect(), ..self }
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> ProblemBody {
        ProblemBody {
            kind: "about:blank".to_owned(),
            title: self.status.canonical_reason().unwrap_or("Error").to_owned(),
            status: self.status.as_u16(),
            detail: self.detail.clone(),
            code: self.code.clone(),
            error: self.oauth.error().map(ToOwned::to_owned),
            error_description: self.oauth.error().map(|_| plain(&self.detail)),
            errors: (!self.errors.is_empty()).then(|| self.errors.clone()),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&self.body()).unwrap_or_default();
        let mut response = Response::builder().status(self.status).content_type(MEDIA_TYPE);
        if let Some(retry) = self.retry {
            response = response.header("Retry-After", seconds(retry).to_string());
        }
        if let Some(challenge) = self.oauth.challenge() {
            response = response.header("WWW-Authenticate", challenge);
        }
        let mut response = response.body(body);
        response.set_data(Told { code: self.code, store: self.store });
        response
    }
}

/// In the characters of an `error_description` (RFC 6749, 5.2): printable ASCII without quotes and backslashes.
fn plain(detail: &str) -> String {
    let plain = |c: char| match c {
        '"' => '\'',
        '\\' => '/',
        ' '..='~' => c,
        _ => '?',
    };
    detail.chars().map(plain).collect()
}

/// Whole seconds (RFC 9110, 10.2.3), rounded up: whoever waits so long does not come too early.
const fn seconds(wait: Duration) -> u64 {
    let seconds = wait.as_secs() + (wait.subsec_nanos() > 0) as u64;
    if seconds == 0 { 1 } else { seconds }
}

impl From<Problem> for poem::Error {
    fn from(problem: Problem) -> Self {
        let mut response = problem.into_response();
        let told = response.extensions_mut().remove::<Told>();
        let mut error = Self::from_response(response);
        if let Some(told) = told {
            error.set_data(told);
        }
        error
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let detail = error.to_string();
        match error {
            Error::Fields(errors) => Self::bad("invalid_fields", detail).with_errors(errors),
            Error::UnknownType { live, .. } => Self::bad(
                "unknown_type",
                format!("{detail}; there are: {}", if live.is_empty() { "none".to_owned() } else { live.join(", ") }),
            )
            .with_errors(vec![FieldError::new("type", "unknown_type", "is not a way to sign in here")]),
            Error::ProviderDisabled(_) => {
                Self::bad("provider_disabled", detail).with_errors(vec![FieldError::new("type", "provider_disabled", "is switched off")])
            }
            Error::NotOffered { .. } => Self::bad("not_offered", detail),
            Error::InvalidCredentials => Self::bad("invalid_credentials", detail),
            Error::AccountDisabled => Self::bad("account_disabled", detail),
            Error::NoAccount => Self::bad("no_account", format!("{detail}; sign up first")),
            Error::EmailTaken => Self::bad("email_taken", format!("{detail}; sign in instead")).with_errors(vec![FieldError::new(
                "email",
                "email_taken",
                "belongs to an account already",
            )]),
            Error::MustSignInFirst => {
                Self::bad("email_taken", format!("{detail}; sign in to it first, then add this way in there (POST /me/identities)"))
                    .with_errors(vec![FieldError::new("email", "email_taken", "belongs to an account already")])
            }
            Error::IdentityTaken => Self::bad("identity_taken", format!("{detail}; sign in instead")),
            Error::LoginTaken => {
                Self::bad("login_taken", detail).with_errors(vec![FieldError::new("login", "login_taken", "belongs to an account already")])
            }
            Error::RoleTaken => {
                Self::bad("role_taken", detail).with_errors(vec![FieldError::new("name", "role_taken", "belongs to a role already")])
            }
            Error::BuiltInRole(_) => Self::bad("built_in_role", detail),
            Error::ProviderRefused { code, message } => Self::bad(&code, message),
            Error::UnknownFlow => Self::bad("unknown_flow", format!("{detail}; begin again")),
            Error::InvalidToken => Self::bad("invalid_token", format!("{detail}; ask for a new one")),
            Error::InvitationUsed => Self::bad("invitation_used", detail),
            Error::InvitationExpired => Self::bad("invitation_expired", format!("{detail}; ask for a new one")),
            Error::InvitationRevoked => Self::bad("invitation_revoked", detail),
            Error::SignupClosed => Self::bad("signup_closed", detail),
            Error::InvalidCode => Self::bad("invalid_code", format!("{detail}; ask for a new one")),
            Error::NothingToVerify => Self::bad("nothing_to_verify", detail),
            Error::VerifiedAddressRequired => Self::bad("verified_address_required", detail),
            Error::RateLimited(wait) => {
                let detail = format!("{detail}: wait {} seconds (Retry-After) before the next", seconds(wait));
                Self { retry: Some(wait), ..Self::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", detail) }
            }
            Error::DisabledInFile(text) => Self::bad("disabled_in_file", text),
            Error::LastIdentity => Self::bad("last_identity", format!("{detail}; add another one first")),
            Error::NoFactor => Self::bad("no_factor", format!("{detail}; add one first (POST /me/identities)")),
            Error::LastAdministrator => Self::bad("last_administrator", detail),
            Error::UnsupportedTokenType => {
                let detail = format!("{detail}; there are: access_token, refresh_token");
                Self { oauth: Oauth::UnsupportedTokenType, ..Self::bad("unsupported_token_type", detail) }
            }
            Error::NotFound(what) => Self::new(StatusCode::NOT_FOUND, format!("{what}_not_found"), detail),
            Error::ReauthenticationRequired => Self::new(StatusCode::FORBIDDEN, "reauthentication_required", detail),
            Error::OtherSite => Self::new(StatusCode::FORBIDDEN, "cross_origin", detail),
            Error::Forbidden(_) => Self::new(StatusCode::FORBIDDEN, "forbidden", detail),
            other => unauthenticated(other, &detail).unwrap_or_else(|other| unavailable(other, detail)),
        }
    }
}

/// 401, or the error back.
fn unauthenticated(error: Error, detail: &str) -> Result<Problem, Error> {
    match error {
        Error::Unauthenticated(None) => {
            let missing = Problem::new(StatusCode::UNAUTHORIZED, "token_missing", "this needs an access token: Authorization: Bearer ...");
            Ok(Problem { oauth: Oauth::TokenMissing, ..missing })
        }
        Error::InvalidClient => {
            Ok(Problem { oauth: Oauth::InvalidClient, ..Problem::new(StatusCode::UNAUTHORIZED, "invalid_client", detail) })
        }
        Error::Unauthenticated(Some(reason)) | Error::InvalidRefresh(Some(reason)) => {
            Ok(Problem::unauthorized(reason.code(), format!("{detail}: {reason}")))
        }
        Error::SessionEnded => Ok(Problem::unauthorized("session_ended", detail)),
        Error::InvalidRefresh(None) => Ok(Problem::unauthorized("token_invalid", detail)),
        Error::RefreshReused => Ok(Problem::unauthorized("token_reused", detail)),
        other => Err(other),
    }
}

/// 503, and 500 for defects of ours.
fn unavailable(error: Error, detail: String) -> Problem {
    match error {
        Error::Hashing(PoolError::Busy) => Problem::later("hashing_busy", detail, Duration::from_secs(2)),
        Error::Provider { kind, retry, .. } => Problem::later(failure_code(kind), detail, retry),
        Error::Store(reason) => {
            tracing::error!(%reason, "the store failed");
            let problem = Problem::later("store_unavailable", "the store is out of reach", Duration::from_secs(1));
            Problem { store: Some(reason.kind()), ..problem }
        }
        other => {
            tracing::error!(reason = %other, "a defect");
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "something broke here; the log says what, under the request's id")
        }
    }
}

const fn failure_code(kind: ProviderFailure) -> &'static str {
    match kind {
        ProviderFailure::Broken => "provider_failed",
        ProviderFailure::TimedOut => "provider_timeout",
        ProviderFailure::Busy => "provider_busy",
        ProviderFailure::Resting => "provider_resting",
        ProviderFailure::Upstream => "upstream_unavailable",
        ProviderFailure::NotGranted => "provider_misconfigured",
    }
}

/// The errors that an operation documents.
pub trait Statuses: Send + Sync + 'static {
    /// Their statuses.
    const LIST: &'static [u16];
}

macro_rules! statuses {
    ($($(#[$doc:meta])* $name:ident: $($status:literal),*;)+) => {
        $(
            $(#[$doc])*
            pub struct $name;
            impl Statuses for $name {
                const LIST: &'static [u16] = &[$($status),*];
            }
        )+
    };
}

statuses! {
    /// Reads nothing that can be wrong, and asks the store.
    Plain: 503;
    /// A body, open to everybody.
    Open: 400, 413, 415, 429, 503;
    /// A body that holds a refresh token.
    Refreshing: 400, 401, 413, 415, 429, 503;
    /// A body that holds anybody's token; services and administrators.
    Introspecting: 400, 401, 403, 413, 415, 503;
    /// A body that holds one's own token.
    Revoking: 400, 401, 413, 415, 503;
    /// No body, operators.
    Operators: 403;
    /// No body, signed-in callers.
    Signed: 401, 503;
    /// No body, signed-in callers with a role.
    Checked: 400, 401, 403, 503;
    /// Signed-in callers; the last administrator stays.
    Leaving: 400, 401, 503;
    /// A body, signed-in callers.
    SignedBody: 400, 401, 413, 415, 429, 503;
    /// A body, callers who signed in a short while ago.
    FreshBody: 400, 401, 403, 413, 415, 429, 503;
    /// A path; callers who signed in a short while ago, or have a role.
    FreshPath: 400, 401, 403, 404, 503;
    /// Parameters, signed-in callers.
    SignedQuery: 400, 401, 503;
    /// No body, signed-in callers, and it costs something.
    SignedAsk: 400, 401, 429, 503;
    /// A body, callers who have signed in a moment ago.
    SignedFresh: 400, 401, 403, 413, 415, 429, 503;
    /// A path to something of one's own.
    SignedPath: 400, 401, 404, 503;
    /// Administrators.
    Admin: 401, 403, 503;
    /// Parameters, administrators.
    AdminQuery: 400, 401, 403, 503;
    /// A path, administrators.
    AdminPath: 400, 401, 403, 404, 503;
    /// A body, administrators.
    AdminNew: 400, 401, 403, 413, 415, 503;
    /// Passwords, one's own and for administrators everybody's.
    Hashing: 400, 401, 403, 404, 413, 415, 429, 503;
    /// A path and a body, administrators.
    AdminBody: 400, 401, 403, 404, 413, 415, 503;
}

/// A problem of an operation with documented statuses.
pub struct Fault<S: Statuses>(Problem, PhantomData<S>);

impl<S: Statuses, E: Into<Problem>> From<E> for Fault<S> {
    fn from(error: E) -> Self {
        Self(error.into(), PhantomData)
    }
}

impl<S: Statuses> From<Fault<S>> for poem::Error {
    fn from(fault: Fault<S>) -> Self {
        fault.0.into()
    }
}

impl<S: Statuses> ApiResponse for Fault<S> {
    fn meta() -> MetaResponses {
        MetaResponses { responses: S::LIST.iter().map(|status| meta_response(*status)).collect() }
    }

    fn register(registry: &mut Registry) {
        ProblemBody::register(registry);
    }
}

fn meta_response(status: u16) -> MetaResponse {
    let retry = matches!(status, 429 | 503).then(|| MetaHeader {
        name: "Retry-After".to_owned(),
        description: Some("Seconds to wait (RFC 9110, 10.2.3).".to_owned()),
        required: true,
        deprecated: false,
        schema: MetaSchemaRef::Inline(Box::new(poem_openapi::registry::MetaSchema::new("integer"))),
    });
    MetaResponse {
        description: description(status),
        status: Some(status),
        status_range: None,
        content: vec![MetaMediaType { content_type: MEDIA_TYPE, schema: ProblemBody::schema_ref() }],
        headers: retry.into_iter().collect(),
    }
}

const fn description(status: u16) -> &'static str {
    match status {
        400 => "The caller's mistake; `code` and `errors` say which.",
        401 => "No token, or one that is not good.",
        403 => "Not allowed.",
        404 => "Not there.",
        413 => "The body is too large.",
        415 => "The body is neither JSON nor a form.",
        429 => "Too many tries.",
        _ => "Out of reach or full; try again later.",
    }
}
