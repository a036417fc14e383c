//! Requests, by the template of their route, and what they were refused for.

use std::time::Duration;

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::Registry,
};

use super::{Latencies, latencies};

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    route: String,
    method: &'static str,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: String,
    method: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Kind {
    kind: String,
}

/// What comes in and goes out.
pub struct HttpMetrics {
    requests: Family<Answered, Counter>,
    seconds: Latencies<Route>,
    in_flight: Gauge,
    refusals: Family<Kind, Counter>,
    store_errors: Family<Kind, Counter>,
}

/// A request that is being answered; ends with the value.
pub struct InFlight<'a>(&'a Gauge);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl HttpMetrics {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let this = Self {
            requests: Family::default(),
            seconds: latencies(),
            in_flight: Gauge::default(),
            refusals: Family::default(),
            store_errors: Family::default(),
        };
        registry.register("vestibule_http_requests", "Requests that were answered.", this.requests.clone());
        registry.register("vestibule_http_request_duration_seconds", "From the head of a request to its answer.", this.seconds.clone());
        registry.register("vestibule_http_requests_in_flight", "Requests that are being answered.", this.in_flight.clone());
        registry.register("vestibule_limit_refusals", "Requests refused for a limit, by the code of the answer.", this.refusals.clone());
        registry.register("vestibule_store_errors", "Failures of the store, by kind.", this.store_errors.clone());
        this
    }

    /// A request has come.
    #[must_use]
    pub fn begin(&self) -> InFlight<'_> {
        self.in_flight.inc();
        InFlight(&self.in_flight)
    }

    /// A request was answered. `route` is a template, never the path that the caller wrote.
    pub fn done(&self, route: &str, method: &'static str, status: u16, took: Duration) {
        let labels = Route { route: route.to_owned(), method };
        self.seconds.get_or_create(&labels).observe(took.as_secs_f64());
        self.requests.get_or_create(&Answered { route: labels.route, method, status }).inc();
    }

    /// A request met a limit; `code` is one of ours.
    pub fn refused(&self, code: &str) {
        self.refusals.get_or_create(&Kind { kind: code.to_owned() }).inc();
    }

    /// The store failed: `unavailable`, `broken` or `statement`.
    pub fn store_failed(&self, kind: &str) {
        self.store_errors.get_or_create(&Kind { kind: kind.to_owned() }).inc();
    }
}
