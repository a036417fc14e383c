//! An OpenAPI document, as far as requests need it.

use serde_json::{Map, Value, json};

/// A document.
pub(crate) struct Document(Value);

/// One operation of it.
#[derive(Clone, Copy)]
pub(crate) struct Operation<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    what: &'a Value,
}

impl Document {
    pub(crate) const fn new(document: Value) -> Self {
        Self(document)
    }

    /// All of them, by path.
    pub(crate) fn operations(&self) -> impl Iterator<Item = Operation<'_>> {
        let paths = self.0["paths"].as_object().into_iter().flatten();
        paths.flat_map(|(path, item)| item.as_object().into_iter().flatten().map(move |(method, what)| Operation { method, path, what }))
    }

    /// By its `operationId`.
    pub(crate) fn operation(&self, id: &str) -> Option<Operation<'_>> {
        self.operations().find(|operation| operation.id() == id)
    }

    fn resolved<'a>(&'a self, schema: &'a Value) -> &'a Value {
        let reference = schema["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
        reference.and_then(|pointer| self.0.pointer(pointer)).unwrap_or(schema)
    }

    /// The schema of a body; of several the one that is asked for, or the first.
    fn body_schema<'a>(&'a self, operation: Operation<'a>, variant: Option<&str>) -> Option<&'a Value> {
        let content = operation.what.pointer("/requestBody/content")?.as_object()?;
        let schema = self.resolved(&content.get("application/json").or_else(|| content.values().next())?["schema"]);
        match variant {
            Some(variant) => Some(self.resolved(schema["oneOf"].as_array()?.iter().find(|one| {
                one["$ref"].as_str().is_some_and(|reference| reference.rsplit_once('.').is_some_and(|(_, name)| name == variant))
            })?)),
            None => Some(
                ["oneOf", "anyOf"].iter().find_map(|several| schema[several].as_array()?.first()).map_or(schema, |one| self.resolved(one)),
            ),
        }
    }

    /// A body that the operation takes: what it demands, as the examples of the schema say. `None` if it takes no body, or has
    /// no such variant.
    pub(crate) fn body(&self, operation: Operation<'_>, variant: Option<&str>) -> Option<Map<String, Value>> {
        let schema = self.body_schema(operation, variant)?;
        let demanded = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
        Some(demanded.map(|name| (name.to_owned(), self.example(name, &schema["properties"][name]))).collect())
    }

    fn example(&self, name: &str, schema: &Value) -> Value {
        let schema = self.resolved(schema);
        let first = |of: &Value| of.as_array().and_then(|values| values.first()).cloned();
        if let Some(only) = first(&schema["enum"]) {
            return only;
        }
        match (schema["format"].as_str(), name) {
            (Some("password"), _) => return json!("{{password}}"),
            (Some("email"), _) | (_, "login") => return json!(format!("{{{{{name}}}}}")),
            _ => {}
        }
        match schema["type"].as_str() {
            Some("array") => json!([self.example(name, &schema["items"])]),
            Some("object") => {
                let members = schema["properties"].as_object().into_iter().flatten();
                members.map(|(name, schema)| (name.clone(), self.example(name, schema))).collect::<Map<_, _>>().into()
            }
            Some("boolean" | "integer" | "number") if !schema["example"].is_null() => schema["example"].clone(),
            // A number, whatever the variable is filled with.
            Some("boolean" | "integer" | "number") => json!(format!("{{{{#{name}}}}}")),
            _ => json!(format!("{{{{{}}}}}", if name == "name" { "role" } else { name })),
        }
    }
}

impl<'a> Operation<'a> {
    pub(crate) fn id(self) -> &'a str {
        self.what["operationId"].as_str().unwrap_or_default()
    }

    pub(crate) fn summary(self) -> &'a str {
        self.what["summary"].as_str().unwrap_or_else(|| self.id())
    }

    pub(crate) fn description(self) -> &'a str {
        self.what["description"].as_str().unwrap_or_default()
    }

    /// Whether it is for signed-in callers.
    pub(crate) fn is_protected(self) -> bool {
        self.what["security"].as_array().is_some_and(|ways| !ways.is_empty())
    }

    /// The names and descriptions of its query parameters.
    pub(crate) fn query(self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let all = self.what["parameters"].as_array().into_iter().flatten();
        let query = all.filter(|parameter| parameter["in"] == "query");
        query.map(|parameter| (parameter["name"].as_str().unwrap_or_default(), parameter["description"].as_str().unwrap_or_default()))
    }

    /// The status of a good answer, and its media type if it has content.
    pub(crate) fn success(self) -> Option<(u16, Option<&'a str>)> {
        let good =
            self.what["responses"].as_object()?.iter().filter_map(|(status, response)| Some((status.parse::<u16>().ok()?, response)));
        let (status, response) = good.filter(|(status, _)| (200..300).contains(status)).min_by_key(|(status, _)| *status)?;
        let media_type = response["content"].as_object().and_then(|content| content.keys().next());
        Some((status, media_type.map(|name| name.split(';').next().unwrap_or_default())))
    }

    /// Whether the document knows this answer.
    pub(crate) fn has_status(self, status: u16) -> bool {
        self.what["responses"].get(status.to_string()).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_what_is_demanded() {
        let document = Document::new(json!({
            "paths": { "/a": { "post": { "operationId": "a", "requestBody": { "content": { "application/json": {
                "schema": { "$ref": "#/components/schemas/A" } } } } } } },
            "components": { "schemas": {
                "A": { "oneOf": [{ "$ref": "#/components/schemas/A.x" }, { "$ref": "#/components/schemas/A.y" }] },
                "A.x": { "required": ["type", "email", "password", "count"], "properties": {
                    "type": { "enum": ["x"] }, "email": { "format": "email" }, "password": { "format": "password" },
                    "count": { "type": "integer", "example": 2 }, "more": { "type": "string", "example": "left out" } } },
                "A.y": { "properties": {} }
            } }
        }));
        let operation = document.operation("a").unwrap_or_else(|| unreachable!());
        let expected = json!({ "type": "x", "email": "{{email}}", "password": "{{password}}", "count": 2 });
        assert_eq!(document.body(operation, None).map(Value::Object), Some(expected.clone()));
        assert_eq!(document.body(operation, Some("x")).map(Value::Object), Some(expected));
        assert_eq!(document.body(operation, Some("y")), Some(Map::new()));
        assert_eq!(document.body(operation, Some("z")), None);
    }
}
