//! `Idempotency-Key`: names a request, so that repeating it after a lost answer does not order twice
//! (draft-ietf-httpapi-idempotency-key-header).

use poem::{Request, RequestBody};
use poem_openapi::{
    ApiExtractor, ApiExtractorType, ExtractParamOptions,
    registry::{MetaParamIn, MetaSchema, MetaSchemaRef},
};

use super::problem::Problem;
use crate::{flow::Error, model::FieldError};

const LONGEST: usize = 255;

/// The key, if there is one. Read by hand: a key that were passed over because of a strange character would order twice.
pub struct IdempotencyKey(pub Option<String>);

impl<'a> ApiExtractor<'a> for IdempotencyKey {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::Parameter];
    type ParamType = ();
    type ParamRawType = ();

    fn param_in() -> Option<MetaParamIn> {
        Some(MetaParamIn::Header)
    }

    fn param_schema_ref() -> Option<MetaSchemaRef> {
        let schema = MetaSchema {
            min_length: Some(1),
            max_length: Some(LONGEST),
            pattern: Some("^[!-~]+$".to_owned()),
            ..MetaSchema::new("string")
        };
        Some(MetaSchemaRef::Inline(Box::new(schema)))
    }

    async fn from_request(request: &'a Request, _: &mut RequestBody, options: ExtractParamOptions<()>) -> poem::Result<Self> {
        let mut values = request.headers().get_all(options.name).iter();
        let Some(value) = values.next() else { return Ok(Self(None)) };
        let plain = (1..=LONGEST).contains(&value.len()) && value.as_bytes().iter().all(u8::is_ascii_graphic);
        match value.to_str() {
            Ok(key) if plain && values.next().is_none() => Ok(Self(Some(key.to_owned()))),
            _ => {
                let detail = format!("must be given once, with 1 to {LONGEST} visible ASCII characters");
                Err(Problem::from(Error::Fields(vec![FieldError::new("Idempotency-Key", "invalid_key", detail)])).into())
            }
        }
    }
}
