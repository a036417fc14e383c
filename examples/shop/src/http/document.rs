//! The OpenAPI document: what poem-openapi knows of the routes, and what it does not.

use serde_json::{Value, json};

use super::selection;

/// Puts the schemas of the bodies into their places, and marks what may be null.
pub fn complete(document: &mut Value) {
    for (name, schema) in selection::schemas() {
        document["components"]["schemas"][name] = schema;
    }
    mark_nullable(document);
}

/// An entry of an answer that is not always there may also be null: poem-openapi leaves that unsaid.
fn mark_nullable(document: &mut Value) {
    let schemas = document["components"]["schemas"].as_object_mut();
    for (_, schema) in schemas.into_iter().flatten() {
        let required = schema["required"].as_array().cloned().unwrap_or_default();
        let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
        for (name, property) in properties.into_iter().flatten() {
            if !required.contains(&json!(name)) && property.get("type").is_some() {
                property["nullable"] = json!(true);
            }
        }
    }
}
