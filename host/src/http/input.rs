//! Bodies: JSON or a form, read by the same rules, every mistake named.

use std::{marker::PhantomData, time::Duration};

use futures_util::{Stream, StreamExt as _};
use poem::{Body as RawStream, Request, RequestBody, http::StatusCode};
use poem_openapi::{
    ApiExtractor, ApiExtractorType, ExtractParamOptions,
    registry::{MetaMediaType, MetaRequest, MetaSchema, MetaSchemaRef, Registry},
};

use super::problem::Problem;
use crate::model::form::{Entries, FieldError, Form, Raw, RawBody};

/// What a route takes: its form is its validation and its documentation.
pub trait Body: Sized + Send {
    /// The name of its schema in the OpenAPI document.
    const NAME: &'static str;
    /// Whether its mistakes are told in terms of OAuth too.
    const OAUTH: bool = false;
    /// Its fields.
    fn form() -> Form;
    /// From checked values.
    fn from_entries(entries: Entries) -> Self;
}

/// A route's body, checked.
pub struct Input<B>(pub B);

/// A route's body that may be left out, as if it were an object without members.
pub struct OptionalInput<B>(pub B);

/// A body whose fields only the flow knows.
pub struct OpenInput<N> {
    /// By field.
    pub fields: RawBody,
    name: PhantomData<N>,
}

/// Names the schema of an [`OpenInput`], which the live document supplies.
pub trait OpenName: Send {
    /// The name of its schema in the OpenAPI document.
    const NAME: &'static str;
}

fn meta(name: &'static str) -> MetaRequest {
    let schema = || MetaSchemaRef::Reference(name.to_owned());
    MetaRequest {
        description: None,
        content: vec![
            MetaMediaType { content_type: "application/json", schema: schema() },
            MetaMediaType { content_type: "application/x-www-form-urlencoded", schema: schema() },
        ],
        required: true,
    }
}

/// The live document puts the schema of the form here.
fn hold_place(registry: &mut Registry, name: &str) {
    registry.schemas.insert(name.to_owned(), MetaSchema::new("object"));
}

impl<'a, B: Body> ApiExtractor<'a> for Input<B> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];
    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        hold_place(registry, B::NAME);
    }

    fn request_meta() -> Option<MetaRequest> {
        Some(meta(B::NAME))
    }

    async fn from_request(request: &'a Request, body: &mut RequestBody, _: ExtractParamOptions<()>) -> poem::Result<Self> {
        let raw = read(request, body).await;
        let entries = raw.and_then(|raw| B::form().read(raw).map_err(|errors| crate::flow::Error::Fields(errors).into()));
        let entries = entries.map_err(|problem| if B::OAUTH { problem.in_terms_of_oauth() } else { problem })?;
        Ok(Self(B::from_entries(entries)))
    }
}

impl<'a, B: Body> ApiExtractor<'a> for OptionalInput<B> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];
    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        hold_place(registry, B::NAME);
    }

    fn request_meta() -> Option<MetaRequest> {
        Some(MetaRequest { required: false, ..meta(B::NAME) })
    }

    async fn from_request(request: &'a Request, body: &mut RequestBody, options: ExtractParamOptions<()>) -> poem::Result<Self> {
        if request.content_type().is_some() {
            return Input::from_request(request, body, options).await.map(|Input(body)| Self(body));
        }
        let empty = match body.take() {
            Ok(body) => collect(body, 0).await.is_ok(),
            Err(_) => true,
        };
        if empty { Ok(Self(B::from_entries(Entries::default()))) } else { Err(unsupported().into()) }
    }
}

impl<'a, N: OpenName> ApiExtractor<'a> for OpenInput<N> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];
    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        hold_place(registry, N::NAME);
    }

    fn request_meta() -> Option<MetaRequest> {
        Some(meta(N::NAME))
    }

    async fn from_request(request: &'a Request, body: &mut RequestBody, _: ExtractParamOptions<()>) -> poem::Result<Self> {
        Ok(Self { fields: read(request, body).await?, name: PhantomData })
    }
}

/// Reads a body, whatever its fields.
///
/// # Errors
/// If it is no JSON object and no form, too large, or broken.
pub(super) async fn read(request: &Request, body: &mut RequestBody) -> Result<RawBody, Problem> {
    let media_type = request.content_type().map(|value| value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase());
    let media_type = media_type.as_deref();
    if !matches!(media_type, Some("application/json" | "application/x-www-form-urlencoded")) {
        return Err(unsupported());
    }
    let Limit(limit) = request.data().copied().unwrap_or_default();
    let body = body.take().map_err(|_| malformed("the body was read twice"))?;
    let bytes = collect(body, limit).await?;
    if media_type == Some("application/json") { read_json(&bytes) } else { read_form(&bytes) }
}

fn unsupported() -> Problem {
    let detail = "send application/json or application/x-www-form-urlencoded, and say so in Content-Type";
    Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", detail)
}

/// Largest body, in bytes; the frame gives it to every request.
#[derive(Clone, Copy, Debug)]
pub struct Limit(pub usize);

impl Default for Limit {
    fn default() -> Self {
        Self(64 * 1024)
    }
}

/// Reads a body whole, if it is not above the limit.
async fn collect(body: RawStream, limit: usize) -> Result<Vec<u8>, Problem> {
    let (mut chunks, mut bytes) = (body.into_bytes_stream(), Vec::new());
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| malformed("the body broke off"))?;
        if bytes.len() + chunk.len() > limit {
            discard(chunks).await;
            return Err(too_large(limit));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// Takes in the rest of a body and throws it away, so far as it is not endless: a client whose connection is closed while it
/// still writes does not see the answer (RFC 9112, 9.6).
pub async fn discard<T, E>(mut chunks: impl Stream<Item = Result<T, E>> + Unpin + Send)
where
    T: AsRef<[u8]>,
{
    const MOST: usize = 32 << 20;
    const LONGEST: Duration = Duration::from_secs(10);
    let all = async {
        let mut seen = 0;
        while let Some(Ok(chunk)) = chunks.next().await {
            seen += chunk.as_ref().len();
            if seen > MOST {
                break;
            }
        }
    };
    // Whoever is slower than that loses the answer.
    let _ = tokio::time::timeout(LONGEST, all).await;
}

/// The answer to a body above the limit.
#[must_use]
pub fn too_large(limit: usize) -> Problem {
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", format!("the body is larger than {} KiB", limit / 1024))
}

fn malformed(detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "malformed_body", detail)
}

/// Reads an object with each name once: a name given twice could mean one thing to a proxy and another to us.
fn read_json(bytes: &[u8]) -> Result<RawBody, Problem> {
    struct Members(RawBody, Vec<String>);

    impl<'de> serde::Deserialize<'de> for Members {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct Visitor;
            impl<'de> serde::de::Visitor<'de> for Visitor {
                type Value = Members;
                fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.write_str("a JSON object")
                }
                fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                    let mut members = Members(RawBody::new(), Vec::new());
                    while let Some((name, value)) = map.next_entry::<String, serde_json::Value>()? {
                        if members.0.insert(name.clone(), Raw::Json(value)).is_some() {
                            members.1.push(name);
                        }
                    }
                    Ok(members)
                }
            }
            deserializer.deserialize_map(Visitor)
        }
    }

    let Members(fields, twice) = serde_json::from_slice(bytes).map_err(|error| {
        // serde_json quotes what it found; a body may hold a password, so only the place is told.
        let what = if error.is_data() { "the body must be a JSON object" } else { "the body is not valid JSON" };
        malformed(format!("{what} (line {}, column {})", error.line(), error.column()))
    })?;
    once(fields, twice)
}

fn read_form(bytes: &[u8]) -> Result<RawBody, Problem> {
    std::str::from_utf8(bytes).map_err(|_| malformed("the form is not UTF-8"))?;
    let (mut fields, mut twice) = (RawBody::new(), Vec::new());
    for (name, value) in form_urlencoded::parse(bytes) {
        if value.contains('\u{fffd}') {
            return Err(malformed(format!("the field {name:?} is not UTF-8")));
        }
        if fields.insert(name.clone().into_owned(), Raw::Text(value.into_owned())).is_some() {
            twice.push(name.into_owned());
        }
    }
    once(fields, twice)
}

fn once(fields: RawBody, twice: Vec<String>) -> Result<RawBody, Problem> {
    if twice.is_empty() {
        return Ok(fields);
    }
    let errors =
        twice.into_iter().map(|name| FieldError::new(name.chars().take(60).collect::<String>(), "repeated", "is given more than once"));
    Err(crate::flow::Error::Fields(errors.collect()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_objects_only() {
        for bad in ["", "[]", "1", "null", "\"x\"", "{", "{\"a\":1}x", "{\"a\":\"\\ud800\"}", "{\"a\":1e999}"] {
            let problem = read_json(bad.as_bytes()).expect_err(bad);
            assert_eq!(problem.status(), StatusCode::BAD_REQUEST, "{bad}");
        }
        assert!(read_json(b"{\"a\":1}").is_ok_and(|fields| fields.len() == 1));
    }

    #[test]
    fn names_once() {
        assert!(read_json(b"{\"a\":1,\"a\":2}").is_err());
        assert!(read_form(b"a=1&a=2").is_err());
        assert!(read_form(b"a=1&b=%41").is_ok_and(|fields| fields["b"] == Raw::Text("A".into())));
        assert!(read_form(b"a=%ff").is_err());
    }

    #[test]
    fn a_broken_body_is_not_quoted() {
        let problem = read_json(b"{\"password\": \"hunter2\" oops}").expect_err("broken");
        assert!(!format!("{problem:?}").contains("hunter2"));
    }
}
