//! The caller of a request, by the gateway's word in `X-Auth-Identity`. No other header says anything about them: whoever
//! reaches this port can write `X-Auth-User-Id`.

use std::sync::Arc;

use poem::{Request, RequestBody};
use poem_openapi::{
    ApiExtractor, ApiExtractorType, ExtractParamOptions,
    registry::{MetaSecurityScheme, Registry},
};

use super::problem::Problem;
use crate::{
    flow::{Error, Flow, error::Refusal},
    model::Identity,
};

const HEADER: &str = "X-Auth-Identity";
const SCHEME: &str = "gateway";

/// A caller whom the gateway has signed in.
pub struct Signed(pub Identity);

impl<'a> ApiExtractor<'a> for Signed {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::SecurityScheme];
    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        let scheme = MetaSecurityScheme {
            ty: "apiKey",
            description: Some(
                "The gateway's signed word about the caller (JWT, `typ: identity+jwt`). The gateway adds it; clients sign in there.",
            ),
            name: Some(HEADER),
            key_in: Some("header"),
            scheme: None,
            bearer_format: None,
            flows: None,
            openid_connect_url: None,
        };
        registry.create_security_scheme(SCHEME, scheme);
    }

    fn security_schemes() -> Vec<&'static str> {
        vec![SCHEME]
    }

    async fn from_request(request: &'a Request, _: &mut RequestBody, _: ExtractParamOptions<()>) -> poem::Result<Self> {
        let identity = identify(request).await.map_err(Problem::from)?;
        tracing::Span::current().record("user_id", identity.user.0);
        Ok(Self(identity))
    }
}

async fn identify(request: &Request) -> Result<Identity, Error> {
    let flow = request.data::<Arc<Flow>>().ok_or_else(|| Error::Internal("the routes have no flow".to_owned()))?;
    let mut tokens = request.headers().get_all(HEADER).iter();
    let (token, another) = (tokens.next(), tokens.next());
    if another.is_some() {
        return Err(Refusal::Malformed.into());
    }
    let token = token.map(|value| value.to_str()).transpose().map_err(|_| Refusal::Malformed)?;
    flow.identify(token).await
}
