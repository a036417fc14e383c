//! `vestibule keys`.

use std::time::Duration;

use clap::Subcommand;

use crate::{
    app::{self, stores::Stores},
    clock::{Clock, SystemClock},
    config::{Config, value::Value},
    flow::key::KeyMaker,
    model::audit::{Actor, AuditEntry},
    random::SystemRandom,
    store::Accounts,
};

/// What to do with signing keys.
#[derive(Subcommand)]
pub enum KeysCommand {
    /// Add a key: published at once, signing after `key_publish_lead`. Old ones stay published while their tokens live.
    Rotate {
        /// Sign after this time instead (0s: at once; verifiers that cache the keys may then refuse new tokens for a while).
        #[arg(long, value_name = "DURATION")]
        after: Option<String>,
    },
    /// List the keys.
    List,
}

/// Runs one of them.
///
/// # Errors
/// If the store is out of reach, or a duration malformed.
pub async fn run(command: KeysCommand, config: &Config) -> anyhow::Result<()> {
    let store = Stores::open(config).await?.accounts();
    match command {
        KeysCommand::Rotate { after } => rotate(config, &*store, after.as_deref()).await,
        KeysCommand::List => list(&*store).await,
    }
}

async fn rotate(config: &Config, store: &dyn Accounts, after: Option<&str>) -> anyhow::Result<()> {
    let parse = |text| <Duration as Value>::parse(text).map_err(|expected| anyhow::anyhow!("--after is {text:?}: {expected}"));
    let lead = after.map(parse).transpose()?.unwrap_or(config.key_publish_lead);
    let secret = app::secret_key(config)?;
    let maker =
        KeyMaker { accounts: store, secret: &secret, random: &SystemRandom, clock: &SystemClock, algorithm: config.signing_algorithm };
    // The new key takes over from one that is there; without any there is nobody to take over from.
    maker.ensure_first().await?;
    let key = maker.rotate(lead).await?;
    let detail = format!("signs from {}", key.active_from.rfc3339());
    let entry = AuditEntry {
        at: SystemClock.now(),
        actor: Actor::Operator,
        action: "key.rotate".to_owned(),
        target: format!("key:{}", key.kid),
        detail,
    };
    store.record_audit(&entry).await?;
    println!("key {} ({}) is published and signs from {}", key.kid, key.algorithm.as_str(), key.active_from.rfc3339());
    Ok(())
}

async fn list(store: &dyn Accounts) -> anyhow::Result<()> {
    for key in store.signing_keys().await? {
        println!("{}  {}  made {}  signs from {}", key.kid, key.algorithm.as_str(), key.created_at.rfc3339(), key.active_from.rfc3339());
    }
    Ok(())
}
