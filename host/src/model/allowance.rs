//! Allowances: how often something may happen. A burst at once, and one more after each interval (generic cell rate
//! algorithm, ITU-T I.371, with one point in time for each name).

use std::time::Duration;

use super::Timestamp;

/// How far the clocks of gateways may be apart.
const SKEW: Duration = Duration::from_mins(1);

/// A burst, and how fast it comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    burst: u32,
    every: Duration,
}

impl Rate {
    /// `burst` at once, then one `every` so long. `None`, which is no limit, if either is zero.
    #[must_use]
    pub fn new(burst: u32, every: Duration) -> Option<Self> {
        (burst > 0 && !every.is_zero()).then_some(Self { burst, every })
    }

    /// The interval after which one more is allowed.
    #[must_use]
    pub const fn every(self) -> Duration {
        self.every
    }

    /// How many are allowed at once.
    #[must_use]
    pub const fn burst(self) -> u32 {
        self.burst
    }

    /// How long until one may be taken from an allowance that is spent up to the given time; zero if one is left.
    #[must_use]
    pub fn wait(self, spent_to: Timestamp, now: Timestamp) -> Duration {
        if spent_to > self.farthest(now) { Duration::ZERO } else { spent_to.since(self.latest(now)) }
    }

    /// Nothing can be spent beyond this point, even by a gateway whose clock is ahead: what is was written before a clock was
    /// set back, and counts for nothing. People would else be locked out for as long as the clock was wrong.
    #[must_use]
    pub fn farthest(self, now: Timestamp) -> Timestamp {
        now.plus(self.every.saturating_mul(self.burst)).plus(SKEW)
    }

    /// An allowance that is spent up to this point or less has one left.
    #[must_use]
    pub fn latest(self, now: Timestamp) -> Timestamp {
        now.plus(self.every.saturating_mul(self.burst - 1))
    }
}

/// One allowance. Its name says what is limited and for whom; nobody is to be recognised in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Unique.
    pub name: String,
    /// What it grants.
    pub rate: Rate,
}

/// What came of taking one from each of several allowances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// One was taken from each.
    All,
    /// Nothing was taken.
    Refused {
        /// Position of the first that is spent.
        which: usize,
        /// Until one may be taken from it.
        wait: Duration,
    },
}

/// What is left of an allowance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Left {
    /// Until one may be taken; zero: now.
    pub wait: Duration,
    /// Whether it is whole.
    pub whole: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_is_no_limit() {
        assert_eq!(Rate::new(0, Duration::from_secs(1)), None);
        assert_eq!(Rate::new(1, Duration::ZERO), None);
    }

    #[test]
    fn a_burst_is_spent_when_the_next_would_go_beyond_it() {
        let rate = Rate::new(3, Duration::from_secs(10)).expect("a rate");
        let at = Timestamp::from_seconds;
        assert_eq!(rate.wait(at(120), at(100)), Duration::ZERO, "two are spent");
        assert_eq!(rate.wait(at(130), at(100)), Duration::from_secs(10), "three are");
        assert_eq!(rate.wait(at(130), at(104)), Duration::from_secs(6));
        assert_eq!(rate.wait(at(130), at(110)), Duration::ZERO);
    }

    #[test]
    fn what_a_wrong_clock_has_spent_counts_for_nothing() {
        let rate = Rate::new(3, Duration::from_secs(10)).expect("a rate");
        let at = Timestamp::from_seconds;
        assert_eq!(rate.wait(at(190), at(100)), Duration::from_secs(70), "a clock that is ahead by a minute");
        assert_eq!(rate.wait(at(191), at(100)), Duration::ZERO);
        assert_eq!(rate.wait(at(86_400), at(100)), Duration::ZERO);
    }

    #[test]
    fn huge_rates_saturate() {
        let rate = Rate::new(u32::MAX, Duration::from_secs(u64::MAX / 2)).expect("a rate");
        assert_eq!(rate.wait(Timestamp(i64::MAX), Timestamp(0)), Duration::ZERO);
    }
}
