//! Errors as callers see them: `application/problem+json` (RFC 9457) with a stable `code`. The one place where the flow's errors
//! get their status.

use std::{marker::PhantomData, time::Duration};

use poem::{IntoResponse, Response, http::StatusCode};
use poem_openapi::{
    ApiResponse,
    registry::{MetaHeader, MetaMediaType, MetaResponse, MetaResponses, MetaSchema, MetaSchemaRef, Registry},
    types::Type,
};
use serde::Serialize;

use crate::{
    flow::{
        Error,
        error::{Refusal, StoreError},
    },
    model::{FieldError, Shortage},
};

/// Media type of every error.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// A mistake in one field.
#[derive(Clone, Debug, Serialize, poem_openapi::Object)]
pub struct FieldProblem {
    /// The field, such as `items[0].quantity`.
    field: String,
    /// Stable.
    code: String,
    /// What is wrong and how to mend it.
    detail: String,
}

/// A book that is not there in the number that was asked for.
#[derive(Clone, Debug, Serialize, poem_openapi::Object)]
#[oai(rename = "Shortage")]
pub struct ShortageView {
    /// Which book.
    book_id: i64,
    /// How many were asked for.
    requested: i64,
    /// How many the shop has.
    available: i64,
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
    /// All mistakes in fields.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<Vec<FieldProblem>>,
    /// With `out_of_stock`: each book that is short.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    shortages: Option<Vec<ShortageView>>,
}

/// An error on its way out.
#[derive(Clone, Debug)]
pub struct Problem {
    status: StatusCode,
    code: String,
    detail: String,
    errors: Vec<FieldError>,
    shortages: Vec<Shortage>,
    retry: Option<Duration>,
}

impl Problem {
    /// An error with its stable code.
    pub fn new(status: StatusCode, code: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { status, code: code.into(), detail: detail.into(), errors: Vec::new(), shortages: Vec::new(), retry: None }
    }

    fn bad(code: &str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, detail)
    }

    fn later(code: &str, detail: impl Into<String>) -> Self {
        Self { retry: Some(Duration::from_secs(1)), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, code, detail) }
    }

    fn body(&self) -> ProblemBody {
        let errors = self.errors.iter().map(|error| FieldProblem {
            field: error.field.clone(),
            code: error.code.to_owned(),
            detail: error.detail.clone(),
        });
        let shortages = self.shortages.iter().map(|shortage| ShortageView {
            book_id: shortage.line.book_id,
            requested: shortage.line.quantity,
            available: shortage.available.unwrap_or(0),
        });
        ProblemBody {
            kind: "about:blank".to_owned(),
            title: self.status.canonical_reason().unwrap_or("Error").to_owned(),
            status: self.status.as_u16(),
            detail: self.detail.clone(),
            code: self.code.clone(),
            errors: (!self.errors.is_empty()).then(|| errors.collect()),
            shortages: (!self.shortages.is_empty()).then(|| shortages.collect()),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&self.body()).unwrap_or_default();
        let mut response = Response::builder().status(self.status).content_type(MEDIA_TYPE);
        if let Some(retry) = self.retry {
            response = response.header("Retry-After", retry.as_secs().max(1).to_string());
        }
        if self.status == StatusCode::UNAUTHORIZED {
            // What a client of the gateway in front signs in by (RFC 9110, 15.5.2).
            response = response.header("WWW-Authenticate", "Bearer");
        }
        response.body(body)
    }
}

impl From<Problem> for poem::Error {
    fn from(problem: Problem) -> Self {
        Self::from_response(problem.into_response())
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let detail = error.to_string();
        match error {
            Error::Fields(errors) => Self { errors, ..Self::bad("invalid_fields", detail) },
            Error::CartEmpty => Self::bad("cart_empty", "the cart is empty: fill it, or name shop_id and items"),
            Error::OutOfStock(shortages) => Self { errors: out_of_stock(&shortages), shortages, ..Self::bad("out_of_stock", detail) },
            Error::KeyReused => Self::bad("idempotency_key_reused", format!("{detail}; a new order needs a new key")),
            Error::NotFound(what) => Self::new(StatusCode::NOT_FOUND, format!("{what}_not_found"), detail),
            Error::Identity(refusal @ Refusal::Undecided(_)) => Self::later(refusal.code(), detail),
            Error::Identity(refusal) => Self::new(StatusCode::UNAUTHORIZED, refusal.code(), detail),
            Error::Store(StoreError::Unavailable(reason)) => {
                tracing::error!(%reason, "the database is out of reach");
                Self::later("store_unavailable", "the database is out of reach")
            }
            Error::Store(_) | Error::Internal(_) => {
                tracing::error!(reason = %detail, "a defect");
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "something broke here; the log says what, under the request's id")
            }
        }
    }
}

fn out_of_stock(shortages: &[Shortage]) -> Vec<FieldError> {
    let error = |Shortage { line, available }: &Shortage| {
        let left = available.unwrap_or(0);
        FieldError::new(
            format!("items[{}].quantity", line.position),
            "out_of_stock",
            format!("of book {} there are {left} left", line.book_id),
        )
    };
    shortages.iter().map(error).collect()
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
    /// Reads nothing that can be wrong.
    Plain: 401, 503;
    /// Parameters.
    Asked: 400, 401, 503;
    /// A path to something.
    AtPath: 400, 401, 404, 503;
    /// A body.
    WithBody: 400, 401, 413, 415, 503;
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
    let retry = (status == 503).then(|| MetaHeader {
        name: "Retry-After".to_owned(),
        description: Some("Seconds to wait (RFC 9110, 10.2.3).".to_owned()),
        required: true,
        deprecated: false,
        schema: MetaSchemaRef::Inline(Box::new(MetaSchema::new("integer"))),
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
        401 => "Not through the gateway, or its word is not good.",
        404 => "Not there, or somebody else's.",
        413 => "The body is too large.",
        415 => "The body is not JSON.",
        _ => "Out of reach; try again later.",
    }
}
