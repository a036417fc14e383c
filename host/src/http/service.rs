//! How a service says who it is (RFC 6749, 2.3.1): `Authorization: Basic`, or id and secret in the body; an administrator by a
//! bearer token.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use poem::{Request, RequestBody, http::StatusCode};
use poem_openapi::{
    ApiExtractor, ApiExtractorType, ExtractParamOptions,
    registry::{MetaSecurityScheme, Registry},
};

use super::{
    caller::{self, bearer},
    problem::Problem,
};
use crate::{
    flow::service::Asker,
    model::{
        Secret,
        form::{Entries, Field, Kind},
    },
};

const SCHEME: &str = "service";

/// What the header says, if it says anything; nothing is checked yet.
pub struct Named(Asker);

/// Id and secret in a body.
pub struct InBody {
    id: Option<String>,
    secret: Option<Secret<String>>,
}

impl InBody {
    /// The fields of a form that takes them.
    #[must_use]
    pub fn fields() -> [Field; 2] {
        [
            Field::new("client_id", Kind::Text, "The service's id, unless the header says it", 200).optional(),
            Field::new("client_secret", Kind::Password, "The service's secret, unless the header says it", 200).optional(),
        ]
    }

    /// From checked values.
    pub fn from_entries(entries: &Entries) -> Self {
        Self { id: entries.text("client_id").map(ToOwned::to_owned), secret: entries.password("client_secret").cloned() }
    }
}

impl Named {
    /// Who asks, by header or body.
    ///
    /// # Errors
    /// If both hold credentials (RFC 6749, 2.3), or the body holds half of them.
    pub fn or_by(self, body: InBody) -> Result<Asker, Problem> {
        match (self.0, body) {
            (Asker::Nobody, InBody { id: Some(id), secret: Some(secret) }) => Ok(Asker::Service { id, secret }),
            // A public client names itself and proves nothing (RFC 7009, 2.1).
            (asker, InBody { secret: None, .. }) => Ok(asker),
            (Asker::Nobody, _) => Err(bad("client_secret goes with client_id")),
            _ => Err(bad("credentials stand in the header or in the body, not in both")),
        }
    }
}

fn bad(detail: &str) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "ambiguous_credentials", detail).in_terms_of_oauth()
}

/// What the header holds; a broken one names nobody.
fn named(header: &str) -> Asker {
    if let Some(token) = bearer(header) {
        return Asker::Bearer(token.to_owned());
    }
    basic(header).map_or(Asker::Nobody, |(id, secret)| Asker::Service { id, secret: Secret::new(secret) })
}

/// Id and secret, each form-encoded inside (RFC 6749, 2.3.1).
fn basic(header: &str) -> Option<(String, String)> {
    let (_, text) = header.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"))?;
    let text = String::from_utf8(STANDARD.decode(text.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some((decoded(id), decoded(secret)))
}

fn decoded(text: &str) -> String {
    let pair = [b"x=", text.as_bytes()].concat();
    form_urlencoded::parse(&pair).next().map(|(_, value)| value.into_owned()).unwrap_or_default()
}

impl<'a> ApiExtractor<'a> for Named {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::SecurityScheme];
    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        caller::register(registry);
        let scheme = MetaSecurityScheme {
            ty: "http",
            description: Some(
                "A service's id and secret, as `introspection_clients` names them (RFC 6749, 2.3.1); also as `client_id` and `client_secret` in the body.",
            ),
            name: None,
            key_in: None,
            scheme: Some("basic"),
            bearer_format: None,
            flows: None,
            openid_connect_url: None,
        };
        registry.create_security_scheme(SCHEME, scheme);
    }

    fn security_schemes() -> Vec<&'static str> {
        vec![SCHEME, caller::SCHEME]
    }

    async fn from_request(request: &'a Request, _: &mut RequestBody, _: ExtractParamOptions<()>) -> poem::Result<Self> {
        Ok(Self(named(request.header("authorization").unwrap_or_default())))
    }
}

/// [`Named`] where nobody needs to be.
pub struct MaybeNamed(pub Named);

impl<'a> ApiExtractor<'a> for MaybeNamed {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::PoemExtractor];
    type ParamType = ();
    type ParamRawType = ();

    async fn from_request(request: &'a Request, body: &mut RequestBody, options: ExtractParamOptions<()>) -> poem::Result<Self> {
        Named::from_request(request, body, options).await.map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic_credentials_are_form_encoded_inside() {
        let header = |text: &str| format!("Basic {}", STANDARD.encode(text));
        assert_eq!(basic(&header("shop:a-b")), Some(("shop".to_owned(), "a-b".to_owned())));
        assert_eq!(basic(&header("my%3Ashop:a%2Bb+c")), Some(("my:shop".to_owned(), "a+b c".to_owned())));
        assert_eq!(basic(&header("shop:a&b=c")).map(|(_, secret)| secret), Some("a".to_owned()), "what must be encoded and is not");
        for broken in ["", "Basic", "Basic !", "Bearer abc", &header("no colon")] {
            assert_eq!(basic(broken), None, "{broken}");
        }
    }
}
