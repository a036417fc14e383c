//! `{"shop_id", "items": [{"book_id", "quantity"}]}`: read with every mistake named at once.

use std::collections::BTreeSet;

use poem::{Request, RequestBody, http::StatusCode};
use poem_openapi::{
    ApiExtractor, ApiExtractorType, ExtractParamOptions,
    registry::{MetaMediaType, MetaRequest, MetaSchema, MetaSchemaRef, Registry},
};
use serde_json::{Map, Value, json};

use super::{input, problem::Problem};
use crate::{
    flow::Error,
    model::{Content, FieldError, LARGEST_QUANTITY, Line, MOST_LINES, Selection},
};

/// Name of the schema in the document.
pub const CART: &str = "NewCart";
/// Name of the schema in the document.
pub const ORDER: &str = "NewOrder";

/// The body of `PUT /shop/cart`.
pub struct NewCart(pub Selection);

/// The body of `POST /shop/orders`: a selection, or nothing for what is in the cart.
pub struct NewOrder(pub Content);

fn meta(name: &str, required: bool) -> MetaRequest {
    let content = MetaMediaType { content_type: "application/json", schema: MetaSchemaRef::Reference(name.to_owned()) };
    MetaRequest { description: None, content: vec![content], required }
}

impl<'a> ApiExtractor<'a> for NewCart {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];
    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        registry.schemas.insert(CART.to_owned(), MetaSchema::new("object"));
    }

    fn request_meta() -> Option<MetaRequest> {
        Some(meta(CART, true))
    }

    async fn from_request(request: &'a Request, body: &mut RequestBody, _: ExtractParamOptions<()>) -> poem::Result<Self> {
        let missing = || Problem::new(StatusCode::BAD_REQUEST, "malformed_body", "the body is empty; send shop_id and items");
        let value = input::read(request, body).await?.ok_or_else(missing)?;
        Ok(Self(selection(members(value)?)?))
    }
}

impl<'a> ApiExtractor<'a> for NewOrder {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];
    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        registry.schemas.insert(ORDER.to_owned(), MetaSchema::new("object"));
    }

    fn request_meta() -> Option<MetaRequest> {
        Some(meta(ORDER, false))
    }

    async fn from_request(request: &'a Request, body: &mut RequestBody, _: ExtractParamOptions<()>) -> poem::Result<Self> {
        let members = input::read(request, body).await?.map(members).transpose()?.unwrap_or_default();
        Ok(Self(if members.is_empty() { Content::Cart } else { Content::Selection(selection(members)?) }))
    }
}

fn members(value: Value) -> Result<Map<String, Value>, Problem> {
    match value {
        Value::Object(members) => Ok(members),
        _ => Err(Problem::new(StatusCode::BAD_REQUEST, "malformed_body", "the body must be a JSON object")),
    }
}

/// The schemas of both bodies.
#[must_use]
pub fn schemas() -> [(&'static str, Value); 2] {
    let item = json!({
        "type": "object",
        "required": ["book_id", "quantity"],
        "additionalProperties": false,
        "properties": {
            "book_id": { "type": "integer", "format": "int64", "minimum": 1, "example": 1 },
            "quantity": { "type": "integer", "format": "int64", "minimum": 1, "maximum": LARGEST_QUANTITY, "example": 2 },
        },
    });
    let shop = json!({ "type": "integer", "format": "int64", "minimum": 1, "example": 1 });
    let items = json!({ "type": "array", "minItems": 1, "maxItems": MOST_LINES, "items": item, "description": "Each book once." });
    let body = json!({
        "type": "object",
        "required": ["shop_id", "items"],
        "additionalProperties": false,
        "properties": { "shop_id": shop, "items": items },
    });
    let empty = json!({ "type": "object", "additionalProperties": false, "maxProperties": 0, "title": "What is in the cart" });
    [(CART, body.clone()), (ORDER, json!({ "anyOf": [body, empty] }))]
}

fn selection(mut members: Map<String, Value>) -> Result<Selection, Problem> {
    let mut errors = Vec::new();
    let shop_id = integer(&mut members, "", "shop_id", i64::MAX, &mut errors);
    let lines = match members.remove("items") {
        None | Some(Value::Null) => {
            errors.push(FieldError::new("items", "required", "is required"));
            Vec::new()
        }
        Some(Value::Array(items)) if (1..=MOST_LINES).contains(&items.len()) => lines(items, &mut errors),
        Some(Value::Array(items)) => {
            let (code, detail) = if items.is_empty() {
                ("empty", "must not be empty".to_owned())
            } else {
                ("too_long", format!("must be at most {MOST_LINES}"))
            };
            errors.push(FieldError::new("items", code, detail));
            Vec::new()
        }
        Some(_) => {
            errors.push(FieldError::new("items", "wrong_type", "must be an array of {book_id, quantity}"));
            Vec::new()
        }
    };
    unknown(members, "", "shop_id, items", &mut errors);
    match shop_id {
        Some(shop_id) if errors.is_empty() => Ok(Selection { shop_id, lines }),
        _ => Err(Error::Fields(errors).into()),
    }
}

fn lines(items: Vec<Value>, errors: &mut Vec<FieldError>) -> Vec<Line> {
    let (mut lines, mut seen) = (Vec::new(), BTreeSet::new());
    for (position, item) in items.into_iter().enumerate() {
        let place = format!("items[{position}]");
        let Value::Object(mut members) = item else {
            errors.push(FieldError::new(place, "wrong_type", "must be an object"));
            continue;
        };
        let prefix = format!("{place}.");
        let book_id = integer(&mut members, &prefix, "book_id", i64::MAX, errors);
        let quantity = integer(&mut members, &prefix, "quantity", LARGEST_QUANTITY, errors);
        unknown(members, &prefix, "book_id, quantity", errors);
        if book_id.is_some_and(|book_id| !seen.insert(book_id)) {
            errors.push(FieldError::new(format!("{prefix}book_id"), "repeated", "is named above already: give the sum as its quantity"));
        }
        if let (Some(book_id), Some(quantity)) = (book_id, quantity) {
            lines.push(Line { book_id, quantity, position });
        }
    }
    lines
}

/// A whole number from 1 to `largest`.
fn integer(members: &mut Map<String, Value>, prefix: &str, name: &str, largest: i64, errors: &mut Vec<FieldError>) -> Option<i64> {
    let mut wrong = |code, detail: &str| errors.push(FieldError::new(format!("{prefix}{name}"), code, detail));
    match members.remove(name) {
        None | Some(Value::Null) => wrong("required", "is required"),
        // JSON knows no integers: 2.0 is one (JSON Schema, 4.2.3).
        Some(Value::Number(number)) => match number.as_i64().or_else(|| number.as_f64().and_then(whole)) {
            Some(value) if (1..=largest).contains(&value) => return Some(value),
            None if number.is_f64() && number.as_f64().is_some_and(|number| number.fract() != 0.0) => {
                wrong("wrong_type", "must be an integer");
            }
            _ => wrong("out_of_range", &format!("must be from 1 to {largest}")),
        },
        Some(_) => wrong("wrong_type", "must be an integer"),
    }
    None
}

fn whole(number: f64) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    #[expect(clippy::cast_possible_truncation, reason = "checked in the line before")]
    (number.fract() == 0.0 && number.abs() <= EXACT).then_some(number as i64)
}

fn unknown(members: Map<String, Value>, prefix: &str, known: &str, errors: &mut Vec<FieldError>) {
    errors.extend(members.into_iter().map(|(name, _)| {
        let shown: String = name.chars().filter(|c| !c.is_control()).take(60).collect();
        FieldError::new(format!("{prefix}{shown}"), "unknown_field", format!("is not a field here; known are {known}"))
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: Value) -> Result<Selection, Problem> {
        selection(members(body)?)
    }

    #[test]
    fn reads_lines_with_their_places() {
        let body = json!({ "shop_id": 3, "items": [{ "book_id": 9, "quantity": 1 }, { "book_id": 2, "quantity": 4.0 }] });
        let selection = read(body).expect("good");
        assert_eq!(selection.shop_id, 3);
        assert_eq!(selection.lines[1], Line { book_id: 2, quantity: 4, position: 1 });
    }

    #[test]
    fn names_every_mistake() {
        let body = json!({
            "shop_id": "3", "colour": 1,
            "items": [{ "book_id": 9, "quantity": 0 }, 7, { "book_id": 9 }, { "book_id": 1.5, "quantity": 1, "price": 1 }]
        });
        let problem = format!("{:?}", read(body).expect_err("bad"));
        for field in [
            "shop_id\", code: \"wrong_type",
            "colour\", code: \"unknown_field",
            "items[0].quantity\", code: \"out_of_range",
            "items[1]\", code: \"wrong_type",
            "items[2].quantity\", code: \"required",
            "items[2].book_id\", code: \"repeated",
            "items[3].book_id\", code: \"wrong_type",
            "items[3].price\", code: \"unknown_field",
        ] {
            assert!(problem.contains(field), "{field} is not in {problem}");
        }
    }
}
