//! The claims as they stand in a token; the order of the fields is the order of the bytes.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::model::UserId;

/// `typ` of access tokens (RFC 9068, 2.1).
pub(super) const ACCESS: &str = "at+jwt";
/// `typ` of refresh tokens.
pub(super) const REFRESH: &str = "rt+jwt";

/// `typ` of what services behind the gateway are told.
pub(super) const PASSPORT: &str = "identity+jwt";

/// Of an access token.
#[derive(Serialize, Deserialize)]
pub(super) struct Access {
    pub(super) iss: String,
    pub(super) sub: String,
    pub(super) user_id: UserId,
    pub(super) aud: String,
    pub(super) exp: i64,
    pub(super) iat: i64,
    pub(super) jti: String,
    pub(super) sid: String,
    pub(super) roles: Vec<String>,
    pub(super) amr: Vec<String>,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub(super) ext: Map<String, Value>,
}

/// Of a refresh token. Its audience is the issuer, so that verifiers that overlook `typ` refuse it as an access token too.
#[derive(Serialize, Deserialize)]
pub(super) struct Refresh {
    pub(super) iss: String,
    pub(super) sub: String,
    pub(super) aud: String,
    pub(super) exp: i64,
    pub(super) iat: i64,
    pub(super) jti: String,
    pub(super) sid: String,
    pub(super) cnt: i64,
}

/// Of the word about a caller; null stays, so that services find every name.
#[derive(Serialize)]
pub(super) struct Passport<'a> {
    pub(super) iss: &'a str,
    pub(super) aud: &'a str,
    pub(super) sub: String,
    pub(super) user_id: UserId,
    pub(super) email: Option<String>,
    pub(super) name: Option<&'a str>,
    pub(super) roles: &'a [String],
    pub(super) iat: i64,
    pub(super) exp: i64,
}
