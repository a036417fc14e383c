//! The compact serialisation of a JWS (RFC 7515, 7.1) and the three header members that ours have.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    keyring::{KeyRing, RingKey},
    verify::TokenError,
};
use crate::model::Timestamp;

/// Checked before anything is parsed.
const MAX_LENGTH: usize = 8 * 1024;

/// Unknown members are refused: `jwk`, `jku`, `x5u`, `x5c`, `crit` and whatever else would let a token choose its key or
/// its rules.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    typ: String,
    alg: String,
    kid: String,
}

/// Signs the claims. The same claims under the same key give the same bytes.
pub(super) fn sign(typ: &str, key: &RingKey, claims: &impl Serialize) -> String {
    let header = Header { typ: typ.to_owned(), alg: key.algorithm().as_str().to_owned(), kid: key.kid().to_owned() };
    let mut token = format!("{}.{}", encode(&header), encode(claims));
    let signature = URL_SAFE_NO_PAD.encode(key.sign(token.as_bytes()));
    token.push('.');
    token.push_str(&signature);
    token
}

fn encode(part: &impl Serialize) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(part).expect("headers and claims are plain JSON"))
}

/// Gives the claims of a token of that type with a good signature by one of our keys; what they say is not checked yet.
pub(super) fn open<T: DeserializeOwned>(token: &str, typ: &str, ring: &KeyRing, now: Timestamp) -> Result<T, TokenError> {
    if token.len() > MAX_LENGTH {
        return Err(TokenError::TooLarge);
    }
    let (message, signature) = token.rsplit_once('.').ok_or(TokenError::Malformed)?;
    let (header, claims) = message.split_once('.').ok_or(TokenError::Malformed)?;
    let header: Header = decode(header)?;
    let key = ring.find(&header.kid, now).ok_or(TokenError::UnknownKey)?;
    if header.alg != key.algorithm().as_str() {
        return Err(TokenError::BadSignature);
    }
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| TokenError::Malformed)?;
    if !key.verifies(message.as_bytes(), &signature) {
        return Err(TokenError::BadSignature);
    }
    if header.typ != typ {
        return Err(TokenError::WrongType);
    }
    decode(claims)
}

fn decode<T: DeserializeOwned>(part: &str) -> Result<T, TokenError> {
    let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|_| TokenError::Malformed)?;
    serde_json::from_slice(&bytes).map_err(|_| TokenError::Malformed)
}
