//! The gateway's keys, kept: fetched by one request at a time, and not again at once for every unknown name.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use reqwest::{Client, redirect::Policy};
use tokio::sync::{Mutex, MutexGuard};
use url::Url;

use super::jwks::KeySet;

const PATIENCE: Duration = Duration::from_secs(3);
const LARGEST: usize = 256 * 1024;

/// There are no keys to decide by: the gateway does not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the gateway's keys are out of reach")]
pub struct NoKeys;

/// How often the gateway is asked.
#[derive(Clone, Copy, Debug)]
struct Pace {
    /// After this time the keys are asked for again, so that a key that the gateway has withdrawn stops counting.
    fresh: Duration,
    /// So long after a fetch no other is made because of an unknown key: anybody can make up names. The gateway publishes a
    /// new key long before it signs by it.
    cool_down: Duration,
    /// So long after a fetch that failed no other is made. A caller is told to come back after it.
    after_failure: Duration,
}

const PACE: Pace = Pace { fresh: Duration::from_mins(5), cool_down: Duration::from_secs(5), after_failure: Duration::from_secs(1) };

/// The keys, and where they come from.
pub struct Keys {
    pace: Pace,
    client: Client,
    url: Url,
    kept: RwLock<Kept>,
    /// Held by the one request that fetches.
    fetching: Mutex<()>,
}

#[derive(Clone, Default)]
struct Kept {
    /// None until the first fetch that succeeded.
    set: Option<Arc<KeySet>>,
    fetched: Option<Instant>,
    tried: Option<Instant>,
    failed: bool,
}

impl Kept {
    fn is_fresh(&self, pace: Pace) -> bool {
        self.fetched.is_some_and(|at| at.elapsed() < pace.fresh)
    }

    /// Whether a fetch may be made now.
    fn has_rested(&self, pace: Pace) -> bool {
        let pause = if self.failed { pace.after_failure } else { pace.cool_down };
        self.tried.is_none_or(|at| at.elapsed() >= pause)
    }
}

impl Keys {
    /// Keys from that address; nothing is fetched yet.
    ///
    /// # Errors
    /// If no HTTP client can be made.
    pub fn new(url: Url) -> anyhow::Result<Self> {
        // Refused only if there is one already, which does as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().no_proxy().redirect(Policy::none()).timeout(PATIENCE).build()?;
        Ok(Self { pace: PACE, client, url, kept: RwLock::default(), fetching: Mutex::new(()) })
    }

    /// Whether there is anything to decide by; asks the gateway if not.
    ///
    /// # Errors
    /// [`NoKeys`].
    pub async fn ready(&self) -> Result<(), NoKeys> {
        self.having("").await.map(drop)
    }

    /// The keys, with the one of that name if the gateway has it.
    pub(super) async fn having(&self, kid: &str) -> Result<Arc<KeySet>, NoKeys> {
        let kept = self.kept();
        let fresh = kept.is_fresh(self.pace);
        match kept.set {
            None => self.first().await,
            Some(set) if set.0.contains_key(kid) || kid.is_empty() => Ok(if fresh { set } else { self.renewed(set).await }),
            Some(_) => self.again(kid).await,
        }
    }

    /// Nothing is there yet: everybody waits for the one who fetches.
    async fn first(&self) -> Result<Arc<KeySet>, NoKeys> {
        let turn = self.fetching.lock().await;
        let kept = self.kept();
        let rested = kept.has_rested(self.pace);
        match kept.set {
            Some(set) => Ok(set),
            None if rested => self.fetch(&turn).await.ok_or(NoKeys),
            None => Err(NoKeys),
        }
    }

    /// The keys have become old: one request fetches, the others go on with what there is. If the gateway is out of reach, the
    /// old ones do.
    async fn renewed(&self, old: Arc<KeySet>) -> Arc<KeySet> {
        let Ok(turn) = self.fetching.try_lock() else { return old };
        if !self.kept().has_rested(self.pace) {
            return old;
        }
        self.fetch(&turn).await.unwrap_or(old)
    }

    /// The name is unknown: a new key, or somebody's invention. If the gateway could not be asked, nobody can tell.
    async fn again(&self, kid: &str) -> Result<Arc<KeySet>, NoKeys> {
        let turn = self.fetching.lock().await;
        let kept = self.kept();
        let rested = kept.has_rested(self.pace);
        match kept.set {
            Some(set) if set.0.contains_key(kid) => Ok(set),
            _ if rested => self.fetch(&turn).await.ok_or(NoKeys),
            Some(set) if !kept.failed => Ok(set),
            _ => Err(NoKeys),
        }
    }

    fn kept(&self) -> Kept {
        self.kept.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn fetch(&self, _turn: &MutexGuard<'_, ()>) -> Option<Arc<KeySet>> {
        let fetched = self.download().await;
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        kept.tried = Some(now);
        kept.failed = fetched.is_err();
        match fetched {
            Ok(set) => {
                tracing::info!(keys = set.0.len(), "fetched the gateway's keys");
                let set = Arc::new(set);
                kept.set = Some(Arc::clone(&set));
                kept.fetched = Some(now);
                Some(set)
            }
            Err(error) => {
                tracing::warn!(url = %self.url, error = %format_args!("{error:#}"), "the gateway's keys are out of reach");
                None
            }
        }
    }

    async fn download(&self) -> anyhow::Result<KeySet> {
        let mut response = self.client.get(self.url.clone()).send().await?;
        anyhow::ensure!(response.status() == reqwest::StatusCode::OK, "the answer was {}", response.status());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            body.extend_from_slice(&chunk);
            anyhow::ensure!(body.len() <= LARGEST, "the answer is larger than {LARGEST} bytes");
        }
        let set = KeySet::read(&body)?;
        anyhow::ensure!(!set.0.is_empty(), "there is no key that this service can use");
        Ok(set)
    }
}

#[cfg(test)]
mod tests;
