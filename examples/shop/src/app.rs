//! Builds the house: the one place that knows every room.

use std::sync::Arc;

use crate::{
    clock::SystemClock,
    flow::Flow,
    identity::{Keys, Verifier},
    settings::Settings,
    store::Store,
};

/// Opens the database, brings its schema up to date, and joins everything. The gateway is not asked yet: it may start later.
///
/// # Errors
/// If the database is out of reach, or its schema cannot be brought up to date.
pub async fn build(settings: &Settings) -> anyhow::Result<Arc<Flow>> {
    let keys = Keys::new(settings.jwks_url.clone())?;
    let store = Store::open(&settings.database_url).await?;
    store.migrate().await?;
    let verifier = Verifier { keys, issuer: settings.issuer.clone(), audience: settings.audience.clone() };
    Ok(Arc::new(Flow { store, verifier, clock: Arc::new(SystemClock) }))
}
