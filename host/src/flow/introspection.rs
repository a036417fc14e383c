//! What a token stands for at this moment (RFC 7662), for services that keep no keys or must know of a sign-out at once.

use super::{Error, Flow, Result, authenticate::Caller, service::Asker};
use crate::model::Timestamp;

/// The hint by which a caller says that it asks about a refresh token (RFC 7009, 2.1).
pub const REFRESH_TOKEN: &str = "refresh_token";

/// A token that is good.
pub struct Active {
    /// Whose it is, as it is now.
    pub caller: Caller,
    /// `iss`.
    pub issuer: String,
    /// `aud`.
    pub audience: String,
    /// `jti`.
    pub jti: String,
    /// `iat`.
    pub issued_at: Timestamp,
    /// `exp`.
    pub expires_at: Timestamp,
    /// For one refresh, and for nothing else.
    pub is_refresh: bool,
}

impl Flow {
    /// What the token stands for; `None` for everything that is not good, whyever. A refresh token is told of only to
    /// who hints that it is one: a service that looks at nothing but `active` would take it for an access token.
    ///
    /// # Errors
    /// Those of an asker that may not ask, or the store's.
    pub async fn introspect(&self, asker: &Asker, token: &str, hint: Option<&str>) -> Result<Option<Active>> {
        self.require_service(asker).await?;
        let active = found(self.active_access(token).await)?;
        if active.is_none() && hint == Some(REFRESH_TOKEN) { found(self.active_refresh(token).await) } else { Ok(active) }
    }

    async fn active_access(&self, token: &str) -> Result<Active> {
        let caller = self.authenticate(token).await?;
        let claims = self.claims(token).await?;
        Ok(Active {
            caller,
            issuer: self.issuer.iss.clone(),
            audience: self.issuer.aud.clone(),
            jti: claims.jti.clone(),
            issued_at: claims.issued_at,
            expires_at: claims.expires_at,
            is_refresh: false,
        })
    }

    /// Spends nothing, and ends nothing if it was spent.
    async fn active_refresh(&self, token: &str) -> Result<Active> {
        let claims = self.refresh_claims(token, self.clock.now()).await?;
        let caller = self.caller_of(claims.session).await?;
        if caller.user.id != claims.user || caller.session.counter != claims.counter {
            return Err(Error::InvalidRefresh(None));
        }
        Ok(Active {
            caller,
            issuer: self.issuer.iss.clone(),
            audience: self.issuer.iss.clone(),
            jti: claims.jti,
            issued_at: claims.issued_at,
            expires_at: claims.expires_at,
            is_refresh: true,
        })
    }
}

fn found(active: Result<Active>) -> Result<Option<Active>> {
    match active {
        Ok(active) => Ok(Some(active)),
        Err(Error::Unauthenticated(_) | Error::InvalidRefresh(_) | Error::SessionEnded) => Ok(None),
        Err(other) => Err(other),
    }
}
