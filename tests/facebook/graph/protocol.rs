//! The documented protocol: what is asked, and what Facebook says to it.
//!
//! <https://developers.facebook.com/docs/graph-api/reference/debug_token>,
//! <https://developers.facebook.com/docs/graph-api/guides/error-handling>,
//! <https://developers.facebook.com/docs/graph-api/guides/secure-requests>

use hmac::{Hmac, Mac};
use hyper::Response;
use serde_json::{Value, json};
use sha2::Sha256;

use super::{
    APP_ID, APP_SECRET, Seen, Standing, State, Token, now,
    trouble::{Body, full, response},
};

/// An answer before it is written.
struct Said {
    status: u16,
    body: Value,
}

/// Answers a request; what a path may begin with is the version (`/v23.0`).
pub(super) fn answer(state: &State, seen: &Seen) -> Response<Body> {
    let said = match seen.path.as_str() {
        "/debug_token" => debug_token(state, seen),
        "/me" => me(state, seen),
        "/jwks" => Ok(json!({ "keys": state.keys })),
        _ => Err(error(404, "Unknown path components", "OAuthException", 2500, None)),
    };
    let Said { status, body } = said.map_or_else(|said| said, |body| Said { status: 200, body });
    let usage = r#"{"call_count":1,"total_cputime":0,"total_time":1}"#;
    let response = response(status).header("content-type", "application/json; charset=UTF-8").header("x-app-usage", usage);
    response.body(full(body.to_string())).expect("an answer")
}

fn error(status: u16, message: &str, kind: &str, code: u64, subcode: Option<u64>) -> Said {
    let mut error = json!({ "message": message, "type": kind, "code": code, "fbtrace_id": "EJplcsCHuLu" });
    if let Some(subcode) = subcode {
        error["error_subcode"] = subcode.into();
    }
    Said { status, body: json!({ "error": error }) }
}

/// What Facebook says of a token that is no longer good.
fn complaint(standing: &Standing) -> Option<(u64, String)> {
    match standing {
        Standing::Good => None,
        Standing::Expired => {
            Some((463, "Error validating access token: Session has expired on Friday, 14-Nov-25 10:00:00 PST.".to_owned()))
        }
        Standing::Ended { subcode, message } => Some((*subcode, format!("Error validating access token: {message}"))),
    }
}

fn debug_token(state: &State, seen: &Seen) -> Result<Value, Said> {
    match seen.query("access_token") {
        None => return Err(error(400, "An access token is required to request this resource.", "OAuthException", 104, None)),
        Some(token) if token != format!("{APP_ID}|{APP_SECRET}") => {
            return Err(error(400, "Invalid OAuth access token signature.", "OAuthException", 190, None));
        }
        Some(_) => {}
    }
    let Some(input) = seen.query("input_token") else {
        return Err(error(400, "(#100) The parameter input_token is required", "OAuthException", 100, None));
    };
    let Some(token) = state.tokens.get(&input) else {
        let error = json!({ "code": 190, "message": format!("Malformed access token {input}") });
        return Ok(json!({ "data": { "error": error, "is_valid": false, "scopes": [] } }));
    };
    if token.app != APP_ID {
        let message = "(#100) The App_id in the input_token did not match the Viewing App";
        return Err(error(400, message, "OAuthException", 100, None));
    }
    Ok(json!({ "data": described(token) }))
}

fn described(token: &Token) -> Value {
    let expires_at = if token.standing == Standing::Expired { now() - 60 } else { now() + 3600 };
    let mut data = json!({
        "app_id": token.app, "type": "USER", "application": "Vestibule", "data_access_expires_at": now() + 7_776_000,
        "expires_at": expires_at, "is_valid": token.standing == Standing::Good, "scopes": ["email", "public_profile"],
        "user_id": token.user,
    });
    if let Some((subcode, message)) = complaint(&token.standing) {
        data["error"] = json!({ "code": 190, "message": message, "subcode": subcode });
    }
    data
}

/// The app has "Require App Secret" switched on.
fn me(state: &State, seen: &Seen) -> Result<Value, Said> {
    let Some(given) = seen.query("access_token") else {
        let message = "An active access token must be used to query information about the current user.";
        return Err(error(400, message, "OAuthException", 2500, None));
    };
    let Some(token) = state.tokens.get(&given) else {
        return Err(error(400, "Invalid OAuth access token - Cannot parse access token", "OAuthException", 190, None));
    };
    match seen.query("appsecret_proof") {
        None => {
            return Err(error(400, "API calls from the server require an appsecret_proof argument", "GraphMethodException", 100, None));
        }
        Some(proof) if proof != proof_of(&given) => {
            return Err(error(400, "Invalid appsecret_proof provided in the API argument", "GraphMethodException", 100, None));
        }
        Some(_) => {}
    }
    if let Some((subcode, message)) = complaint(&token.standing) {
        return Err(error(400, &message, "OAuthException", 190, Some(subcode)));
    }
    let asked = seen.query("fields").unwrap_or_else(|| "id,name".to_owned());
    let mut person = json!({ "id": token.user });
    for (field, value) in [("name", &token.name), ("email", &token.email)] {
        if asked.split(',').any(|name| name == field) && !value.is_empty() {
            person[field] = value.clone().into();
        }
    }
    Ok(person)
}

/// HMAC-SHA256 of the token, keyed by the app's secret, in hex.
pub(super) fn proof_of(token: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(APP_SECRET.as_bytes()).expect("any length");
    mac.update(token.as_bytes());
    format!("{:x}", mac.finalize().into_bytes())
}
