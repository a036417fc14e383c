//! The upstreams of one service: requests go round, and who fails again and again rests for a while.

use std::{
    sync::atomic::{AtomicI64, AtomicU32, AtomicUsize, Ordering},
    time::Duration,
};

use url::Url;

use crate::model::Timestamp;

/// Each process counts for itself.
pub struct Balance {
    upstreams: Vec<Upstream>,
    next: AtomicUsize,
    failures: u32,
    rest: Duration,
}

/// One of them.
pub struct Upstream {
    /// Where it is.
    pub url: Url,
    /// Failures since the last success.
    failed: AtomicU32,
    rests_until: AtomicI64,
}

impl Balance {
    /// Of these; after `failures` in a row (0: never) one rests.
    #[must_use]
    pub fn new(urls: Vec<Url>, failures: u32, rest: Duration) -> Self {
        let upstream = |url| Upstream { url, failed: AtomicU32::new(0), rests_until: AtomicI64::new(0) };
        Self { upstreams: urls.into_iter().map(upstream).collect(), next: AtomicUsize::new(0), failures, rest }
    }

    /// In the order in which a request should try them. Those that rest are left out, unless all do: then trying is better than
    /// refusing.
    #[must_use]
    pub fn order(&self, now: Timestamp) -> Vec<&Upstream> {
        let first = self.next.fetch_add(1, Ordering::Relaxed) % self.upstreams.len().max(1);
        let (after, before) = self.upstreams.split_at(first);
        let round = || before.iter().chain(after);
        let awake: Vec<&Upstream> = round().filter(|upstream| upstream.rests_until.load(Ordering::Relaxed) <= now.0).collect();
        if awake.is_empty() { round().collect() } else { awake }
    }

    /// It answered, whatever it said.
    pub fn worked(&self, upstream: &Upstream) {
        upstream.failed.store(0, Ordering::Relaxed);
    }

    /// It did not. True if it rests from now on; after its rest, one more failure sends it back.
    pub fn failed(&self, upstream: &Upstream, now: Timestamp) -> bool {
        let failed = upstream.failed.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        let rests = self.failures > 0 && failed >= self.failures;
        if rests {
            upstream.rests_until.store(now.plus(self.rest).0, Ordering::Relaxed);
        }
        rests
    }
}
