//! Structured logs: one JSON object a line, to standard error. Tokens and query strings are never given to it.

use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt, util::SubscriberInitExt};

/// Starts logging for this process.
///
/// # Errors
/// If `SHOP_LOG` cannot be read, or logging has begun already.
pub fn start(filter: &str) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(filter)
        .map_err(|error| anyhow::anyhow!("SHOP_LOG is {filter:?}: {error}; expected such as info or shop=debug"))?;
    let layer = fmt::layer().json().flatten_event(true).with_current_span(true).with_span_list(false);
    tracing_subscriber::registry().with(filter).with(layer.with_writer(std::io::stderr)).try_init()?;
    Ok(())
}
