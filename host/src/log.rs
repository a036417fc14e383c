//! Structured logs: JSON in production, readable elsewhere; to standard error, since standard output belongs to commands.
//! And traces, when a collector is configured.
//!
//! Nothing secret is ever given to a log: secrets have no `Debug`, and requests are logged by their route, not their
//! query.

use std::{collections::HashMap, io::IsTerminal};

use tracing::{Metadata, Subscriber, level_filters::LevelFilter};
use tracing_subscriber::{EnvFilter, Layer, filter::FilterFn, fmt, layer::SubscriberExt, registry::LookupSpan, util::SubscriberInitExt};

use crate::{
    config::{Config, Mode},
    trace::{
        self,
        export::{Exporter, Settings},
    },
};

/// How this process logs.
pub struct Format {
    filter: EnvFilter,
    json: bool,
}

impl Format {
    /// From the settings.
    ///
    /// # Errors
    /// If `log_level` or `log_format` cannot be read.
    pub fn read(config: &Config) -> anyhow::Result<Self> {
        let filter = EnvFilter::try_new(&config.log_level)
            .map_err(|error| anyhow::anyhow!("log_level is {:?}: {error}; expected such as info or vestibule=debug", config.log_level))?;
        let json = match (config.log_format.as_str(), config.mode) {
            ("json", _) | ("", Mode::Production) => true,
            ("text" | "", _) => false,
            (other, _) => anyhow::bail!("log_format is {other:?}: expected json or text"),
        };
        // Spans for the collector have a target of their own: the log never shows them.
        Ok(Self { filter: filter.add_directive(format!("{}=off", trace::TARGET).parse()?), json })
    }
}

/// Where traces go, if anywhere.
///
/// # Errors
/// If `otlp_headers` cannot be read; it is not repeated.
pub fn trace_settings(config: &Config) -> anyhow::Result<Option<Settings>> {
    let Some(url) = &config.otlp_url else { return Ok(None) };
    let given = config.otlp_headers.as_ref().map(|headers| headers.expose().as_str()).unwrap_or_default();
    let pairs = given.split(',').map(str::trim).filter(|pair| !pair.is_empty());
    let headers: Option<HashMap<String, String>> = pairs
        .map(|pair| pair.split_once('=').map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned())))
        .map(|pair| pair.filter(|(name, value)| is_header(name, value)))
        .collect();
    let headers = headers.ok_or_else(|| anyhow::anyhow!("otlp_headers cannot be read: expected NAME=VALUE, comma-separated"))?;
    Ok(Some(Settings { url: url.clone(), sample_ratio: config.otlp_sample_ratio.0, headers }))
}

fn is_header(name: &str, value: &str) -> bool {
    !name.is_empty()
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
        && value.bytes().all(|b| (0x20..0x7f).contains(&b))
}

/// Starts logging, and tracing if a collector is configured, for this process. Not on an async runtime.
///
/// # Errors
/// If a setting cannot be read, or logging has begun already.
pub fn start(config: &Config) -> anyhow::Result<Option<Exporter>> {
    let Format { filter, json } = Format::read(config)?;
    let exporter = trace_settings(config)?.map(Exporter::start).transpose()?;
    match &exporter {
        // One filter for all is the fastest.
        None => tracing_subscriber::registry().with(filter).with(lines(json)).try_init()?,
        Some(exporter) => {
            let layer = tracing_opentelemetry::layer().with_tracer(exporter.tracer()).with_location(false).with_threads(false);
            let layer = layer.with_target(false).with_level(false).with_tracked_inactivity(false);
            let ours = |metadata: &Metadata<'_>| metadata.is_span() && metadata.target() == trace::TARGET;
            let spans = FilterFn::new(ours).with_max_level_hint(LevelFilter::INFO);
            tracing_subscriber::registry().with(lines(json).with_filter(filter)).with(layer.with_filter(spans)).try_init()?;
        }
    }
    Ok(exporter)
}

fn lines<S>(json: bool) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    if json {
        let layer = fmt::layer().json().flatten_event(true).with_current_span(true).with_span_list(false);
        layer.with_writer(std::io::stderr).boxed()
    } else {
        fmt::layer().with_ansi(std::io::stderr().is_terminal()).with_target(false).with_writer(std::io::stderr).boxed()
    }
}
