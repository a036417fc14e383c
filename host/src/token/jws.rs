//! Tokens as JWS (RFC 7515, 7.1), written and read by `jsonwebtoken`; ours have three header members and no others.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Header, errors::ErrorKind};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    keyring::{KeyRing, RingKey},
    verify::TokenError,
};
use crate::model::Timestamp;

/// Checked before anything is parsed.
pub(super) const MAX_LENGTH: usize = 8 * 1024;

/// The header, read strictly. Unknown members are refused: `jwk`, `jku`, `x5u`, `x5c`, `crit` and whatever else would let a
/// token choose its key or its rules. `jsonwebtoken`'s own header does not do for that: there a member that is `null`
/// counts as absent, and an `alg` that it does not know cannot be told from a broken header.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StrictHeader {
    typ: String,
    alg: String,
    kid: String,
}

impl StrictHeader {
    /// Demands exactly three parts, so that this is the header that `jsonwebtoken` verifies.
    fn read(token: &str) -> Result<Self, TokenError> {
        let mut parts = token.split('.');
        let (Some(header), Some(_), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
            return Err(TokenError::Malformed);
        };
        let bytes = URL_SAFE_NO_PAD.decode(header).map_err(|_| TokenError::Malformed)?;
        serde_json::from_slice(&bytes).map_err(|_| TokenError::Malformed)
    }
}

/// The key that a token says it is signed with. Nothing of it is checked.
pub(super) fn claimed_kid(token: &str) -> Option<String> {
    let read = (token.len() <= MAX_LENGTH).then(|| StrictHeader::read(token).ok())?;
    read.map(|header| header.kid)
}

/// Signs the claims. The same claims under the same key give the same bytes: Ed25519 and RSA PKCS #1 v1.5 are
/// deterministic by design, ECDSA is by RFC 6979.
pub(super) fn sign(typ: &str, key: &RingKey, claims: &impl Serialize) -> String {
    let mut header = Header::new(key.algorithm().into());
    header.typ = Some(typ.to_owned());
    header.kid = Some(key.kid().to_owned());
    jsonwebtoken::encode(&header, claims, key.signer()).expect("claims are plain JSON, and the key was read when the ring opened")
}

/// Gives the claims of a token of that type with a good signature by one of our keys; what they say is not checked yet.
pub(super) fn open<T: DeserializeOwned>(token: &str, typ: &str, ring: &KeyRing, now: Timestamp) -> Result<T, TokenError> {
    if token.len() > MAX_LENGTH {
        return Err(TokenError::TooLarge);
    }
    let header = StrictHeader::read(token)?;
    let key = ring.find(&header.kid, now).ok_or(TokenError::UnknownKey)?;
    if header.alg != key.algorithm().as_str() {
        return Err(TokenError::BadSignature);
    }
    // Before the claims, which are read as those of this type.
    if header.typ != typ {
        return Err(TokenError::WrongType);
    }
    let data = jsonwebtoken::decode(token, key.verifier(), key.rules()).map_err(|error| refusal(error.kind()))?;
    Ok(data.claims)
}

fn refusal(kind: &ErrorKind) -> TokenError {
    match kind {
        ErrorKind::InvalidToken | ErrorKind::Base64(_) | ErrorKind::Json(_) => TokenError::Malformed,
        _ => TokenError::BadSignature,
    }
}
