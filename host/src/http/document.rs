//! The OpenAPI document: what poem-openapi knows of our routes, and what the live providers add to it.

use serde_json::{Value, json};

use super::{
    body::{
        AcceptInvitation, AddressChange, Credentials, PasswordChange, ProviderLogout, ProviderSwitch, Recover, Refresh, Registration,
        Reset, UserPassword, VerifyEmail,
    },
    input::Body,
    introspection::TokenInQuestion,
    schema,
};
use crate::{
    flow::{
        invitation::invitation_form,
        policy::{signup_form, with_invite},
        provider::{LiveProvider, attributes},
        role::role_form,
        user::amendment_form,
    },
    model::{form::Form, signup::SignupPolicy},
};

/// The document for the given providers; `account` is what `PATCH /me` takes, `signup` the gateway's rule for sign-ups.
#[must_use]
pub fn extend(base: &Value, providers: &[LiveProvider], account: &Form, signup: SignupPolicy) -> Value {
    let mut document = base.clone();
    rename(&mut document["paths"], "/auth/signup", "/auth/signup/");
    rename(&mut document["paths"], "/auth/signin", "/auth/signin/");
    let schemas = &mut document["components"]["schemas"];
    add::<Refresh>(schemas);
    add::<VerifyEmail>(schemas);
    add::<Recover>(schemas);
    add::<Reset>(schemas);
    add::<AddressChange>(schemas);
    add::<PasswordChange>(schemas);
    add::<ProviderSwitch>(schemas);
    add::<ProviderLogout>(schemas);
    add::<Credentials>(schemas);
    add::<UserPassword>(schemas);
    add::<AcceptInvitation>(schemas);
    add::<TokenInQuestion>(schemas);
    schemas[Registration::NAME] = schema::of(&with_invite(&Credentials::form(), signup), &[]);
    schemas["NewInvitation"] = schema::of(&invitation_form(), &[]);
    schemas["NewRole"] = schema::of(&role_form(), &[]);
    schemas["AccountChange"] = schema::of(account, &[]);
    nullable(&mut schemas["AccountChange"]);
    schemas["UserAmendment"] = schema::of(&amendment_form(&attributes(providers)), &[]);
    nullable(&mut schemas["UserAmendment"]);
    schemas["Continue"] = json!({
        "type": "object",
        "required": ["flow"],
        "properties": { "flow": { "type": "string", "maxLength": 100, "title": "The flow of the challenge" } },
        "additionalProperties": { "title": "The fields that the challenge asks for" }
    });
    let ways = || providers.iter().filter(|provider| !provider.live.manifest().factor);
    add_variants(schemas, "SignUp", providers.iter().filter_map(|provider| Some((provider, signup_form(provider, signup)?))));
    add_variants(schemas, "SignIn", ways().filter_map(|provider| Some((provider, provider.live.manifest().signin.clone()?))));
    add_variants(schemas, "NewIdentity", providers.iter().filter_map(|provider| Some((provider, to_attach(provider)?.clone()))));
    document
}

/// What `POST /me/identities` takes for a provider.
fn to_attach(provider: &LiveProvider) -> Option<&Form> {
    let manifest = provider.live.manifest();
    manifest.signup.as_ref().or(manifest.signin.as_ref().filter(|_| !manifest.factor))
}

/// An entry of an answer that is not always there may also be null: poem-openapi leaves that unsaid.
pub fn mark_nullable(document: &mut Value) {
    let schemas = document["components"]["schemas"].as_object_mut();
    for schema in schemas.into_iter().flat_map(|schemas| schemas.values_mut()) {
        let required = schema["required"].as_array().cloned().unwrap_or_default();
        let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
        for (name, property) in properties.into_iter().flatten() {
            if !required.contains(&json!(name)) && property.get("type").is_some() {
                property["nullable"] = json!(true);
            }
        }
    }
}

/// The one page whose path is an operation too: `Allow` names both.
pub fn add_start_page(document: &mut Value) {
    let text = json!({ "text/html": { "schema": { "type": "string" } } });
    document["paths"]["/"]["get"] = json!({
        "tags": ["Me"],
        "summary": "The start page",
        "description": "For people: a form for each live way to sign in, or the account of who is signed in by a cookie.",
        "operationId": "start_page",
        "responses": {
            "200": { "description": "The page.", "content": text.clone() },
            "503": { "description": "Out of reach or full; try again later.", "content": text }
        }
    });
}

fn rename(paths: &mut Value, from: &str, to: &str) {
    if let Some(paths) = paths.as_object_mut()
        && let Some(item) = paths.remove(from)
    {
        paths.insert(to.to_owned(), item);
    }
}

fn add<B: Body>(schemas: &mut Value) {
    schemas[B::NAME] = schema::of(&B::form(), &[]);
}

/// In a change, null removes an entry.
fn nullable(schema: &mut Value) {
    let properties = schema["properties"].as_object_mut();
    for property in properties.into_iter().flat_map(|properties| properties.values_mut()) {
        property["nullable"] = json!(true);
    }
}

/// One schema a provider, told apart by `type`.
fn add_variants<'a>(schemas: &mut Value, name: &str, providers: impl Iterator<Item = (&'a LiveProvider, Form)>) {
    let (mut variants, mut mapping) = (Vec::new(), serde_json::Map::new());
    for (provider, form) in providers {
        let type_name = &provider.type_name;
        let variant = format!("{name}.{type_name}");
        let reference = format!("#/components/schemas/{variant}");
        let kind = json!({ "type": "string", "enum": [type_name], "example": type_name });
        let mut body = schema::of(&form, &[("type", kind)]);
        body["title"] = json!(provider.live.manifest().name);
        body["description"] = json!(provider.live.manifest().summary);
        schemas[&variant] = body;
        variants.push(json!({ "$ref": reference }));
        mapping.insert(type_name.clone(), json!(reference));
    }
    schemas[name] = if variants.is_empty() {
        json!({ "type": "object", "required": ["type"], "properties": { "type": { "type": "string", "maxLength": 60 } }, "description": "No provider is live." })
    } else {
        json!({ "oneOf": variants, "discriminator": { "propertyName": "type", "mapping": mapping } })
    };
}
