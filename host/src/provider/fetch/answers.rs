//! Answers that may serve again: how the keys of an issuer are cached, and fetched once at a time.

use std::{future::ready, sync::Arc, time::Duration};

use moka::{future::Cache, ops::compute::Op, policy::EvictionPolicy};
use sha2::{Digest, Sha256};

use crate::{
    clock::Clock,
    model::Timestamp,
    provider::capability::{FetchError, FetchRequest, FetchResponse, Pair, Part},
};

/// Bytes of answers kept for one provider type.
const MOST_BYTES: u64 = 4 * 1024 * 1024;
const LONGEST: Duration = Duration::from_hours(24);

/// A digest of a request. Secrets go in by name, so that their values are nowhere here.
pub(super) type Key = [u8; 32];

/// The cache of one provider type, bound to its grants.
pub(super) struct Answers {
    kept: Cache<Key, Arc<Kept>>,
    clock: Arc<dyn Clock>,
}

struct Kept {
    answer: FetchResponse,
    at: Timestamp,
}

/// Given to everybody who waited for it, and not kept.
#[derive(Clone)]
enum Unkept {
    Answer(FetchResponse),
    Error(FetchError),
}

impl Answers {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        let weigh = |_: &Key, kept: &Arc<Kept>| {
            let headers: usize = kept.answer.headers.iter().map(|(name, value)| name.len() + value.len()).sum();
            u32::try_from(kept.answer.body.len() + headers + 256).unwrap_or(u32::MAX)
        };
        let kept =
            Cache::builder().max_capacity(MOST_BYTES).weigher(weigh).eviction_policy(EvictionPolicy::lru()).time_to_live(LONGEST).build();
        Self { kept, clock }
    }

    /// An answer at most so many seconds old, else a new one. Of several callers at once, one fetches; all get the same.
    pub(super) async fn get(
        &self,
        key: Key,
        max_age: u32,
        fetch: impl Future<Output = Result<FetchResponse, FetchError>>,
    ) -> Result<FetchResponse, FetchError> {
        self.drop_stale(&key, max_age).await;
        let fetched = self.kept.try_get_with(key, async {
            match fetch.await {
                Ok(answer) if answer.status == 200 => Ok(Arc::new(Kept { answer, at: self.clock.now() })),
                Ok(answer) => Err(Unkept::Answer(answer)),
                Err(error) => Err(Unkept::Error(error)),
            }
        });
        match fetched.await {
            Ok(kept) => Ok(kept.answer.clone()),
            Err(unkept) => match Arc::unwrap_or_clone(unkept) {
                Unkept::Answer(answer) => Ok(answer),
                Unkept::Error(error) => Err(error),
            },
        }
    }

    /// Per key in one step, so that nobody drops what another has just fetched.
    async fn drop_stale(&self, key: &Key, max_age: u32) {
        let now = self.clock.now();
        let stale = |kept: &Kept| now.since(kept.at) > Duration::from_secs(max_age.into());
        if self.kept.get(key).await.is_some_and(|kept| stale(&kept)) {
            let decide = |entry: Option<moka::Entry<Key, Arc<Kept>>>| {
                ready(if entry.is_some_and(|entry| stale(entry.value())) { Op::Remove } else { Op::Nop })
            };
            self.kept.entry_by_ref(key).and_compute_with(decide).await;
        }
    }
}

/// The key of a request that has no body.
pub(super) fn key_of(request: &FetchRequest) -> Key {
    let mut digest = Sha256::new();
    add(&mut digest, b'u', request.url.as_bytes());
    for (tag, pairs) in [(b'q', &request.query), (b'h', &request.headers)] {
        for Pair { name, value } in pairs {
            add(&mut digest, tag, name.as_bytes());
            for part in value {
                match part {
                    Part::Text(text) => add(&mut digest, b't', text.as_bytes()),
                    Part::Secret(name) => add(&mut digest, b's', name.as_bytes()),
                }
            }
        }
    }
    digest.finalize().into()
}

/// With its length, so that nothing can move from one piece to the next.
fn add(digest: &mut Sha256, tag: u8, bytes: &[u8]) {
    digest.update([tag]);
    digest.update((bytes.len() as u64).to_le_bytes());
    digest.update(bytes);
}
