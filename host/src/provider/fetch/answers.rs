//! Answers that may serve again: how the keys of an issuer are cached, and fetched once at a time.

use std::{sync::Arc, time::Duration};

use moka::{future::Cache, policy::EvictionPolicy};
use sha2::{Digest, Sha256};

use crate::{
    clock::Clock,
    model::Timestamp,
    provider::capability::{FetchError, FetchRequest, FetchResponse, Pair, Part},
};

/// Bytes of answers kept for one provider type.
const MOST_BYTES: u64 = 4 * 1024 * 1024;
/// What an entry weighs besides its answer.
const LIGHT: u32 = 256;
const LONGEST: Duration = Duration::from_hours(24);
/// How long it stands that an old answer could not be replaced: so often at most do callers who want a newer one cause a fetch.
const REST: Duration = Duration::from_secs(10);

/// A digest of a request. Secrets go in by name, so that their values are nowhere here.
pub(super) type Key = [u8; 32];

/// The cache of one provider type, bound to its grants.
pub(super) struct Answers {
    /// The newest good answer: it stays until there is a newer one, whatever happens on the way there.
    kept: Cache<Key, Arc<Kept>>,
    /// Fetches under way, by what they replace; for those who come a moment late, also their outcome.
    fetches: Cache<(Key, Option<Timestamp>), Outcome>,
    clock: Arc<dyn Clock>,
}

struct Kept {
    answer: FetchResponse,
    at: Timestamp,
}

type Outcome = Result<Arc<Kept>, Unkept>;

/// Given to everybody who waited for it, and never in place of a good answer.
#[derive(Clone)]
enum Unkept {
    Answer(FetchResponse),
    Error(FetchError),
}

fn weight(answer: &FetchResponse) -> u32 {
    let headers: usize = answer.headers.iter().map(|(name, value)| name.len() + value.len()).sum();
    u32::try_from(answer.body.len() + headers).unwrap_or(u32::MAX).saturating_add(LIGHT)
}

fn weight_of(outcome: &Outcome) -> u32 {
    match outcome {
        Ok(kept) => weight(&kept.answer),
        Err(Unkept::Answer(answer)) => weight(answer),
        Err(Unkept::Error(_)) => LIGHT,
    }
}

impl Answers {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        let kept = Cache::builder()
            .max_capacity(MOST_BYTES)
            .weigher(|_, kept: &Arc<Kept>| weight(&kept.answer))
            .eviction_policy(EvictionPolicy::lru())
            .time_to_live(LONGEST);
        let fetches = Cache::builder().max_capacity(MOST_BYTES).weigher(|_, outcome: &Outcome| weight_of(outcome)).time_to_live(REST);
        Self { kept: kept.build(), fetches: fetches.build(), clock }
    }

    /// An answer at most so many seconds old, else a new one. Of several callers at once, one fetches; all get the same.
    pub(super) async fn get(
        &self,
        key: Key,
        max_age: u32,
        fetch: impl Future<Output = Result<FetchResponse, FetchError>>,
    ) -> Result<FetchResponse, FetchError> {
        let kept = self.kept.get(&key).await;
        let young = |kept: &&Arc<Kept>| self.clock.now().since(kept.at) <= Duration::from_secs(max_age.into());
        if let Some(kept) = kept.as_ref().filter(young) {
            return Ok(kept.answer.clone());
        }
        let replaced = kept.map(|kept| kept.at);
        let fetched = self.fetches.try_get_with((key, replaced), async {
            let unkept = match fetch.await {
                Ok(answer) if answer.status == 200 => {
                    let kept = Arc::new(Kept { answer, at: self.clock.now() });
                    self.kept.insert(key, Arc::clone(&kept)).await;
                    return Ok(Ok(kept));
                }
                Ok(answer) => Unkept::Answer(answer),
                Err(error) => Unkept::Error(error),
            };
            if replaced.is_some() { Ok(Err(unkept)) } else { Err(unkept) }
        });
        match fetched.await.unwrap_or_else(|unkept| Err(Arc::unwrap_or_clone(unkept))) {
            Ok(kept) => Ok(kept.answer.clone()),
            Err(Unkept::Answer(answer)) => Ok(answer),
            Err(Unkept::Error(error)) => Err(error),
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};

    use super::*;

    #[derive(Default)]
    struct HandClock(AtomicI64);

    impl Clock for HandClock {
        fn now(&self) -> Timestamp {
            Timestamp(self.0.load(Ordering::SeqCst) * 1_000_000)
        }
    }

    fn answer(body: &str) -> FetchResponse {
        FetchResponse { status: 200, headers: Vec::new(), body: body.into() }
    }

    #[tokio::test]
    async fn a_good_answer_outlives_an_outage() {
        let clock = Arc::<HandClock>::default();
        let answers = Answers::new(Arc::clone(&clock) as Arc<dyn Clock>);
        let (key, fetches) = ([7; 32], AtomicU32::new(0));
        let get = async |max_age, result: Result<FetchResponse, FetchError>| {
            let fetch = async {
                fetches.fetch_add(1, Ordering::SeqCst);
                result
            };
            answers.get(key, max_age, fetch).await
        };
        let down = || Err(FetchError::Unreachable("down".to_owned()));
        assert_eq!(get(3600, Ok(answer("old"))).await, Ok(answer("old")));
        clock.0.store(61, Ordering::SeqCst);
        // Who wants a younger one than there is gets none, and disturbs nobody who does not.
        for _ in 0..5 {
            assert_eq!(get(60, down()).await, down());
            assert_eq!(get(3600, down()).await, Ok(answer("old")));
        }
        assert_eq!(fetches.load(Ordering::SeqCst), 2, "the outage is asked about once");
    }

    #[tokio::test]
    async fn an_old_answer_is_replaced() {
        let clock = Arc::<HandClock>::default();
        let answers = Answers::new(Arc::clone(&clock) as Arc<dyn Clock>);
        let get = async |max_age, body: &str| answers.get([7; 32], max_age, async { Ok(answer(body)) }).await.unwrap().body;
        assert_eq!(get(60, "1").await, b"1");
        for (second, offered, given) in [(60, "x", "1"), (61, "2", "2"), (121, "x", "2"), (122, "3", "3")] {
            clock.0.store(second, Ordering::SeqCst);
            assert_eq!(get(60, offered).await, given.as_bytes(), "after {second} s");
        }
    }
}
