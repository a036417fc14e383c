//! What calls came to, for people: the instruments of the library tell nobody but a scraper.

use std::{collections::BTreeMap, time::Duration};

/// Steps between one power of two and the next: a latency is told to an eighth of itself.
const STEPS: usize = 8;
/// Of microseconds: the last one is beyond a day.
const POWERS: usize = 37;

/// Calls of one provider since this process began.
#[derive(Clone, Debug)]
pub struct Tally {
    outcomes: BTreeMap<&'static str, u64>,
    latencies: Vec<u64>,
}

impl Default for Tally {
    fn default() -> Self {
        Self { outcomes: BTreeMap::new(), latencies: vec![0; STEPS * POWERS] }
    }
}

impl Tally {
    pub(super) fn add(&mut self, outcome: &'static str, took: Duration) {
        *self.outcomes.entry(outcome).or_default() += 1;
        self.latencies[place(took)] += 1;
    }

    /// All calls.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.outcomes.values().sum()
    }

    /// How often each outcome was; the words are those of the metrics.
    #[must_use]
    pub const fn outcomes(&self) -> &BTreeMap<&'static str, u64> {
        &self.outcomes
    }

    /// What so many of a hundred calls did not exceed; `None` before the first call.
    #[must_use]
    pub fn percentile(&self, share: u64) -> Option<Duration> {
        let rank = (self.calls() * share).div_ceil(100).max(1);
        let mut passed = 0;
        let place = self.latencies.iter().position(|count| {
            passed += count;
            passed >= rank
        });
        place.map(upper)
    }
}

/// The power of two below a time, and the step from there.
fn place(took: Duration) -> usize {
    let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX).max(1);
    let power = micros.ilog2();
    let step = ((u128::from(micros) << 3) >> power) & 7;
    let place = usize::try_from(power).unwrap_or(POWERS) * STEPS + usize::try_from(step).unwrap_or_default();
    place.min(STEPS * POWERS - 1)
}

/// The longest time of a place.
fn upper(place: usize) -> Duration {
    let (power, step) = (place / STEPS, u64::try_from(place % STEPS).unwrap_or_default());
    Duration::from_nanos(((1000 << power) * (9 + step)) / 8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_lies_below_its_upper_end_and_an_eighth_beside_it() {
        for micros in [1, 2, 3, 7, 8, 100, 999, 1000, 123_456, 10_000_000, 86_400_000_000] {
            let took = Duration::from_micros(micros);
            let told = upper(place(took));
            assert!(told > took && told <= took * 9 / 8 + Duration::from_nanos(1), "{took:?} is told as {told:?}");
        }
        assert_eq!(place(Duration::MAX), STEPS * POWERS - 1);
        assert_eq!(place(Duration::ZERO), 0);
    }

    #[test]
    fn percentiles_and_outcomes() {
        let mut tally = Tally::default();
        assert_eq!((tally.calls(), tally.percentile(50)), (0, None));
        for number in 1..=100 {
            tally.add(if number > 97 { "limit" } else { "ok" }, Duration::from_millis(number));
        }
        assert_eq!((tally.calls(), tally.outcomes()["limit"]), (100, 3));
        for (share, millis) in [(50, 50), (95, 95), (99, 99)] {
            let (told, exact) = (tally.percentile(share).unwrap(), Duration::from_millis(millis));
            assert!(told >= exact && told <= exact * 9 / 8 + Duration::from_millis(1), "{share}: {told:?}");
        }
    }
}
