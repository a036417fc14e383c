//! The ID tokens of Limited Login (iOS): JWTs (RFC 7519), signed with RS256 by keys that Facebook publishes.
//!
//! <https://developers.facebook.com/documentation/facebook-login/ios/limited-login/token/validating>

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use vestibule_plugin::{Refusal, http};

use crate::{
    Person, Settings,
    fault::{Fault, Problem},
    json::{self, Value},
    outside::Outside,
};

const ISSUER: &str = "https://www.facebook.com";
/// How old the keys may be.
const KEYS_SECONDS: u32 = 3600;
/// How old they may be when a token names a key that is not among them: so often at most does such a token cause a fetch.
const COOL_DOWN_SECONDS: u32 = 60;

/// A token in its parts. Nothing in it is true until its signature has been checked.
pub(crate) struct IdToken<'a> {
    header: Value,
    payload: &'a str,
    signed: &'a str,
    signature: &'a str,
}

impl<'a> IdToken<'a> {
    /// `None`: this does not look like a JWT. An access token has no dots.
    pub(crate) fn parse(token: &'a str) -> Option<Self> {
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, payload) = signed.split_once('.')?;
        if payload.contains('.') {
            return None;
        }
        let header = decode(header)?;
        json::text(&header, "alg")?;
        Some(Self { header, payload, signed, signature })
    }

    fn is_signed_by(&self, outside: &impl Outside, key: &Value) -> Result<bool, Fault> {
        let part = |name| json::text(key, name).filter(|part| part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_'));
        let (Some(n), Some(e)) = (part("n"), part("e")) else { return Err(Fault::Strange("a key without n and e")) };
        let jwk = [r#"{"kty":"RSA","alg":"RS256","n":""#, n, r#"","e":""#, e, r#""}"#].concat();
        let Ok(signature) = URL_SAFE_NO_PAD.decode(self.signature) else { return Ok(false) };
        outside.verify_rs256(&jwk, self.signed.as_bytes(), &signature).map_err(Fault::Secret)
    }
}

pub(crate) fn identify(outside: &impl Outside, settings: &Settings, token: &IdToken, nonce: Option<&str>) -> Result<Person, Refusal> {
    check(outside, settings, token, nonce).map_err(|fault| fault.refusal(outside))
}

/// The signature first: whose mistake the claims are can be told of a genuine token only.
fn check(outside: &impl Outside, settings: &Settings, token: &IdToken, nonce: Option<&str>) -> Result<Person, Fault> {
    let kid = json::text(&token.header, "kid").ok_or(Problem::Malformed)?;
    if json::text(&token.header, "alg") != Some("RS256") {
        return Err(Problem::Malformed.into());
    }
    let key = key(outside, settings, kid)?;
    if !token.is_signed_by(outside, &key)? {
        return Err(Problem::Malformed.into());
    }
    let claims = decode(token.payload).ok_or(Problem::Malformed)?;
    if json::text(&claims, "iss") != Some(ISSUER) {
        return Err(Problem::Malformed.into());
    }
    if json::id(&claims, "aud").as_ref() != Some(&settings.app_id) {
        return Err(Problem::WrongApp.into());
    }
    if json::count(&claims, "exp").ok_or(Problem::Malformed)? <= outside.now() {
        return Err(Problem::Expired.into());
    }
    if nonce.is_some() && json::text(&claims, "nonce") != nonce {
        return Err(Problem::WrongNonce.into());
    }
    let id = json::id(&claims, "sub").ok_or(Problem::Malformed)?;
    Ok(Person { id, name: json::text(&claims, "name").filter(|name| !name.is_empty()).map(str::to_owned) })
}

/// The published key of this name. An unknown name may be a new key, so the keys are then asked for again, once a minute at most.
fn key(outside: &impl Outside, settings: &Settings, kid: &str) -> Result<Value, Fault> {
    for age in [KEYS_SECONDS, COOL_DOWN_SECONDS] {
        let response = outside.send(&http::get(settings.jwks_url.as_str()).max_age(age)).map_err(Fault::Fetch)?;
        if response.status != 200 {
            return Err(Fault::Status(response.status));
        }
        let keys = json::parse(&response.body).ok_or(Fault::Strange("the keys are not JSON"))?;
        let keys = json::member(&keys, "keys").ok_or(Fault::Strange("the keys have no member keys"))?;
        let found = json::items(keys).iter().find(|key| json::text(key, "kid") == Some(kid) && json::text(key, "kty") == Some("RSA"));
        if let Some(key) = found {
            return Ok(key.clone());
        }
    }
    Err(Problem::Malformed.into())
}

/// A part of a JWT that holds JSON.
fn decode(part: &str) -> Option<Value> {
    json::parse(&URL_SAFE_NO_PAD.decode(part).ok()?)
}
