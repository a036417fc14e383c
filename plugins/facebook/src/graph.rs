//! Access tokens, asked about at the Graph API: `debug_token` says for which app and person a token was made, and `/me`, called with
//! the token itself and a proof that we hold the app's secret, that it still opens that person's account.
//!
//! <https://developers.facebook.com/docs/graph-api/reference/debug_token>,
//! <https://developers.facebook.com/docs/graph-api/guides/secure-requests>

use vestibule_plugin::{
    Refusal,
    http::{self, Request},
};

use crate::{
    APP_SECRET, Person, Settings,
    fault::{Fault, GraphError, Problem, Whose},
    json::{self, Value},
    outside::Outside,
};

pub(crate) fn identify(outside: &impl Outside, settings: &Settings, token: &str) -> Result<Person, Refusal> {
    let user = debug(outside, settings, token).map_err(|fault| fault.refusal(outside))?;
    let me = me(outside, settings, token).map_err(|fault| fault.refusal(outside))?;
    if me.id != user {
        return Err(Problem::NotAPerson.refusal());
    }
    Ok(me)
}

/// The id of the person whom a valid token of our own app belongs to.
fn debug(outside: &impl Outside, settings: &Settings, token: &str) -> Result<String, Fault> {
    let request = http::get([&settings.graph_url, "/debug_token"].concat())
        .query("input_token", token)
        .query_parts("access_token", [http::text([&settings.app_id, "|"].concat()), http::secret(APP_SECRET)]);
    let answer = call(outside, &request, Whose::App)?;
    let data = json::member(&answer, "data").ok_or(Fault::Strange("debug_token answers without data"))?;
    if json::id(data, "app_id").is_some_and(|app| app != settings.app_id) {
        return Err(Problem::WrongApp.into());
    }
    if let Some(error) = GraphError::read(data) {
        return Err(error.fault(Whose::User));
    }
    if json::count(data, "expires_at").is_some_and(|end| end != 0 && end <= outside.now()) {
        return Err(Problem::Expired.into());
    }
    if !json::is_true(data, "is_valid") {
        return Err(Problem::Revoked.into());
    }
    if json::member(data, "app_id").is_none() {
        return Err(Fault::Strange("debug_token does not say for which app the token is"));
    }
    if json::member(data, "type").is_some() && json::text(data, "type") != Some("USER") {
        return Err(Problem::NotAPerson.into());
    }
    json::id(data, "user_id").ok_or(Problem::NotAPerson.into())
}

fn me(outside: &impl Outside, settings: &Settings, token: &str) -> Result<Person, Fault> {
    let proof = outside.hmac_sha256(APP_SECRET, token.as_bytes()).map_err(Fault::Secret)?;
    let request = http::get([&settings.graph_url, "/me"].concat())
        .query("fields", "id,email,name")
        .query("access_token", token)
        .query("appsecret_proof", hex(&proof));
    let answer = call(outside, &request, Whose::User)?;
    let id = json::id(&answer, "id").ok_or(Fault::Strange("/me answers without an id"))?;
    Ok(Person { id, name: json::text(&answer, "name").filter(|name| !name.is_empty()).map(str::to_owned) })
}

/// One call of the Graph API; `whose` token authenticates it, and so whose mistake a refused token is.
fn call(outside: &impl Outside, request: &Request, whose: Whose) -> Result<Value, Fault> {
    let response = outside.send(request).map_err(Fault::Fetch)?;
    if response.status >= 500 {
        return Err(Fault::Status(response.status));
    }
    let answer = json::parse(&response.body);
    if let Some(error) = answer.as_ref().and_then(GraphError::read) {
        return Err(error.with_usage(&response).fault(whose));
    }
    match (response.status, answer) {
        (200, Some(answer)) => Ok(answer),
        (200, None) => Err(Fault::Strange("the answer is not JSON")),
        (429, _) => Err(GraphError::too_many().with_usage(&response).fault(whose)),
        (status, _) => Err(Fault::Status(status)),
    }
}

fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}
