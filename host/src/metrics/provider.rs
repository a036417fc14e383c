//! Calls of providers, and how each provider type stands.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError, atomic::AtomicU64},
    time::Duration,
};

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::Registry,
};

use super::{Latencies, latencies, tally::Tally};

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Called {
    provider: String,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Provider {
    provider: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Status {
    status: &'static str,
}

/// How a live provider stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Standing {
    /// Calls that run now.
    pub running: usize,
    /// CPU time of its calls since it was loaded.
    pub cpu: Duration,
    /// 0 closed, 1 one call is to decide, 2 open.
    pub breaker: i64,
}

/// Ways to sign in.
pub struct ProviderMetrics {
    calls: Family<Called, Counter>,
    seconds: Latencies<Provider>,
    running: Family<Provider, Gauge>,
    cpu: Family<Provider, Counter<f64, AtomicU64>>,
    breaker: Family<Provider, Gauge>,
    types: Family<Status, Gauge>,
    tallies: Mutex<BTreeMap<String, Tally>>,
}

impl ProviderMetrics {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let this = Self {
            calls: Family::default(),
            seconds: latencies(),
            running: Family::default(),
            cpu: Family::default(),
            breaker: Family::default(),
            types: Family::default(),
            tallies: Mutex::default(),
        };
        registry.register("vestibule_provider_calls", "Calls of providers, by outcome.", this.calls.clone());
        registry.register("vestibule_provider_call_duration_seconds", "Calls of providers, waiting included.", this.seconds.clone());
        registry.register("vestibule_provider_calls_in_flight", "Calls that run now.", this.running.clone());
        registry.register("vestibule_provider_cpu_seconds", "CPU time of calls since the component was loaded.", this.cpu.clone());
        registry.register("vestibule_provider_breaker_state", "0 closed, 1 about to try again, 2 open.", this.breaker.clone());
        registry.register("vestibule_providers", "Provider types, by how they stand.", this.types.clone());
        this
    }

    /// A call ended.
    pub fn called(&self, provider: &str, outcome: &'static str, took: Duration) {
        self.seconds.get_or_create(&Provider { provider: provider.to_owned() }).observe(took.as_secs_f64());
        self.calls.get_or_create(&Called { provider: provider.to_owned(), outcome }).inc();
        let mut tallies = self.tallies.lock().unwrap_or_else(PoisonError::into_inner);
        tallies.entry(provider.to_owned()).or_default().add(outcome, took);
    }

    /// What the calls of a provider came to so far.
    #[must_use]
    pub fn tally(&self, provider: &str) -> Tally {
        self.tallies.lock().unwrap_or_else(PoisonError::into_inner).get(provider).cloned().unwrap_or_default()
    }

    /// How all live providers stand; what is told of others is forgotten.
    pub fn standing<'a>(&self, live: impl Iterator<Item = (&'a str, Standing)>) {
        self.running.clear();
        self.cpu.clear();
        self.breaker.clear();
        for (provider, standing) in live {
            let labels = Provider { provider: provider.to_owned() };
            self.running.get_or_create(&labels).set(i64::try_from(standing.running).unwrap_or(i64::MAX));
            self.cpu.get_or_create(&labels).inc_by(standing.cpu.as_secs_f64());
            self.breaker.get_or_create(&labels).set(standing.breaker);
        }
    }

    /// How many provider types stand so.
    pub fn types(&self, status: &'static str, count: usize) {
        self.types.get_or_create(&Status { status }).set(i64::try_from(count).unwrap_or(i64::MAX));
    }
}
