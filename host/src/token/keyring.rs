//! The gateway's signing keys as one immutable snapshot: which one signs, which are published, which one a token names.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use jsonwebtoken::{DecodingKey, EncodingKey, Validation};
use serde_json::{Value, json};

use super::{
    key::{self, KeyError, OpenKey},
    seal::SecretKey,
};
use crate::model::{
    Timestamp,
    key::{Algorithm, SigningKey},
};

/// All keys at the time of loading. Cheap to clone; a rotation makes a new one.
#[derive(Clone)]
pub struct KeyRing {
    keys: Arc<[RingKey]>,
    token_life: Duration,
}

/// A key, ready for use.
pub struct RingKey {
    kid: String,
    algorithm: Algorithm,
    open: OpenKey,
    active_from: Timestamp,
    /// When the next key takes over.
    replaced_at: Option<Timestamp>,
}

impl KeyRing {
    /// Opens the stored keys. `token_life` is the longest life of any token signed with them (refresh tokens too): so
    /// long a key stays published after another has replaced it.
    ///
    /// # Errors
    /// If one does not open or was changed: keep the ring that you have, and tell the operator.
    pub fn open(stored: &[SigningKey], secret: &SecretKey, token_life: Duration) -> Result<Self, KeyError> {
        let mut sorted: Vec<&SigningKey> = stored.iter().collect();
        sorted.sort_by(|a, b| (a.active_from, a.created_at, &a.kid).cmp(&(b.active_from, b.created_at, &b.kid)));
        let replacements = sorted.iter().skip(1).map(|next| Some(next.active_from)).chain([None]);
        let keys = sorted.iter().zip(replacements).map(|(stored, replaced_at)| {
            Ok(RingKey {
                kid: stored.kid.clone(),
                algorithm: stored.algorithm,
                open: key::open(stored, secret)?,
                active_from: stored.active_from,
                replaced_at,
            })
        });
        Ok(Self { keys: keys.collect::<Result<_, KeyError>>()?, token_life })
    }

    /// Whether both hold the same keys, taking over at the same times.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.keys.iter().map(|key| (&key.kid, key.active_from)).eq(other.keys.iter().map(|key| (&key.kid, key.active_from)))
    }

    /// The key that signs new tokens: the one that became active last. Before all of them, which is where a clock stands that
    /// was ahead when the first was made and has been set right, the first. `None` if there are none.
    #[must_use]
    pub fn signing(&self, now: Timestamp) -> Option<&RingKey> {
        self.keys.iter().rfind(|key| key.active_from <= now).or(self.keys.first())
    }

    /// Whether the key that signs is to do so from later on.
    #[must_use]
    pub fn is_early(&self, now: Timestamp) -> bool {
        self.keys.first().is_some_and(|first| first.active_from > now)
    }

    /// The JWK Set (RFC 7517, 5): the key that signs, the next one as soon as it exists, and old ones while their tokens
    /// live.
    #[must_use]
    pub fn jwks(&self, now: Timestamp) -> Value {
        json!({ "keys": self.published(now).map(|key| &key.open.public_jwk).collect::<Vec<_>>() })
    }

    /// The algorithms of the published keys, each once.
    #[must_use]
    pub fn algorithms(&self, now: Timestamp) -> BTreeSet<&'static str> {
        self.published(now).map(|key| key.algorithm.as_str()).collect()
    }

    fn published(&self, now: Timestamp) -> impl Iterator<Item = &RingKey> {
        self.keys.iter().filter(move |key| !self.is_retired(key, now))
    }

    /// The key of that name, from our own set only, unless all tokens that it signed have expired. A key made "later" than
    /// `now` counts: another gateway's clock may be ahead.
    #[must_use]
    pub fn find(&self, kid: &str, now: Timestamp) -> Option<&RingKey> {
        self.keys.iter().find(|key| key.kid == kid && !self.is_retired(key, now))
    }

    fn is_retired(&self, key: &RingKey, now: Timestamp) -> bool {
        key.replaced_at.is_some_and(|replaced| replaced.plus(self.token_life) <= now)
    }

    /// The key of that name, retired or not.
    pub(super) fn named(&self, kid: &str) -> Option<&RingKey> {
        self.keys.iter().find(|key| key.kid == kid)
    }
}

impl RingKey {
    /// Its name: the RFC 7638 thumbprint.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The only algorithm that it signs and verifies with.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    pub(super) const fn signer(&self) -> &EncodingKey {
        &self.open.signer
    }

    pub(super) const fn verifier(&self) -> &DecodingKey {
        &self.open.verifier
    }

    pub(super) const fn rules(&self) -> &Validation {
        &self.open.rules
    }
}
