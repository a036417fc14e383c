//! The collection as a whole.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::{
    document::Document,
    plan::{Chapter, Folder, Plan, Planned, Sender},
    request, script,
};

const SCHEMA: &str = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json";
const DESCRIPTION: &str = "Every request of the gateway and of the shop behind it, with an example that works; each keeps what the next ones need. Run it from top to \
    bottom against gateways of your own: it makes accounts and removes them. It needs an administrator (`vestibule set-admin {{admin_email}} ...`), and for what comes by mail \
    your help: fill in `mail_code` and `invitation_token`. Made by `cargo xtask gen`; do not edit.";

/// As Postman imports it.
///
/// # Errors
/// If the plan says what the documents do not bear out.
pub(crate) fn of(plan: &Plan, documents: &BTreeMap<String, Document>) -> Result<Value, String> {
    let chapters: Result<Vec<Value>, String> = plan.documents.iter().map(|one| chapter(one, documents)).collect();
    let variables: Vec<Value> = plan.variables.iter().map(|(key, value)| json!({ "key": key, "value": value, "type": "string" })).collect();
    Ok(json!({
        "info": { "name": "Vestibule", "description": DESCRIPTION, "schema": SCHEMA },
        "item": chapters?,
        "event": script::of_collection(),
        "variable": variables,
    }))
}

fn chapter(chapter: &Chapter, documents: &BTreeMap<String, Document>) -> Result<Value, String> {
    let named = |name: &str| documents.get(name).ok_or_else(|| format!("the document {name} is not given"));
    let own = named(&chapter.document)?;
    let mut folders = Vec::new();
    let mut more = more(chapter, own)?;
    for one in &chapter.folders {
        if one.last {
            folders.extend(more.take());
        }
        folders.push(folder(one, one.document.as_deref().map_or(Ok(own), named)?)?);
    }
    folders.extend(more);
    Ok(json!({ "name": chapter.name, "item": folders }))
}

fn folder(folder: &Folder, document: &Document) -> Result<Value, String> {
    let requests: Result<Vec<Value>, String> =
        folder.requests.iter().map(|planned| request::of(document, planned, folder.sender)).collect();
    Ok(json!({ "name": folder.name, "item": requests? }))
}

/// What the plan does not name: readings first, removals last.
fn more(chapter: &Chapter, document: &Document) -> Result<Option<Value>, String> {
    let named: BTreeSet<&str> =
        chapter.folders.iter().flat_map(|folder| &folder.requests).map(|planned| planned.operation.as_str()).collect();
    let mut rest: Vec<_> = document.operations().filter(|operation| !named.contains(operation.id())).collect();
    rest.sort_by_key(|operation| {
        (["get", "post", "put", "patch", "delete"].iter().position(|method| *method == operation.method), operation.path)
    });
    let requests: Result<Vec<Value>, String> =
        rest.iter().map(|operation| request::of(document, &Planned::unnamed(operation.id()), Sender::Administrator)).collect();
    let requests = requests?;
    Ok((!requests.is_empty()).then(|| json!({ "name": "More", "item": requests })))
}
