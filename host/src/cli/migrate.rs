//! `vestibule migrate`.

use crate::{config::Config, store::sql::SqlStore};

/// Applies migrations.
///
/// # Errors
/// If the database is out of reach, or newer than this program.
pub async fn migrate(config: &Config) -> anyhow::Result<()> {
    let store = SqlStore::open(&config.database()).await?;
    store.migrate().await?;
    println!("the database is up to date");
    Ok(())
}
