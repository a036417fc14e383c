//! What a page shows of a challenge, kept while it is pending: pages are loaded again, and people come back from their mail or
//! from another site. Sealed, since a factor's data may hold its secret.

use std::time::Duration;

use super::{
    Error, Flow, Result,
    challenge::{self, Challenge},
};
use crate::{
    model::Secret,
    token::seal::{open, seal},
};

/// Where it is kept; no provider type has such a name.
const NAMESPACE: &str = "pages/challenges";

impl Flow {
    /// Keeps a challenge for [`Self::shown_challenge`] as long as it can be answered.
    ///
    /// # Errors
    /// The store's.
    pub async fn show_challenge(&self, challenge: &Challenge) -> Result<()> {
        let plain = Secret::new(serde_json::to_vec(challenge).map_err(|error| Error::Internal(error.to_string()))?);
        let id_hash = challenge::hash(&challenge.flow);
        let sealed = seal(&self.key_of_pages(), id_hash.as_bytes(), plain.expose(), &*self.random);
        let end = self.clock.now().plus(Duration::from_secs(challenge.seconds.into()));
        Ok(self.ephemeral.kv_put(NAMESPACE, &id_hash, &sealed, end).await?)
    }

    /// A challenge as it was shown. It may have been answered meanwhile.
    ///
    /// # Errors
    /// The store's.
    pub async fn shown_challenge(&self, flow: &str) -> Result<Option<Challenge>> {
        let id_hash = challenge::hash(flow);
        let Some(sealed) = self.ephemeral.kv_get(NAMESPACE, &id_hash, self.clock.now()).await? else { return Ok(None) };
        // Under another secret key it is as good as gone.
        let plain = open(&self.key_of_pages(), id_hash.as_bytes(), &sealed).ok();
        Ok(plain.and_then(|plain| serde_json::from_slice(plain.expose()).ok()))
    }

    /// Forgets a challenge that was answered, or cannot be any more.
    ///
    /// # Errors
    /// The store's.
    pub async fn hide_challenge(&self, flow: &str) -> Result<()> {
        self.ephemeral.kv_take(NAMESPACE, &challenge::hash(flow), self.clock.now()).await?;
        Ok(())
    }

    fn key_of_pages(&self) -> Secret<[u8; 32]> {
        self.secret_key.derive("challenges of pages")
    }
}
