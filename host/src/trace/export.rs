//! The way out: a bounded queue and a thread of its own, so that a slow or dead collector costs no request anything; what
//! does not fit into the queue is dropped.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    trace::{
        BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracer, SdkTracerProvider, SpanData, SpanExporter as ExportSpans, SpanLimits,
    },
};
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt as _;

/// Spans that may wait; each is some hundred bytes.
const QUEUE: usize = 4096;
const BATCH: usize = 512;
const EVERY: Duration = Duration::from_secs(1);
/// One export; the thread does nothing else meanwhile.
const PATIENCE: Duration = Duration::from_secs(3);

/// Where traces go.
pub struct Settings {
    /// The collector; `/v1/traces` is added unless the path ends so.
    pub url: url::Url,
    /// Part of new traces that is kept, from 0 to 1.
    pub sample_ratio: f64,
    /// Sent with every export.
    pub headers: HashMap<String, String>,
}

/// Why traces cannot be exported.
#[derive(Debug, thiserror::Error)]
pub enum TraceError {
    /// No certificates to trust.
    #[error("no TLS for traces: {0}; install the ca-certificates package, or point SSL_CERT_FILE at a PEM bundle")]
    Tls(#[from] rustls::Error),
    /// The HTTP client refuses its settings.
    #[error("the client for traces: {0}")]
    Client(#[from] reqwest::Error),
    /// The exporter refuses its settings.
    #[error("otlp_url: {0}")]
    Exporter(#[from] opentelemetry_otlp::ExporterBuildError),
}

/// The whole address of the collector's endpoint for traces.
#[must_use]
pub fn endpoint(url: &url::Url) -> String {
    let base = url.as_str().trim_end_matches('/');
    if base.ends_with("/v1/traces") { base.to_owned() } else { format!("{base}/v1/traces") }
}

/// Sends spans until it is finished.
pub struct Exporter(SdkTracerProvider);

impl Exporter {
    /// Starts the thread. Not to be called on an async runtime: the client is a blocking one.
    ///
    /// # Errors
    /// See [`TraceError`].
    pub fn start(settings: Settings) -> Result<Self, TraceError> {
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(client(settings.url.scheme() == "https")?)
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(endpoint(&settings.url))
            .with_timeout(PATIENCE)
            .with_headers(settings.headers)
            .build()?;
        let batches =
            BatchConfigBuilder::default().with_max_queue_size(QUEUE).with_max_export_batch_size(BATCH).with_scheduled_delay(EVERY).build();
        let watched = Watched { exporter, failing: Arc::default() };
        let provider = SdkTracerProvider::builder()
            .with_span_processor(BatchSpanProcessor::builder(watched).with_batch_config(batches).build())
            .with_sampler(Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(settings.sample_ratio))))
            .with_span_limits(SpanLimits { max_attributes_per_span: 32, max_links_per_span: 4, ..SpanLimits::default() })
            .with_resource(Resource::builder_empty().with_attributes(identity()).build())
            .build();
        Ok(Self(provider))
    }

    /// What makes spans.
    #[must_use]
    pub fn tracer(&self) -> SdkTracer {
        self.0.tracer("vestibule")
    }

    /// Sends what waits, for so long at most. Blocks.
    pub fn finish(&self, patience: Duration) {
        if let Err(reason) = self.0.shutdown_with_timeout(patience) {
            tracing::warn!(%reason, "the last traces were not delivered");
        }
    }
}

fn identity() -> [opentelemetry::KeyValue; 2] {
    [opentelemetry::KeyValue::new("service.name", "vestibule"), opentelemetry::KeyValue::new("service.version", env!("CARGO_PKG_VERSION"))]
}

/// Without TLS it trusts nobody, so that no https call could succeed by mistake.
fn client(secure: bool) -> Result<reqwest::blocking::Client, TraceError> {
    let builder =
        ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider())).with_safe_default_protocol_versions()?;
    let tls = if secure {
        builder.with_platform_verifier()?.with_no_client_auth()
    } else {
        builder.with_root_certificates(RootCertStore::empty()).with_no_client_auth()
    };
    let client = reqwest::blocking::Client::builder().tls_backend_preconfigured(tls).no_proxy().referer(false);
    Ok(client.redirect(reqwest::redirect::Policy::none()).connect_timeout(PATIENCE).timeout(PATIENCE).build()?)
}

/// Tells the operator once when the collector goes away, and once when it is back.
#[derive(Debug)]
struct Watched {
    exporter: SpanExporter,
    failing: Arc<AtomicBool>,
}

impl ExportSpans for Watched {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len();
        let outcome = self.exporter.export(batch).await;
        match &outcome {
            Err(reason) if !self.failing.swap(true, Ordering::Relaxed) => {
                tracing::warn!(%reason, spans, "traces are not delivered; spans are dropped until the collector answers");
            }
            Ok(()) if self.failing.swap(false, Ordering::Relaxed) => tracing::info!("traces are delivered again"),
            _ => {}
        }
        outcome
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}
