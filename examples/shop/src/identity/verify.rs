//! Checking a token: size, header, key, signature, and then every claim.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;

use super::keys::{Keys, NoKeys};
use crate::model::{Identity, Timestamp, UserId};

/// Checked before anything is parsed.
const LARGEST: usize = 8 * 1024;
/// `typ` of the gateway's word; its access tokens have another, and so are not good here.
const TYPE: &str = "identity+jwt";
/// Clocks of two machines differ.
const SKEW_SECONDS: i64 = 10;

/// Why nobody is signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No token.
    #[error("this needs the gateway's word about the caller: come through the gateway")]
    Missing,
    /// Not a token as the gateway writes it, or several of them.
    #[error("the identity token is malformed")]
    Malformed,
    /// Names a key that is not the gateway's.
    #[error("the identity token names an unknown key")]
    UnknownKey,
    /// Not signed by that key, or not with the key's algorithm.
    #[error("the signature of the identity token is wrong")]
    BadSignature,
    /// A token for another purpose.
    #[error("the token is of another type")]
    WrongType,
    /// Of another issuer.
    #[error("the identity token has another issuer")]
    WrongIssuer,
    /// For another service.
    #[error("the identity token is for another service")]
    WrongAudience,
    /// Its time is over.
    #[error("the identity token has expired")]
    Expired,
    /// Issued in the future: some clock is wrong.
    #[error("the identity token comes from the future")]
    NotYetValid,
    /// The gateway does not answer, so that nobody can tell.
    #[error(transparent)]
    Undecided(#[from] NoKeys),
}

impl Refusal {
    /// The stable code of the API.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Missing => "identity_missing",
            Self::Malformed => "identity_malformed",
            Self::UnknownKey => "identity_unknown_key",
            Self::BadSignature => "identity_bad_signature",
            Self::WrongType => "identity_wrong_type",
            Self::WrongIssuer => "identity_wrong_issuer",
            Self::WrongAudience => "identity_wrong_audience",
            Self::Expired => "identity_expired",
            Self::NotYetValid => "identity_not_yet_valid",
            Self::Undecided(_) => "keys_unavailable",
        }
    }
}

/// Unknown members are refused: `jwk`, `jku`, `x5u`, `crit` and whatever else would let a token choose its key or its rules.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    typ: String,
    alg: String,
    kid: String,
}

impl Header {
    /// Demands exactly three parts, so that this is the header that the signature covers.
    fn read(token: &str) -> Option<Self> {
        let mut parts = token.split('.');
        let (Some(header), Some(_), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else { return None };
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).ok()?).ok()
    }
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    user_id: i64,
    email: Option<String>,
    name: Option<String>,
    roles: Vec<String>,
    iat: i64,
    exp: i64,
}

/// Knows whose word counts, and for whom it must be meant.
pub struct Verifier {
    /// The gateway's keys.
    pub keys: Keys,
    /// The gateway's public URL.
    pub issuer: String,
    /// The name of this service.
    pub audience: String,
}

impl Verifier {
    /// Checks a token.
    ///
    /// # Errors
    /// See [`Refusal`].
    pub async fn verify(&self, token: &str, now: Timestamp) -> Result<Identity, Refusal> {
        if token.len() > LARGEST {
            return Err(Refusal::Malformed);
        }
        let header = Header::read(token).ok_or(Refusal::Malformed)?;
        if header.typ != TYPE {
            return Err(Refusal::WrongType);
        }
        let set = self.keys.having(&header.kid).await?;
        let key = set.0.get(&header.kid).ok_or(Refusal::UnknownKey)?;
        if header.alg != key.algorithm {
            return Err(Refusal::BadSignature);
        }
        let claims: Claims = jsonwebtoken::decode(token, &key.verifier, &key.rules).map_err(|error| refusal(error.kind()))?.claims;
        self.check(claims, now.seconds())
    }

    fn check(&self, claims: Claims, now: i64) -> Result<Identity, Refusal> {
        if claims.iss != self.issuer {
            return Err(Refusal::WrongIssuer);
        }
        if claims.aud != self.audience {
            return Err(Refusal::WrongAudience);
        }
        if now >= claims.exp.saturating_add(SKEW_SECONDS) {
            return Err(Refusal::Expired);
        }
        if claims.iat > now.saturating_add(SKEW_SECONDS) {
            return Err(Refusal::NotYetValid);
        }
        if claims.user_id < 1 || claims.sub != claims.user_id.to_string() {
            return Err(Refusal::Malformed);
        }
        Ok(Identity { user: UserId(claims.user_id), email: claims.email, name: claims.name, roles: claims.roles })
    }
}

fn refusal(kind: &jsonwebtoken::errors::ErrorKind) -> Refusal {
    use jsonwebtoken::errors::ErrorKind;
    match kind {
        ErrorKind::InvalidToken | ErrorKind::Base64(_) | ErrorKind::Json(_) => Refusal::Malformed,
        _ => Refusal::BadSignature,
    }
}
