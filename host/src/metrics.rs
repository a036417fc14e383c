//! What the gateway counts and measures, for `/metrics`: typed instruments, owned by whoever has the [`Metrics`]; no globals.
//!
//! Labels are bounded: routes are templates, provider types are the operator's, everything else is a word of ours.

pub mod entry;
pub mod http;
pub mod process;
pub mod provider;
pub mod state;
pub mod tally;
mod text;

use prometheus_client::{
    metrics::{family::Family, histogram::Histogram, info::Info},
    registry::Registry,
};

use self::{entry::EntryMetrics, http::HttpMetrics, process::ProcessMetrics, provider::ProviderMetrics, state::StateMetrics};

/// Bounds of latencies, in seconds: from what a token check takes to what a slow upstream may.
const SECONDS: [f64; 14] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// A histogram for each set of labels.
type Latencies<L> = Family<L, Histogram, fn() -> Histogram>;

fn latencies<L: Clone + std::hash::Hash + Eq>() -> Latencies<L> {
    Family::new_with_constructor(|| Histogram::new(SECONDS))
}

/// All instruments of one gateway.
pub struct Metrics {
    registry: Registry,
    /// Requests.
    pub http: HttpMetrics,
    /// Sign-ups, sign-ins and sessions.
    pub entry: EntryMetrics,
    /// Calls of providers.
    pub provider: ProviderMetrics,
    /// How things stand; filled when somebody asks.
    pub state: StateMetrics,
    process: ProcessMetrics,
    started: f64,
}

impl Metrics {
    /// For a process of this version that began at `started`, in seconds since 1970.
    #[must_use]
    pub fn new(version: &'static str, started: f64) -> Self {
        let mut registry = Registry::default();
        let build = Info::new([("version", version)]);
        registry.register("vestibule_build", "The version that runs.", build);
        Self {
            http: HttpMetrics::register(&mut registry),
            entry: EntryMetrics::register(&mut registry),
            provider: ProviderMetrics::register(&mut registry),
            state: StateMetrics::register(&mut registry),
            process: ProcessMetrics::register(&mut registry, started),
            registry,
            started,
        }
    }

    /// When the process began, in seconds since 1970.
    #[must_use]
    pub const fn started(&self) -> f64 {
        self.started
    }

    /// The text format of Prometheus, version 0.0.4.
    ///
    /// # Panics
    /// Never: a `String` takes what is written to it.
    #[must_use]
    pub fn text(&self) -> String {
        self.process.look();
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &self.registry).expect("a String takes everything");
        text::classic(&text)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn every_sample_has_its_type_under_its_own_name() {
        let metrics = Metrics::new("1", 0.0);
        metrics.http.done("/me", "GET", 200, Duration::from_millis(1));
        let text = metrics.text();
        for line in [
            "# TYPE vestibule_http_requests_total counter",
            "vestibule_http_requests_total{route=\"/me\",method=\"GET\",status=\"200\"} 1",
            "# TYPE vestibule_http_request_duration_seconds histogram",
            "vestibule_http_request_duration_seconds_bucket{le=\"0.001\",route=\"/me\",method=\"GET\"} 1",
            "# TYPE vestibule_build_info gauge",
            "vestibule_build_info{version=\"1\"} 1",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
        }
        assert!(!text.contains("# EOF"));
    }
}
