//! Signing keys: made, published, rotated.

use std::{sync::Arc, time::Duration};

use tokio::time::{Instant, sleep_until};

use super::{Error, Flow, Result};
use crate::{
    clock::Clock,
    model::{
        Timestamp,
        key::{Algorithm, SigningKey},
    },
    random::Random,
    store::Accounts,
    token::{key::generate, keyring::KeyRing, seal::SecretKey},
};

/// Between two questions for keys that were unknown.
const COOL_DOWN: Duration = Duration::from_millis(250);

/// What making keys needs; also used before a [`Flow`] exists.
pub struct KeyMaker<'a> {
    /// Keeps them.
    pub accounts: &'a dyn Accounts,
    /// Seals them.
    pub secret: &'a SecretKey,
    /// For making them.
    pub random: &'a dyn Random,
    /// Time.
    pub clock: &'a dyn Clock,
    /// How they sign.
    pub algorithm: Algorithm,
}

impl KeyMaker<'_> {
    /// Makes a key that signs from `active_from` on.
    fn make(&self, active_from: Timestamp) -> Result<SigningKey> {
        // An RSA key takes up to seconds; the other requests of this thread go on meanwhile.
        let made = tokio::task::block_in_place(|| generate(self.algorithm, self.secret, self.random, self.clock.now(), active_from));
        made.map_err(|error| Error::Internal(error.to_string()))
    }

    /// Makes the first key of a store, unless there is one.
    ///
    /// # Errors
    /// The store's.
    pub async fn ensure_first(&self) -> Result<()> {
        if self.accounts.signing_keys().await?.is_empty() {
            self.accounts.add_first_signing_key(&self.make(self.clock.now())?).await?;
        }
        Ok(())
    }

    /// Adds a key that takes over after `lead`, time enough for every verifier to have fetched it.
    ///
    /// # Errors
    /// The store's.
    pub async fn rotate(&self, lead: Duration) -> Result<SigningKey> {
        let key = self.make(self.clock.now().plus(lead))?;
        self.accounts.add_signing_key(&key).await?;
        Ok(key)
    }

    /// All keys of the store, opened.
    ///
    /// # Errors
    /// The store's, or [`Error::Internal`] if the secret key does not open them.
    pub async fn ring(&self, token_life: Duration) -> Result<KeyRing> {
        let stored = self.accounts.signing_keys().await?;
        KeyRing::open(&stored, self.secret, token_life).map_err(|error| Error::Internal(error.to_string()))
    }
}

impl Flow {
    /// What making keys needs.
    #[must_use]
    pub fn key_maker(&self) -> KeyMaker<'_> {
        KeyMaker {
            accounts: &*self.accounts,
            secret: &self.secret_key,
            random: &*self.random,
            clock: &*self.clock,
            algorithm: self.terms.signing_algorithm,
        }
    }

    /// The longest life of a token: refresh tokens live until their session is idle for too long.
    fn token_life(&self) -> Duration {
        self.terms.session_idle.min(self.terms.session_ttl)
    }

    /// Takes over what other processes did to the keys.
    ///
    /// # Errors
    /// The store's.
    pub async fn reload_keys(&self) -> Result<()> {
        let ring = self.key_maker().ring(self.token_life()).await?;
        if !ring.is_same(&self.keys.load()) {
            self.keys.store(Arc::new(ring));
            self.seen.forget_tokens();
            tracing::info!("the signing keys changed");
        }
        Ok(())
    }

    /// Asks the store for keys after an unknown one was met. Tokens can name any key: whoever comes meanwhile waits for the same
    /// answer, and the store hears one question in a while, however many there are. Nobody is refused unasked: another
    /// gateway may have begun to sign with a key a moment ago.
    pub(super) async fn look_for_new_keys(&self) -> Result<()> {
        let since = Instant::now();
        let mut asked = self.keys_asked.lock().await;
        if asked.is_some_and(|asked| asked >= since) {
            return Ok(());
        }
        if let Some(asked) = *asked {
            sleep_until(asked + COOL_DOWN).await;
        }
        *asked = Some(Instant::now());
        self.reload_keys().await
    }

    /// The public keys (RFC 7517).
    #[must_use]
    pub fn jwks(&self) -> serde_json::Value {
        self.keys.load().jwks(self.clock.now())
    }

    /// How published keys sign (RFC 7518), each algorithm once.
    #[must_use]
    pub fn signing_algorithms(&self) -> Vec<String> {
        self.keys.load().algorithms(self.clock.now()).into_iter().map(ToOwned::to_owned).collect()
    }

    /// Removes keys whose tokens have all expired.
    ///
    /// # Errors
    /// The store's.
    pub async fn purge_keys(&self) -> Result<()> {
        let purged = self.accounts.purge_signing_keys(self.clock.now().minus(self.token_life())).await?;
        if purged > 0 {
            tracing::info!(purged, "old signing keys were removed");
        }
        Ok(())
    }
}
