//! What a request does before and after: JavaScript, as Postman runs it.

use serde_json::{Value, json};

use crate::{document::Operation, plan::Planned};

/// Before the first request, and after each.
pub(crate) fn of_collection() -> Value {
    let before = ["if (!pm.collectionVariables.get(\"stamp\")) pm.collectionVariables.set(\"stamp\", Date.now().toString(36));"];
    let after = [
        "pm.test(\"it can be found in the log\", () => pm.response.to.have.header(\"X-Request-Id\"));",
        "pm.test(\"nothing broke\", () => pm.expect(pm.response.code).to.be.below(500));",
    ];
    json!([event("prerequest", &before), event("test", &after)])
}

/// Of one request.
///
/// # Errors
/// If the document does not know the answers that are expected.
pub(crate) fn of_request(operation: Operation<'_>, planned: &Planned) -> Result<Value, String> {
    let name = &planned.operation;
    let (status, media_type) = operation.success().ok_or_else(|| format!("{name} has no good answer"))?;
    let mut lines = Vec::new();
    let mut good = Vec::new();
    if let Some(media_type) = media_type {
        let content = format!("pm.expect(pm.response.headers.get(\"Content-Type\")).to.include(\"{media_type}\")");
        good.push(format!("pm.test(\"the answer is {media_type}\", () => {content});"));
    }
    if !planned.save.is_empty() {
        good.push("const body = pm.response.json();".to_owned());
        good.extend(planned.save.iter().map(|(variable, value)| format!("pm.collectionVariables.set(\"{variable}\", {value});")));
    }
    match (&planned.needs, planned.otherwise) {
        (Some(variable), Some(otherwise)) => {
            if !operation.has_status(otherwise) {
                return Err(format!("{name} never answers {otherwise}"));
            }
            lines.push(format!("// Fill in {variable}; without it the answer is {otherwise}."));
            lines.push(format!("const filled = ![\"\", \"0\"].includes(pm.variables.get(\"{variable}\"));"));
            lines.push(format!("const expected = filled ? {status} : {otherwise};"));
            lines.push("pm.test(`the status is ${expected}`, () => pm.response.to.have.status(expected));".to_owned());
        }
        (None, None) => lines.push(format!("pm.test(\"the status is {status}\", () => pm.response.to.have.status({status}));")),
        _ => return Err(format!("{name}: `needs` and `otherwise` belong together")),
    }
    if !good.is_empty() {
        lines.push(format!("if (pm.response.code === {status}) {{"));
        lines.extend(good.iter().map(|line| format!("  {line}")));
        lines.push("}".to_owned());
    }
    let mut events = Vec::new();
    if !planned.before.is_empty() {
        events.push(event("prerequest", &planned.before));
    }
    events.push(event("test", &lines));
    Ok(json!(events))
}

fn event(listen: &str, lines: &[impl AsRef<str>]) -> Value {
    let lines: Vec<&str> = lines.iter().map(AsRef::as_ref).collect();
    json!({ "listen": listen, "script": { "type": "text/javascript", "exec": lines } })
}
