//! `vestibule migrate`.

use crate::{app::stores::Stores, config::Config};

/// Applies migrations.
///
/// # Errors
/// If the database is out of reach, or newer than this program.
pub async fn migrate(config: &Config) -> anyhow::Result<()> {
    Stores::migrate(config).await?;
    println!("the database is up to date");
    Ok(())
}
