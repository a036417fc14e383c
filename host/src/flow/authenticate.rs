//! Who an access token stands for, checked against its session and its user.

use std::{
    hash::Hash,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use moka::sync::Cache;
use sha2::{Digest, Sha256};

use super::{Error, Flow, Result};
use crate::{
    model::{SessionId, Timestamp, UserId, session::Session, user::User},
    store::StoreError,
    token::verify::{AccessClaims, TokenError},
};

/// How long a session or a user may be believed to be as it was: with the answer on top, no more than a second.
const FRESH: Duration = Duration::from_millis(900);

/// What was found a moment ago: signatures for a minute (they do not change), sessions and users for a second. A process
/// that changes a session or a user drops it here at once.
pub struct Seen {
    tokens: Cache<[u8; 32], Arc<AccessClaims>>,
    sessions: Cache<SessionId, Arc<Session>>,
    users: Cache<UserId, Arc<User>>,
    /// Counts what was dropped.
    drops: AtomicU64,
}

impl Default for Seen {
    fn default() -> Self {
        Self {
            tokens: Cache::builder().max_capacity(50_000).time_to_live(Duration::from_mins(1)).build(),
            sessions: Cache::builder().max_capacity(50_000).time_to_live(FRESH).build(),
            users: Cache::builder().max_capacity(50_000).time_to_live(FRESH).build(),
            drops: AtomicU64::new(0),
        }
    }
}

impl Seen {
    /// The session changed.
    pub fn forget_session(&self, id: SessionId) {
        self.drops.fetch_add(1, Ordering::SeqCst);
        self.sessions.invalidate(&id);
    }

    /// The user changed.
    pub fn forget_user(&self, id: UserId) {
        self.drops.fetch_add(1, Ordering::SeqCst);
        self.users.invalidate(&id);
    }

    /// Any number of users changed.
    pub fn forget_users(&self) {
        self.drops.fetch_add(1, Ordering::SeqCst);
        self.users.invalidate_all();
    }

    /// The signing keys changed.
    pub fn forget_tokens(&self) {
        self.tokens.invalidate_all();
    }

    /// What `cache` has, or else what `load` finds, which is kept unless something was dropped meanwhile: it may have been
    /// read before the change and would outlive it.
    async fn or_load<K, V>(
        &self,
        cache: &Cache<K, Arc<V>>,
        key: K,
        load: impl Future<Output = std::result::Result<Option<V>, StoreError>>,
    ) -> Result<Option<Arc<V>>>
    where
        K: Copy + Eq + Hash + Send + Sync + 'static,
        V: Send + Sync + 'static,
    {
        if let Some(found) = cache.get(&key) {
            return Ok(Some(found));
        }
        let drops = self.drops.load(Ordering::SeqCst);
        let found = load.await?.map(Arc::new);
        if let Some(found) = &found {
            cache.insert(key, Arc::clone(found));
            // After the insertion, so that a drop is seen here, or itself removes what was inserted.
            if self.drops.load(Ordering::SeqCst) != drops {
                cache.invalidate(&key);
            }
        }
        Ok(found)
    }
}

/// A signed-in caller.
#[derive(Clone, Debug)]
pub struct Caller {
    /// As it is now, roles included.
    pub user: Arc<User>,
    /// The live session.
    pub session: Arc<Session>,
}

impl Caller {
    /// Demands that the sign-in is not long ago: for what a stolen token must not be able to do.
    ///
    /// # Errors
    /// [`Error::ReauthenticationRequired`].
    pub fn require_fresh(&self, now: Timestamp, window: Duration) -> Result<()> {
        if now.since(self.session.created_at) <= window { Ok(()) } else { Err(Error::ReauthenticationRequired) }
    }

    /// Demands a role.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub fn require(&self, role: &str) -> Result<()> {
        if self.user.has_role(role) { Ok(()) } else { Err(Error::Forbidden(role.to_owned())) }
    }
}

impl Flow {
    /// Whether the sign-in is not long ago; see [`Caller::require_fresh`].
    #[must_use]
    pub fn is_fresh(&self, caller: &Caller) -> bool {
        caller.require_fresh(self.clock.now(), self.terms.reauthentication_window).is_ok()
    }

    /// Checks an access token, its session and its user. Writes nothing.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`], [`Error::SessionEnded`], or the store's.
    pub async fn authenticate(&self, token: &str) -> Result<Caller> {
        let now = self.clock.now();
        let claims = self.claims(token).await?;
        if claims.expires_at <= now {
            return Err(Error::Unauthenticated(Some(TokenError::Expired)));
        }
        self.caller_of(claims.session).await.and_then(
            |caller| {
                if caller.user.id == claims.user { Ok(caller) } else { Err(Error::SessionEnded) }
            },
        )
    }

    /// Who a session stands for, if it is live and its user may sign in.
    pub(super) async fn caller_of(&self, session: SessionId) -> Result<Caller> {
        let now = self.clock.now();
        let session = self.session_seen(session).await?.filter(|session| session.is_live(now)).ok_or(Error::SessionEnded)?;
        let user = self.user_seen(session.user).await?.filter(|user| !user.disabled).ok_or(Error::SessionEnded)?;
        Ok(Caller { user, session })
    }

    /// What a genuine access token says; it may have expired since it was first seen.
    pub(super) async fn claims(&self, token: &str) -> Result<Arc<AccessClaims>> {
        // A digest as the key: the cache holds no credential, and a long token costs no more memory than a short one.
        let digest: [u8; 32] = Sha256::digest(token).into();
        if let Some(claims) = self.seen.tokens.get(&digest) {
            return Ok(claims);
        }
        let verify = || self.issuer.verify_access(token, &self.keys.load(), self.clock.now(), Duration::ZERO);
        let mut verified = verify();
        if verified == Err(TokenError::UnknownKey) {
            self.look_for_new_keys().await?;
            verified = verify();
        }
        let claims = Arc::new(verified.map_err(|error| Error::Unauthenticated(Some(error)))?);
        self.seen.tokens.insert(digest, Arc::clone(&claims));
        Ok(claims)
    }

    async fn session_seen(&self, id: SessionId) -> Result<Option<Arc<Session>>> {
        self.seen.or_load(&self.seen.sessions, id, self.ephemeral.session(id)).await
    }

    async fn user_seen(&self, id: UserId) -> Result<Option<Arc<User>>> {
        self.seen.or_load(&self.seen.users, id, self.accounts.user(id)).await
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn user(disabled: bool) -> User {
        let (profile, created_at) = (BTreeMap::new(), Timestamp::from_seconds(0));
        User {
            id: UserId(1),
            email: None,
            login: None,
            email_verified: false,
            display_name: None,
            profile,
            locale: None,
            roles: Vec::new(),
            disabled,
            invitation: None,
            created_at,
        }
    }

    #[tokio::test]
    async fn what_changed_while_it_was_read_is_not_kept() {
        let seen = Seen::default();
        let found = seen
            .or_load(&seen.users, UserId(1), async {
                let before = user(false);
                seen.forget_user(UserId(1));
                Ok(Some(before))
            })
            .await;
        assert!(found.is_ok_and(|user| user.is_some_and(|user| !user.disabled)));
        let found = seen.or_load(&seen.users, UserId(1), async { Ok(Some(user(true))) }).await;
        assert!(found.is_ok_and(|user| user.is_some_and(|user| user.disabled)), "read anew");
        let found = seen.or_load(&seen.users, UserId(1), async { Ok(None) }).await;
        assert!(found.is_ok_and(|user| user.is_some()), "kept for a moment");
    }
}
