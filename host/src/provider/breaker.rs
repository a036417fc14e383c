//! The circuit breaker of one provider: a guest that fails again and again is left alone for a while, so that it costs
//! nobody anything. Fails closed: while it is open nobody signs in this way.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use crate::{clock::Clock, model::Timestamp};

/// Failures in a row that open it.
const THRESHOLD: u32 = 5;
const FIRST_PAUSE: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// What health shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BreakerState {
    /// Calls go through.
    Closed,
    /// No call goes through before the time.
    Open {
        /// The end of the pause.
        until: Timestamp,
    },
    /// The pause is over: one call goes through and decides.
    HalfOpen,
}

/// One for each loaded provider.
pub struct Breaker {
    clock: Arc<dyn Clock>,
    inner: Mutex<Inner>,
}

struct Inner {
    failures: u32,
    pause: Duration,
    open_until: Option<Timestamp>,
    probing: bool,
}

/// How a call ended, as the breaker counts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The guest answered within its limits.
    Good,
    /// The guest's fault.
    Bad,
}

/// The right to make one call. Dropped without a verdict (no slot, caller gone), it changes nothing.
pub(super) struct Admission<'a> {
    breaker: &'a Breaker,
    probe: bool,
    settled: bool,
}

impl Breaker {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        let inner = Inner { failures: 0, pause: FIRST_PAUSE, open_until: None, probing: false };
        Self { clock, inner: Mutex::new(inner) }
    }

    /// For health.
    #[must_use]
    pub fn state(&self) -> BreakerState {
        match self.lock().open_until {
            None => BreakerState::Closed,
            Some(until) if self.clock.now() < until => BreakerState::Open { until },
            Some(_) => BreakerState::HalfOpen,
        }
    }

    /// Lets a call through, or says how many seconds to wait.
    pub(super) fn admit(&self) -> Result<Admission<'_>, u32> {
        let now = self.clock.now();
        let mut inner = self.lock();
        let probe = match inner.open_until {
            None => false,
            Some(until) if now < until => return Err(seconds_up(until.since(now))),
            Some(_) if inner.probing => return Err(1),
            Some(_) => true,
        };
        inner.probing |= probe;
        Ok(Admission { breaker: self, probe, settled: false })
    }

    fn settle(&self, verdict: Verdict, probe: bool) {
        let mut inner = self.lock();
        match verdict {
            // A late success of a call from before it opened does not close it: the probe decides.
            Verdict::Good if inner.open_until.is_none() || probe => {
                *inner = Inner { failures: 0, pause: FIRST_PAUSE, open_until: None, probing: false };
            }
            Verdict::Good => {}
            Verdict::Bad if probe => {
                inner.pause = (inner.pause * 2).min(LONGEST_PAUSE);
                inner.open_until = Some(self.clock.now().plus(inner.pause));
                inner.probing = false;
            }
            Verdict::Bad => {
                inner.failures = inner.failures.saturating_add(1);
                if inner.failures >= THRESHOLD && inner.open_until.is_none() {
                    inner.open_until = Some(self.clock.now().plus(inner.pause));
                }
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Admission<'_> {
    pub(super) fn settle(mut self, verdict: Verdict) {
        self.settled = true;
        self.breaker.settle(verdict, self.probe);
    }
}

impl Drop for Admission<'_> {
    fn drop(&mut self) {
        if self.probe && !self.settled {
            self.breaker.lock().probing = false;
        }
    }
}

fn seconds_up(duration: Duration) -> u32 {
    u32::try_from(duration.as_micros().div_ceil(1_000_000)).unwrap_or(u32::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use super::*;

    struct Hand(AtomicI64);

    impl Clock for Hand {
        fn now(&self) -> Timestamp {
            Timestamp::from_seconds(self.0.load(Ordering::SeqCst))
        }
    }

    fn breaker() -> (Arc<Hand>, Breaker) {
        let hand = Arc::new(Hand(AtomicI64::new(1000)));
        (hand.clone(), Breaker::new(hand))
    }

    fn fail(breaker: &Breaker, times: u32) {
        for _ in 0..times {
            breaker.admit().ok().unwrap().settle(Verdict::Bad);
        }
    }

    #[test]
    fn opens_after_five_failures_in_a_row() {
        let (_, breaker) = breaker();
        fail(&breaker, 4);
        breaker.admit().ok().unwrap().settle(Verdict::Good);
        fail(&breaker, 4);
        assert_eq!(breaker.state(), BreakerState::Closed);
        fail(&breaker, 1);
        assert_eq!(breaker.state(), BreakerState::Open { until: Timestamp::from_seconds(1005) });
        assert_eq!(breaker.admit().err(), Some(5));
    }

    #[test]
    fn one_probe_decides_and_pauses_double_up_to_a_minute() {
        let (hand, breaker) = breaker();
        fail(&breaker, 5);
        let mut pauses = Vec::new();
        for _ in 0..5 {
            hand.0.fetch_add(60, Ordering::SeqCst);
            assert_eq!(breaker.state(), BreakerState::HalfOpen);
            let probe = breaker.admit().ok().unwrap();
            assert_eq!(breaker.admit().err(), Some(1), "only one at a time");
            probe.settle(Verdict::Bad);
            pauses.extend(breaker.admit().err());
        }
        assert_eq!(pauses, [10, 20, 40, 60, 60]);
        hand.0.fetch_add(60, Ordering::SeqCst);
        breaker.admit().ok().unwrap().settle(Verdict::Good);
        assert_eq!(breaker.state(), BreakerState::Closed);
        fail(&breaker, 4);
        assert_eq!(breaker.state(), BreakerState::Closed, "begins anew");
    }

    #[test]
    fn a_probe_that_was_dropped_leaves_room_for_the_next() {
        let (hand, breaker) = breaker();
        fail(&breaker, 5);
        hand.0.fetch_add(5, Ordering::SeqCst);
        drop(breaker.admit());
        assert!(breaker.admit().is_ok());
    }

    #[test]
    fn late_answers_of_earlier_calls_do_not_decide() {
        let (_, breaker) = breaker();
        let early = breaker.admit().ok().unwrap();
        fail(&breaker, 5);
        early.settle(Verdict::Good);
        assert!(matches!(breaker.state(), BreakerState::Open { .. }));
    }
}
