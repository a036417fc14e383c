//! Forms as JSON Schema (the dialect of OpenAPI 3.0).

use serde_json::{Map, Value, json};

use crate::model::form::{Field, Form, Kind, MOST_NAMES};

/// As documents and challenges write a kind.
#[must_use]
pub const fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "text",
        Kind::Email => "email",
        Kind::Password => "password",
        Kind::Token => "token",
        Kind::Url => "url",
        Kind::Integer => "integer",
        Kind::Boolean => "boolean",
        Kind::Names => "names",
    }
}

/// The schema of a body with the fields of `form`, after those of `before` (name and schema).
#[must_use]
pub fn of(form: &Form, before: &[(&str, Value)]) -> Value {
    let leading = before.iter().map(|(name, schema)| ((*name).to_owned(), schema.clone()));
    let own = form.fields.iter().map(|field| (field.name.clone(), property(field)));
    let properties: Map<String, Value> = leading.chain(own).collect();
    let names = before.iter().map(|(name, _)| *name);
    let required: Vec<&str> = names.chain(form.fields.iter().filter(|field| field.required).map(|field| field.name.as_str())).collect();
    let mut schema = json!({ "type": "object", "properties": properties, "additionalProperties": false });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

fn property(field: &Field) -> Value {
    let mut schema = match field.kind {
        Kind::Integer => json!({ "type": "integer", "format": "int64" }),
        Kind::Boolean => json!({ "type": "boolean" }),
        Kind::Names => {
            json!({ "type": "array", "items": { "type": "string", "maxLength": field.max_length }, "maxItems": MOST_NAMES })
        }
        Kind::Email => json!({ "type": "string", "format": "email", "maxLength": field.max_length }),
        Kind::Url => json!({ "type": "string", "format": "uri", "maxLength": field.max_length }),
        Kind::Password => json!({ "type": "string", "format": "password", "maxLength": field.max_length }),
        Kind::Text | Kind::Token => json!({ "type": "string", "maxLength": field.max_length }),
    };
    schema["title"] = json!(field.label);
    // Null says no more than leaving it out.
    if !field.required {
        schema["nullable"] = json!(true);
    }
    if !field.help.is_empty() {
        schema["description"] = json!(field.help);
    }
    if let Some(example) = &field.example {
        schema["example"] = match field.kind {
            Kind::Integer => example.parse::<i64>().map_or_else(|_| json!(example), |number| json!(number)),
            Kind::Boolean => json!(example == "true"),
            Kind::Names => json!([example]),
            _ => json!(example),
        };
    }
    schema
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_become_properties() {
        let form = Form {
            fields: vec![
                Field::new("email", Kind::Email, "E-mail", 254).example("ann@example.org"),
                Field::new("age", Kind::Integer, "Age", 3).optional(),
            ],
        };
        let schema = of(&form, &[("type", json!({ "type": "string", "enum": ["x"] }))]);
        assert_eq!(schema["required"], json!(["type", "email"]));
        assert_eq!(schema["additionalProperties"], json!(false));
        assert_eq!(schema["properties"]["email"]["example"], json!("ann@example.org"));
        assert_eq!(schema["properties"]["age"]["type"], json!("integer"));
        let names = property(&Field::new("roles", Kind::Names, "Roles", 60).optional().example("editor"));
        assert_eq!((&names["type"], &names["maxItems"], &names["nullable"]), (&json!("array"), &json!(50), &json!(true)));
        assert_eq!((&names["items"]["maxLength"], &names["example"]), (&json!(60), &json!(["editor"])));
    }
}
