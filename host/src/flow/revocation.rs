//! Giving a token back (RFC 7009): whoever holds it may end its session, which ends both tokens of the pair.

use super::{Error, Flow, Result, service::Asker};
use crate::{
    model::{SessionId, session::EndReason},
    token::verify::TokenError,
};

impl Flow {
    /// Ends the session of an access or refresh token. A refresh token that was spent does too: its holder wants out, and
    /// may not have got the answer with the next one. What is not good, or not any more, is no error.
    ///
    /// # Errors
    /// [`Error::InvalidClient`] if the asker names itself wrongly, [`Error::UnsupportedTokenType`], or the store's.
    pub async fn revoke(&self, asker: &Asker, token: &str) -> Result<()> {
        if let Asker::Service { id, secret } = asker {
            self.check_service(id, secret)?;
        }
        if let Some(session) = self.session_named(token).await?
            && self.end(session, EndReason::Logout).await?
        {
            self.metrics.entry.logout("one");
        }
        Ok(())
    }

    async fn session_named(&self, token: &str) -> Result<Option<SessionId>> {
        let now = self.clock.now();
        match self.claims(token).await {
            Ok(claims) => return Ok((claims.expires_at > now).then_some(claims.session)),
            Err(Error::Unauthenticated(Some(TokenError::WrongType))) => {}
            Err(Error::Unauthenticated(_)) => return Ok(None),
            Err(other) => return Err(other),
        }
        match self.refresh_claims(token, now).await {
            Ok(claims) => Ok(Some(claims.session)),
            // It names one of our keys, and is neither of the two.
            Err(Error::InvalidRefresh(Some(TokenError::WrongType))) => Err(Error::UnsupportedTokenType),
            Err(Error::InvalidRefresh(_)) => Ok(None),
            Err(other) => Err(other),
        }
    }
}
