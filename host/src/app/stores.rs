//! The stores that the configuration names: one for accounts, and the same or another one for what ends by itself.

use std::sync::Arc;

use crate::{
    config::Config,
    store::{
        Accounts, Ephemeral, OpenError, Store,
        open::{Limits, open},
        upkeep::Kept,
    },
};

const HALF_COPIED: &str =
    "the database holds a copy of another store that has not ended: wait for `vestibule store copy`, or run it again with --start-over";

/// Opened, and in the form that this program knows.
#[derive(Clone)]
pub struct Stores {
    accounts: Arc<dyn Store>,
    ephemeral: Arc<dyn Store>,
}

impl Stores {
    /// Opens both and brings them up to date, if the configuration says so.
    ///
    /// # Errors
    /// If one is out of reach, newer than this program, or older and not to be migrated.
    pub async fn open(config: &Config) -> anyhow::Result<Self> {
        let stores = Self::connect(config).await?;
        for store in stores.each() {
            if config.migrate_on_start {
                store.migrate().await?;
            } else {
                let pending = store.pending_migrations().await?;
                anyhow::ensure!(pending.is_empty(), "the database lacks {}: run `vestibule migrate`", pending.join(", "));
            }
            anyhow::ensure!(!store.is_half_copied().await?, HALF_COPIED);
        }
        Ok(stores)
    }

    /// Opens both and brings them up to date, whatever the configuration says.
    ///
    /// # Errors
    /// If one is out of reach, or newer than this program.
    pub async fn migrate(config: &Config) -> anyhow::Result<()> {
        let stores = Self::connect(config).await?;
        for store in stores.each() {
            store.migrate().await?;
        }
        stores.close().await;
        Ok(())
    }

    async fn connect(config: &Config) -> anyhow::Result<Self> {
        let (url, sessions_url) = (config.database(), config.sessions_url.expose());
        let limits = Limits { connections: config.database_connections, wait: config.database_wait };
        let accounts = open(url.expose(), limits).await.map_err(|error| named("database_url", error))?;
        let ephemeral = if sessions_url.is_empty() || sessions_url == url.expose() {
            accounts.clone()
        } else {
            open(sessions_url, limits).await.map_err(|error| named("sessions_url", error))?
        };
        Ok(Self { accounts, ephemeral })
    }

    /// Logs what about the stores' own settings may lose what they are given.
    pub async fn warn(&self) {
        let mut kept = vec![("database_url", &self.accounts, Kept::Accounts)];
        if !Arc::ptr_eq(&self.accounts, &self.ephemeral) {
            kept.push(("sessions_url", &self.ephemeral, Kept::Sessions));
        }
        for (setting, store, kept) in kept {
            match store.doubts(kept).await {
                Ok(doubts) => {
                    for doubt in doubts {
                        tracing::warn!(setting, mend = doubt.mend, "{}", doubt.problem);
                    }
                }
                Err(reason) => tracing::warn!(setting, %reason, "whether the store keeps what it is given is unknown"),
            }
        }
    }

    /// Who keeps accounts and the gateway itself.
    #[must_use]
    pub fn accounts(&self) -> Arc<dyn Accounts> {
        self.accounts.clone()
    }

    /// Who keeps sessions, steps, proofs, allowances and short-lived data.
    #[must_use]
    pub fn ephemeral(&self) -> Arc<dyn Ephemeral> {
        self.ephemeral.clone()
    }

    /// Closes both; the accounts last.
    pub async fn close(&self) {
        let mut stores = self.each();
        stores.reverse();
        for store in stores {
            store.close().await;
        }
    }

    /// Each store once.
    fn each(&self) -> Vec<&dyn Store> {
        if Arc::ptr_eq(&self.accounts, &self.ephemeral) { vec![&*self.accounts] } else { vec![&*self.accounts, &*self.ephemeral] }
    }
}

/// With the setting that is to blame. What is wrong with a `database_url` says so itself.
fn named(setting: &'static str, error: OpenError) -> anyhow::Error {
    if setting == "database_url" && matches!(error, OpenError::Url(_)) { error.into() } else { anyhow::Error::new(error).context(setting) }
}
