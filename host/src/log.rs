//! Structured logs: JSON in production, readable elsewhere; to standard error, since standard output belongs to commands.
//!
//! Nothing secret is ever given to a log: secrets have no `Debug`, and requests are logged by their route, not their
//! query.

use std::io::IsTerminal;

use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt, util::SubscriberInitExt};

use crate::config::{Config, Mode};

/// Starts logging for this process.
///
/// # Errors
/// If `log_level` or `log_format` cannot be read, or logging has begun already.
pub fn start(config: &Config) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&config.log_level)
        .map_err(|error| anyhow::anyhow!("log_level is {:?}: {error}; expected such as info or vestibule=debug", config.log_level))?;
    let json = match (config.log_format.as_str(), config.mode) {
        ("json", _) | ("", Mode::Production) => true,
        ("text" | "", _) => false,
        (other, _) => anyhow::bail!("log_format is {other:?}: expected json or text"),
    };
    let registry = tracing_subscriber::registry().with(filter);
    if json {
        let layer = fmt::layer().json().flatten_event(true).with_current_span(true).with_span_list(false);
        registry.with(layer.with_writer(std::io::stderr)).try_init()?;
    } else {
        let layer = fmt::layer().with_ansi(std::io::stderr().is_terminal()).with_target(false);
        registry.with(layer.with_writer(std::io::stderr)).try_init()?;
    }
    Ok(())
}
