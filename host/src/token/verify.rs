//! Reading tokens (security rule 11). Nothing in a token is believed before its signature by one of our keys is.

use std::time::Duration;

use serde_json::{Map, Value};

use super::{
    claims::{ACCESS, Access, REFRESH, Refresh},
    jws,
    keyring::KeyRing,
    pair::Issuer,
};
use crate::model::{SessionId, Timestamp, UserId};

/// More leeway than this is never given, and no token may come from further ahead in the future.
const MAX_SKEW: Duration = Duration::from_mins(1);

/// Why a token is refused. For the log; callers of the API need not know more than "invalid" or "expired".
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Not a JWT as this gateway writes them; header members that it does not write included.
    #[error("the token is malformed")]
    Malformed,
    /// Above 8 KiB.
    #[error("the token is too large")]
    TooLarge,
    /// Names a key that is not ours, or not any more.
    #[error("the token names an unknown key")]
    UnknownKey,
    /// The signature is not by that key, or not with the key's algorithm.
    #[error("the token's signature is wrong")]
    BadSignature,
    /// A refresh token used as an access token, or the reverse.
    #[error("the token is of another type")]
    WrongType,
    /// Its time is over.
    #[error("the token has expired")]
    Expired,
    /// Issued more than a minute in the future: some gateway's clock is wrong.
    #[error("the token comes from the future")]
    NotYetValid,
    /// Of another issuer, or for another audience.
    #[error("the token has another issuer or audience")]
    WrongAudience,
}

impl TokenError {
    /// The stable code of the API.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Malformed => "token_malformed",
            Self::TooLarge => "token_too_large",
            Self::UnknownKey => "token_unknown_key",
            Self::BadSignature => "token_bad_signature",
            Self::WrongType => "token_wrong_type",
            Self::Expired => "token_expired",
            Self::NotYetValid => "token_not_yet_valid",
            Self::WrongAudience => "token_wrong_audience",
        }
    }
}

/// What a good access token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessClaims {
    /// `user_id` and `sub`.
    pub user: UserId,
    /// `sid`.
    pub session: SessionId,
    /// `roles` at the last rotation.
    pub roles: Vec<String>,
    /// `amr`: the provider types used.
    pub amr: Vec<String>,
    /// `ext`: claims of the provider.
    pub ext: Map<String, Value>,
    /// `jti`.
    pub jti: String,
    /// `iat`.
    pub issued_at: Timestamp,
    /// `exp`.
    pub expires_at: Timestamp,
}

/// What a good refresh token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefreshClaims {
    /// `sub`.
    pub user: UserId,
    /// `sid`.
    pub session: SessionId,
    /// `cnt`: the session's counter when it was made.
    pub counter: i64,
    /// `jti`.
    pub jti: String,
    /// `iat`.
    pub issued_at: Timestamp,
    /// `exp`.
    pub expires_at: Timestamp,
}

impl Issuer {
    /// Checks an access token. `leeway` (at most 60 s counts) is how long after its end it is still taken: zero where
    /// issuer and verifier share a clock. Whether its session still lives is another question.
    ///
    /// # Errors
    /// See [`TokenError`].
    pub fn verify_access(&self, token: &str, ring: &KeyRing, now: Timestamp, leeway: Duration) -> Result<AccessClaims, TokenError> {
        let claims: Access = jws::open(token, ACCESS, ring, now)?;
        self.check_source(&claims.iss, &claims.aud, &self.aud)?;
        check_times(claims.iat, claims.exp, now, leeway)?;
        if claims.sub != claims.user_id.to_string() {
            return Err(TokenError::Malformed);
        }
        Ok(AccessClaims {
            user: claims.user_id,
            session: SessionId(number(&claims.sid)?),
            roles: claims.roles,
            amr: claims.amr,
            ext: claims.ext,
            jti: claims.jti,
            issued_at: Timestamp::from_seconds(claims.iat),
            expires_at: Timestamp::from_seconds(claims.exp),
        })
    }

    /// Checks a refresh token; see [`Self::verify_access`]. Whether it was spent, the session's row says.
    ///
    /// # Errors
    /// See [`TokenError`].
    pub fn verify_refresh(&self, token: &str, ring: &KeyRing, now: Timestamp, leeway: Duration) -> Result<RefreshClaims, TokenError> {
        let claims: Refresh = jws::open(token, REFRESH, ring, now)?;
        self.check_source(&claims.iss, &claims.aud, &self.iss)?;
        check_times(claims.iat, claims.exp, now, leeway)?;
        Ok(RefreshClaims {
            user: UserId(number(&claims.sub)?),
            session: SessionId(number(&claims.sid)?),
            counter: claims.cnt,
            jti: claims.jti,
            issued_at: Timestamp::from_seconds(claims.iat),
            expires_at: Timestamp::from_seconds(claims.exp),
        })
    }

    fn check_source(&self, iss: &str, aud: &str, expected_aud: &str) -> Result<(), TokenError> {
        if iss == self.iss && aud == expected_aud { Ok(()) } else { Err(TokenError::WrongAudience) }
    }
}

/// Whether a token bears the name of one of our keys; nothing else of it is looked at.
#[must_use]
pub fn is_own(ring: &KeyRing, token: &str) -> bool {
    jws::claimed_kid(token).is_some_and(|kid| ring.named(&kid).is_some())
}

fn check_times(iat: i64, exp: i64, now: Timestamp, leeway: Duration) -> Result<(), TokenError> {
    if now >= Timestamp::from_seconds(exp).plus(leeway.min(MAX_SKEW)) {
        return Err(TokenError::Expired);
    }
    if Timestamp::from_seconds(iat) > now.plus(MAX_SKEW) {
        return Err(TokenError::NotYetValid);
    }
    Ok(())
}

fn number(text: &str) -> Result<i64, TokenError> {
    text.parse().map_err(|_| TokenError::Malformed)
}
