//! The operator's configuration: one file (`vestibule.toml`), environment variables above it, `.env` below both.
//!
//! Every key has a default and stands once, in [`settings`]; its doc comment is the manual
//! (`docs/configuration.md` is made from it). All mistakes are reported together.

pub mod environment;
pub mod mode;
mod proxy;
pub mod service;
pub mod settings;
pub mod source;
pub mod value;

use std::path::{Path, PathBuf};

pub use environment::Environment;
pub use mode::Mode;
pub use settings::Config;

/// The file that is read if no other is named.
pub const DEFAULT_FILE: &str = "vestibule.toml";

/// Everything that is wrong with a configuration, one line each.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct ConfigErrors(pub Vec<String>);

/// Reads the configuration of a process that is to work.
///
/// # Errors
/// Those of [`read`], and in production everything unsafe; each with the way to mend it.
pub fn load(file: Option<&Path>, environment: &Environment) -> Result<Config, ConfigErrors> {
    let config = read(file, environment)?;
    let unsafe_settings = config.unsafe_in_production();
    if config.mode == Mode::Production && !unsafe_settings.is_empty() {
        return Err(ConfigErrors(unsafe_settings));
    }
    Ok(config)
}

/// Reads the configuration, safe or not.
///
/// # Errors
/// Every unreadable, unknown or malformed key, with the way to mend it.
pub fn read(file: Option<&Path>, environment: &Environment) -> Result<Config, ConfigErrors> {
    let mode = Mode::read(environment).map_err(|error| ConfigErrors(vec![error]))?;
    let path = file.map_or_else(|| PathBuf::from(DEFAULT_FILE), Path::to_path_buf);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && file.is_none() => String::new(),
        Err(error) => return Err(ConfigErrors(vec![format!("{}: {error}", path.display())])),
    };
    let source = source::Source::parse(&text, &path.display().to_string(), mode, environment).map_err(ConfigErrors)?;
    Config::read(&source).map_err(ConfigErrors)
}
