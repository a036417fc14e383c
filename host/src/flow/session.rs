//! Sessions: begun by a sign-in, refreshed by rotation, ended by logout.

use std::{sync::Arc, time::Duration};

use super::{Client, Error, Flow, Result, authenticate::Caller, mail};
use crate::{
    model::{
        SessionId, Timestamp, UserId,
        audit::Actor,
        letter::Letter,
        session::{EndReason, Ended, NewSession, Rotated, Rotation, Session},
        user::User,
    },
    token::{
        pair::Pair,
        verify::{RefreshClaims, TokenError},
    },
};

/// A person who is signed in, with the tokens that say so.
pub struct SignedIn {
    /// The account.
    pub user: User,
    /// The session.
    pub session: SessionId,
    /// The first pair of the session, or the next.
    pub pair: Pair,
}

/// What made a session.
pub struct Origin<'a> {
    /// The provider types used, in their order.
    pub amr: Vec<String>,
    /// SHA-256 (hex) of its component.
    pub digest: &'a str,
}

impl Flow {
    /// Begins a session.
    ///
    /// # Errors
    /// The store's.
    pub async fn begin_session(&self, user: User, origin: Origin<'_>, client: &Client) -> Result<SignedIn> {
        let now = self.clock.now();
        let expires_at = now.plus(self.terms.session_ttl);
        let new = NewSession {
            user: user.id,
            amr: origin.amr,
            provider_digest: origin.digest.to_owned(),
            roles: user.roles.clone(),
            ext: serde_json::Map::new(),
            kid: self.signing_kid(now)?,
            created_at: now,
            expires_at,
            idle_expires_at: now.plus(self.terms.session_idle).min(expires_at),
            address: client.address.to_string(),
            user_agent: client.user_agent.clone(),
        };
        let session = self.ephemeral.create_session(&new).await?;
        self.metrics.entry.started();
        Ok(SignedIn { session: session.id, pair: self.pair(&session).await?, user })
    }

    /// Asked before an account is made that a session is to follow: where sessions are in a store of their own and that is away,
    /// there must be no account of somebody who was told to come again.
    pub(super) async fn expect_session_store(&self) -> Result<()> {
        if self.sessions_are_apart() {
            self.ephemeral.ping().await?;
        }
        Ok(())
    }

    pub(super) fn sessions_are_apart(&self) -> bool {
        !std::ptr::addr_eq(Arc::as_ptr(&self.accounts), Arc::as_ptr(&self.ephemeral))
    }

    /// A new pair for a refresh token: each works once. A repeat within the retry window gets the same pair, byte for
    /// byte; a later one ends the session.
    ///
    /// # Errors
    /// [`Error::InvalidRefresh`], [`Error::RefreshReused`], or the store's.
    pub async fn refresh(&self, token: &str, client: &Client) -> Result<SignedIn> {
        let refreshed = self.rotate(token, client).await;
        self.metrics.entry.refresh(match &refreshed {
            Ok(_) => "ok",
            Err(Error::RefreshReused) => "reused",
            Err(Error::InvalidRefresh(_)) => "invalid",
            Err(_) => "failed",
        });
        refreshed
    }

    async fn rotate(&self, token: &str, client: &Client) -> Result<SignedIn> {
        let now = self.clock.now();
        let claims = self.refresh_claims(token, now).await?;
        let Some(user) = self.accounts.user(claims.user).await?.filter(|user| !user.disabled) else {
            self.end(claims.session, EndReason::Account).await?;
            return Err(Error::InvalidRefresh(None));
        };
        let rotation = Rotation {
            counter: claims.counter,
            at: now,
            idle_expires_at: now.plus(self.terms.session_idle),
            roles: user.roles.clone(),
            kid: self.signing_kid(now)?,
            retry_window: self.terms.retry_window,
        };
        let rotated = self.ephemeral.rotate_session(claims.session, &rotation).await?;
        self.seen.forget_session(claims.session);
        match rotated {
            Rotated::Fresh(session) | Rotated::Again(session) if session.user == user.id => {
                Ok(SignedIn { session: session.id, pair: self.pair(&session).await?, user })
            }
            Rotated::Reused(session) => {
                self.metrics.entry.ended(EndReason::Reuse.as_str(), 1);
                self.report_reuse(&user, &session, client).await;
                Err(Error::RefreshReused)
            }
            Rotated::Fresh(_) | Rotated::Again(_) | Rotated::Gone => Err(Error::InvalidRefresh(None)),
        }
    }

    /// Signs out here.
    ///
    /// # Errors
    /// The store's.
    pub async fn logout(&self, caller: &Caller) -> Result<()> {
        self.metrics.entry.logout("one");
        self.end(caller.session.id, EndReason::Logout).await.map(|_| ())
    }

    /// Signs out on all devices.
    ///
    /// # Errors
    /// The store's.
    pub async fn logout_all(&self, caller: &Caller) -> Result<()> {
        self.metrics.entry.logout("all");
        self.end_all(caller.user.id, None, EndReason::LogoutAll).await
    }

    /// Signs out on all devices but this one.
    ///
    /// # Errors
    /// The store's.
    pub async fn logout_others(&self, caller: &Caller) -> Result<()> {
        self.metrics.entry.logout("others");
        self.end_all(caller.user.id, Some(caller.session.id), EndReason::LogoutAll).await
    }

    /// The live sessions of the caller, newest first.
    ///
    /// # Errors
    /// The store's.
    pub async fn sessions(&self, caller: &Caller) -> Result<Vec<Session>> {
        Ok(self.ephemeral.sessions_of(caller.user.id, self.clock.now()).await?)
    }

    /// Ends one of the caller's own sessions.
    ///
    /// # Errors
    /// [`Error::NotFound`] if it is not the caller's or has ended, or the store's.
    pub async fn end_own_session(&self, caller: &Caller, id: SessionId) -> Result<()> {
        let own = self.ephemeral.session(id).await?.is_some_and(|session| session.user == caller.user.id);
        if own && self.end(id, EndReason::LogoutAll).await? { Ok(()) } else { Err(Error::NotFound("session")) }
    }

    /// Ends all sessions of a user but one.
    pub(super) async fn end_all(&self, user: UserId, except: Option<SessionId>, reason: EndReason) -> Result<()> {
        let ended = Ended { at: self.clock.now(), reason };
        let sessions = self.ephemeral.end_sessions_of(user, except, ended).await?;
        self.metrics.entry.ended(reason.as_str(), sessions.len());
        for id in sessions {
            self.seen.forget_session(id);
        }
        Ok(())
    }

    /// Ends one; false if it had ended.
    pub(super) async fn end(&self, id: SessionId, reason: EndReason) -> Result<bool> {
        let ended = self.ephemeral.end_session(id, Ended { at: self.clock.now(), reason }).await?;
        self.seen.forget_session(id);
        self.metrics.entry.ended(reason.as_str(), usize::from(ended));
        Ok(ended)
    }

    pub(super) async fn refresh_claims(&self, token: &str, now: Timestamp) -> Result<RefreshClaims> {
        let verify = || self.issuer.verify_refresh(token, &self.keys.load(), now, Duration::ZERO);
        let mut verified = verify();
        if verified == Err(TokenError::UnknownKey) {
            self.look_for_new_keys().await?;
            verified = verify();
        }
        verified.map_err(|error| Error::InvalidRefresh(Some(error)))
    }

    /// A repeated refresh may be signed by a key that another process has just made.
    async fn pair(&self, session: &Session) -> Result<Pair> {
        if let Ok(pair) = self.issuer.pair(&self.keys.load(), session) {
            return Ok(pair);
        }
        self.reload_keys().await?;
        self.issuer.pair(&self.keys.load(), session).map_err(|error| Error::Internal(error.to_string()))
    }

    fn signing_kid(&self, now: Timestamp) -> Result<String> {
        let keys = self.keys.load();
        keys.signing(now).map(|key| key.kid().to_owned()).ok_or_else(|| Error::Internal("no signing key is active".to_owned()))
    }

    /// The session has ended already; what fails here must not hide that from the caller.
    async fn report_reuse(&self, user: &User, session: &Session, client: &Client) {
        tracing::warn!(user = %user.id, session = %session.id, "a spent refresh token came back: session ended");
        let detail = format!("session {} ended: a spent refresh token came back", session.id);
        self.audit(Actor::Gateway, "session.reuse", format!("user:{}", user.id), detail).await;
        if let Some(email) = &user.email {
            let letter = Letter {
                to: email.clone(),
                locale: mail::locale_for(user, client),
                template: "session-reuse",
                variables: vec![("began", session.created_at.rfc3339()), ("device", session.user_agent.clone())],
            };
            if let Err(reason) = self.post(letter).await {
                tracing::error!(%reason, user = %user.id, "the user was not told of the ended session");
            }
        }
    }
}
