//! One request of the collection.

use serde_json::{Value, json};

use crate::{
    document::{Document, Operation},
    plan::{Planned, Sender},
    script,
};

/// As Postman keeps it.
///
/// # Errors
/// If the plan says what the document does not bear out.
pub(crate) fn of(document: &Document, planned: &Planned, sender: Sender) -> Result<Value, String> {
    let operation = document.operation(&planned.operation).ok_or_else(|| format!("there is no operation {}", planned.operation))?;
    let sender = planned.sender.unwrap_or(sender);
    let body = body(document, operation, planned)?;
    let headers = body.is_some().then(|| json!({ "key": "Content-Type", "value": "application/json" }));
    let mut request = json!({
        "method": operation.method.to_uppercase(),
        "header": headers.into_iter().collect::<Vec<_>>(),
        "url": url(operation, planned)?,
        "auth": auth(if operation.is_protected() { sender } else { Sender::Nobody }),
        "description": operation.description(),
    });
    if let Some(text) = body {
        request["body"] = json!({ "mode": "raw", "raw": text, "options": { "raw": { "language": "json" } } });
    }
    Ok(json!({ "name": name(operation, planned), "event": script::of_request(operation, planned)?, "request": request, "response": [] }))
}

fn name(operation: Operation<'_>, planned: &Planned) -> String {
    match (&planned.name, &planned.variant) {
        (Some(name), _) => name.clone(),
        (None, Some(variant)) => format!("{} ({variant})", operation.summary()),
        (None, None) => operation.summary().to_owned(),
    }
}

fn body(document: &Document, operation: Operation<'_>, planned: &Planned) -> Result<Option<String>, String> {
    let from_document = document.body(operation, planned.variant.as_deref());
    if from_document.is_none() && (planned.variant.is_some() || planned.whole.is_some() || !planned.body.is_empty()) {
        return Err(format!("{} takes no body like that", planned.operation));
    }
    let Some(mut body) = from_document else { return Ok(None) };
    body.extend(planned.body.clone());
    let body = planned.whole.clone().unwrap_or(Value::Object(body));
    let text = serde_json::to_string_pretty(&body).map_err(|error| error.to_string())?;
    Ok(Some(numbers_bare(&text)))
}

/// `"{{#NAME}}"` becomes `{{NAME}}`, which is filled with a number.
fn numbers_bare(text: &str) -> String {
    let mut parts = text.split("\"{{#");
    let mut bare = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        bare.push_str("{{");
        bare.push_str(&part.replacen("}}\"", "}}", 1));
    }
    bare
}

fn url(operation: Operation<'_>, planned: &Planned) -> Result<Value, String> {
    let base = planned.base.as_deref().unwrap_or("{{base_url}}");
    let filled = |segment: &str| match segment.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
        Some(name) => planned.path.get(name).cloned().unwrap_or_else(|| format!("{{{{{name}}}}}")),
        None => segment.to_owned(),
    };
    let path: Vec<String> = operation.path.trim_start_matches('/').split('/').map(filled).collect();
    let known: Vec<(&str, &str)> = operation.query().collect();
    if let Some(stranger) = planned.query.keys().find(|name| !known.iter().any(|(known, _)| known == name)) {
        return Err(format!("{} has no parameter {stranger}", planned.operation));
    }
    let query: Vec<Value> = known
        .iter()
        .map(|(name, description)| {
            let value = planned.query.get(*name);
            json!({ "key": name, "value": value.map_or("", String::as_str), "description": description, "disabled": value.is_none() })
        })
        .collect();
    let sent: Vec<String> = planned.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let mark = if sent.is_empty() { "" } else { "?" };
    let raw = format!("{base}/{}{mark}{}", path.join("/"), sent.join("&"));
    Ok(json!({ "raw": raw, "host": [base], "path": path, "query": query }))
}

fn auth(sender: Sender) -> Value {
    let variable = match sender {
        Sender::Nobody => return json!({ "type": "noauth" }),
        Sender::User => "{{access_token}}",
        Sender::Administrator => "{{admin_token}}",
    };
    json!({ "type": "bearer", "bearer": [{ "key": "token", "type": "string", "value": variable }] })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_lose_their_quotes() {
        assert_eq!(numbers_bare(r#"{"id": "{{#user_id}}", "name": "{{name}}"}"#), r#"{"id": {{user_id}}, "name": "{{name}}"}"#);
        assert_eq!(numbers_bare(r#"["{{#a}}", "{{#b}}"]"#), "[{{a}}, {{b}}]");
        assert_eq!(numbers_bare("{}"), "{}");
    }
}
