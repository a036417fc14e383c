//! A pair of tokens from a session's row.

use std::time::Duration;

use super::{
    claims::{ACCESS, Access, REFRESH, Refresh},
    jws,
    keyring::KeyRing,
};
use crate::model::{Secret, session::Session};

/// What all tokens of this gateway have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer {
    /// `iss`: the public URL.
    pub iss: String,
    /// `aud` of access tokens. It must differ from `iss`, which is the audience of refresh tokens.
    pub aud: String,
    /// Life of an access token.
    pub access_ttl: Duration,
}

/// What a client gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// For `Authorization: Bearer`.
    pub access_token: Secret<String>,
    /// For one refresh.
    pub refresh_token: Secret<String>,
    /// Life of the access token in seconds, from the rotation on.
    pub expires_in: i64,
}

/// The session's key is not in the ring: load the ring again, it may be another process's new key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("signing key {0} is not among the loaded keys")]
pub struct UnknownKey(pub String);

impl Issuer {
    /// The pair of the session as it stands: a pure function of the row, so that the same row gives the same bytes, in
    /// every process and at any time.
    ///
    /// # Errors
    /// If the ring has no key of the row's `kid`.
    pub fn pair(&self, ring: &KeyRing, session: &Session) -> Result<Pair, UnknownKey> {
        let key = ring.named(&session.kid).ok_or_else(|| UnknownKey(session.kid.clone()))?;
        let access = self.access(session);
        let expires_in = access.exp.saturating_sub(access.iat).max(0);
        Ok(Pair {
            access_token: Secret::new(jws::sign(ACCESS, key, &access)),
            refresh_token: Secret::new(jws::sign(REFRESH, key, &self.refresh(session))),
            expires_in,
        })
    }

    fn access(&self, session: &Session) -> Access {
        let end = session.rotated_at.plus(self.access_ttl).min(session.expires_at).min(session.idle_expires_at);
        Access {
            iss: self.iss.clone(),
            sub: session.user.to_string(),
            user_id: session.user,
            aud: self.aud.clone(),
            exp: end.seconds(),
            iat: session.rotated_at.seconds(),
            jti: jti(session, 'a'),
            sid: session.id.to_string(),
            roles: session.roles.clone(),
            amr: session.amr.clone(),
            ext: session.ext.clone(),
        }
    }

    fn refresh(&self, session: &Session) -> Refresh {
        Refresh {
            iss: self.iss.clone(),
            sub: session.user.to_string(),
            aud: self.iss.clone(),
            exp: session.expires_at.min(session.idle_expires_at).seconds(),
            iat: session.rotated_at.seconds(),
            jti: jti(session, 'r'),
            sid: session.id.to_string(),
            cnt: session.counter,
        }
    }
}

/// Unique among our tokens, since session ids are never given twice and counters only grow.
fn jti(session: &Session, kind: char) -> String {
    format!("{}.{}.{kind}", session.id, session.counter)
}
