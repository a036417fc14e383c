//! A rate limit per client, before anything costly runs.

use std::{
    net::{IpAddr, Ipv6Addr},
    sync::Mutex,
    time::Duration,
};

use moka::sync::Cache;

use crate::model::Timestamp;

/// A token bucket for each client address (for IPv6: each /64, the least that one customer gets).
pub struct Limit {
    rate: Option<Rate>,
    buckets: Cache<IpAddr, std::sync::Arc<Mutex<Bucket>>>,
}

#[derive(Clone, Copy)]
struct Rate {
    micros_per_try: i64,
    burst: i64,
}

/// The time up to which the allowance is spent (generic cell rate algorithm).
struct Bucket(i64);

impl Limit {
    /// `per_minute` 0: no limit.
    #[must_use]
    pub fn new(per_minute: u32, burst: u32) -> Self {
        let rate = (per_minute > 0).then(|| Rate { micros_per_try: 60_000_000 / i64::from(per_minute), burst: i64::from(burst.max(1)) });
        let idle = rate.map_or(60, |rate| (rate.micros_per_try * rate.burst / 1_000_000 + 60).unsigned_abs());
        Self { rate, buckets: Cache::builder().max_capacity(100_000).time_to_idle(Duration::from_secs(idle)).build() }
    }

    /// Takes one try of the client's allowance.
    ///
    /// # Errors
    /// How long to wait until the next is free.
    pub fn take(&self, client: IpAddr, now: Timestamp) -> Result<(), Duration> {
        let Some(rate) = self.rate else { return Ok(()) };
        let bucket = self.buckets.get_with(network(client), || std::sync::Arc::new(Mutex::new(Bucket(now.0))));
        let mut bucket = bucket.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let next = bucket.0.max(now.0) + rate.micros_per_try;
        let early = next - now.0 - rate.micros_per_try * rate.burst;
        if early > 0 {
            return Err(Duration::from_micros(early.unsigned_abs()));
        }
        bucket.0 = next;
        Ok(())
    }
}

fn network(client: IpAddr) -> IpAddr {
    match client.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64))),
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("address")
    }

    #[test]
    fn a_burst_then_the_rate() {
        let limit = Limit::new(60, 3);
        let at = |seconds: i64| Timestamp::from_seconds(1000 + seconds);
        for _ in 0..3 {
            assert_eq!(limit.take(ip("192.0.2.1"), at(0)), Ok(()));
        }
        assert_eq!(limit.take(ip("192.0.2.1"), at(0)), Err(Duration::from_secs(1)));
        assert_eq!(limit.take(ip("192.0.2.2"), at(0)), Ok(()), "another client has its own");
        assert_eq!(limit.take(ip("192.0.2.1"), at(1)), Ok(()));
        assert!(limit.take(ip("192.0.2.1"), at(1)).is_err());
    }

    #[test]
    fn ipv6_counts_by_its_64() {
        let limit = Limit::new(1, 1);
        assert!(limit.take(ip("2001:db8:1:2::1"), Timestamp(0)).is_ok());
        assert!(limit.take(ip("2001:db8:1:2:ffff::9"), Timestamp(0)).is_err());
        assert!(limit.take(ip("2001:db8:1:3::1"), Timestamp(0)).is_ok());
        assert!(limit.take(ip("::ffff:192.0.2.1"), Timestamp(0)).is_ok());
        assert!(limit.take(ip("192.0.2.1"), Timestamp(0)).is_err(), "a mapped address is the same client");
    }

    #[test]
    fn zero_is_no_limit() {
        let limit = Limit::new(0, 1);
        assert!((0..1000).all(|_| limit.take(ip("192.0.2.1"), Timestamp(0)).is_ok()));
    }
}
