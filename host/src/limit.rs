//! A rate limit per client in this process: a cheap first look before the one that all gateways share.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use moka::sync::Cache;

use crate::model::{Network, Timestamp, allowance::Rate};

/// The time up to which each client has spent its allowance, in this process alone: what is refused here never reaches the
/// store, however much it is.
pub struct Limit {
    rate: Option<Rate>,
    spent: Cache<Network, Arc<Mutex<Timestamp>>>,
}

impl Limit {
    /// `None`: no limit.
    #[must_use]
    pub fn new(rate: Option<Rate>) -> Self {
        let idle = rate.map_or(Duration::ZERO, |rate| rate.every().saturating_mul(rate.burst()));
        let idle = idle.clamp(Duration::from_mins(1), Duration::from_hours(24));
        Self { rate, spent: Cache::builder().max_capacity(100_000).time_to_idle(idle).build() }
    }

    /// Takes one try of the client's allowance.
    ///
    /// # Errors
    /// How long to wait until the next is free.
    pub fn take(&self, client: Network, now: Timestamp) -> Result<(), Duration> {
        let Some(rate) = self.rate else { return Ok(()) };
        let spent = self.spent.get_with(client, || Arc::new(Mutex::new(now)));
        let mut spent = spent.lock().unwrap_or_else(PoisonError::into_inner);
        let wait = rate.wait(*spent, now);
        if wait > Duration::ZERO {
            return Err(wait);
        }
        let believed = if *spent > rate.farthest(now) { now } else { (*spent).max(now) };
        *spent = believed.plus(rate.every());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(text: &str) -> Network {
        Network::of(text.parse().expect("address"))
    }

    fn a_second(burst: u32) -> Limit {
        Limit::new(Rate::new(burst, Duration::from_secs(1)))
    }

    #[test]
    fn a_burst_then_the_rate() {
        let limit = a_second(3);
        let at = |seconds: i64| Timestamp::from_seconds(1000 + seconds);
        for _ in 0..3 {
            assert_eq!(limit.take(client("192.0.2.1"), at(0)), Ok(()));
        }
        assert_eq!(limit.take(client("192.0.2.1"), at(0)), Err(Duration::from_secs(1)));
        assert_eq!(limit.take(client("192.0.2.2"), at(0)), Ok(()), "another client has its own");
        assert_eq!(limit.take(client("192.0.2.1"), at(1)), Ok(()));
        assert!(limit.take(client("192.0.2.1"), at(1)).is_err());
    }

    #[test]
    fn ipv6_counts_by_its_64() {
        let limit = a_second(1);
        assert!(limit.take(client("2001:db8:1:2::1"), Timestamp(0)).is_ok());
        assert!(limit.take(client("2001:db8:1:2:ffff::9"), Timestamp(0)).is_err());
        assert!(limit.take(client("2001:db8:1:3::1"), Timestamp(0)).is_ok());
        assert!(limit.take(client("::ffff:192.0.2.1"), Timestamp(0)).is_ok());
        assert!(limit.take(client("192.0.2.1"), Timestamp(0)).is_err(), "a mapped address is the same client");
    }

    #[test]
    fn no_rate_is_no_limit() {
        let limit = Limit::new(None);
        assert!((0..1000).all(|_| limit.take(client("192.0.2.1"), Timestamp(0)).is_ok()));
    }
}
