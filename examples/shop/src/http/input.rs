//! Bodies: JSON, read up to a limit, each name once.

use std::{fmt, time::Duration};

use futures_util::{Stream, StreamExt as _};
use poem::{Request, RequestBody, http::StatusCode};
use serde::{
    Deserialize, Deserializer,
    de::{Error as _, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Number, Value};

use super::problem::Problem;

/// Largest body, in bytes.
pub const LARGEST: usize = 64 * 1024;

/// Reads a body; none if it is empty.
///
/// # Errors
/// 400, 413, 415.
pub async fn read(request: &Request, body: &mut RequestBody) -> Result<Option<Value>, Problem> {
    let body = body.take().map_err(|_| malformed("the body was read twice"))?;
    let (mut chunks, mut bytes) = (body.into_bytes_stream(), Vec::new());
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| malformed("the body broke off"))?;
        if bytes.len() + chunk.len() > LARGEST {
            discard(chunks).await;
            return Err(too_large());
        }
        bytes.extend_from_slice(&chunk);
    }
    if bytes.is_empty() {
        return Ok(None);
    }
    let media_type = request.content_type().map(|value| value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase());
    if media_type.as_deref() != Some("application/json") {
        let detail = "send application/json, and say so in Content-Type";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", detail));
    }
    parse(&bytes).map(Some)
}

/// Takes in the rest of a body and throws it away, so far as it is not endless: a client whose connection is closed while it
/// still writes does not see the answer (RFC 9112, 9.6).
pub async fn discard<T: AsRef<[u8]>, E>(mut chunks: impl Stream<Item = Result<T, E>> + Unpin + Send) {
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
pub fn too_large() -> Problem {
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", format!("the body is larger than {} KiB", LARGEST / 1024))
}

fn malformed(detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "malformed_body", detail)
}

fn parse(bytes: &[u8]) -> Result<Value, Problem> {
    let Unique(value) = serde_json::from_slice(bytes).map_err(|error| {
        // What was found is not quoted, only its place.
        let what = if error.is_data() { "the body names a member of an object twice" } else { "the body is not valid JSON" };
        malformed(format!("{what} (line {}, column {})", error.line(), error.column()))
    })?;
    Ok(value)
}

/// JSON whose objects have each name once: a name given twice could mean one thing to a proxy and another to us.
struct Unique(Value);

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(UniqueVisitor).map(Unique)
    }
}

struct UniqueVisitor;

impl<'de> Visitor<'de> for UniqueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(Unique(item)) = sequence.next_element()? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some((name, Unique(value))) = map.next_entry::<String, _>()? {
            if members.insert(name, value).is_some() {
                return Err(A::Error::custom("twice"));
            }
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_once_on_every_level() {
        assert!(parse(br#"{"a": [{"b": 1}, {"b": 2}], "c": null}"#).is_ok());
        for bad in [&br#"{"a": 1, "a": 1}"#[..], br#"{"x": [{"b": 1, "b": 2}]}"#, b"{", b"{} {}", b"{\"a\": 1e999}", b"\xff"] {
            assert!(parse(bad).is_err(), "{}", String::from_utf8_lossy(bad));
        }
    }

    #[test]
    fn depth_is_limited() {
        assert!(parse("[".repeat(60_000).as_bytes()).is_err());
    }
}
