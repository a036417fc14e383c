//! Gives the sandbox its ports: identities, short-lived data and mail, from the rooms that have them.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;

use super::{outbox::Outbox, sealed::open_factor};
use crate::{
    clock::{Clock, SystemClock},
    mail::Mail,
    model::{Timestamp, switch::Switch},
    provider::{
        directory::SwitchSource,
        port::{IdentityPort, KnownIdentity, KvPort, MailPort, PortError, Ports, ProviderMail},
    },
    random::SystemRandom,
    store::{Accounts, Ephemeral, StoreError},
    token::seal::SecretKey,
};

impl From<StoreError> for PortError {
    fn from(error: StoreError) -> Self {
        Self(error.to_string())
    }
}

/// Identities and declared attributes, from the accounts.
pub struct StoredIdentities {
    /// Keep them.
    pub accounts: Arc<dyn Accounts>,
    /// Opens what is kept of second factors.
    pub secret_key: SecretKey,
}

#[async_trait]
impl IdentityPort for StoredIdentities {
    async fn find(&self, provider: &str, attributes: &[String], subject: &str) -> Result<Option<KnownIdentity>, PortError> {
        let Some(identity) = self.accounts.identity(provider, subject).await? else { return Ok(None) };
        let mut kept = self.accounts.profile_of(identity.user, provider).await?;
        kept.retain(|(name, _)| attributes.contains(name));
        let private = match identity.private {
            Some(sealed) if identity.is_factor => {
                let opened = open_factor(&self.secret_key, provider, subject, &sealed);
                Some(opened.map_err(|error| PortError(error.to_string()))?)
            }
            private => private,
        };
        Ok(Some(KnownIdentity { subject: identity.subject, attributes: kept, private }))
    }
}

/// Short-lived data, from the sessions' store.
pub struct StoredKv {
    /// Keeps it.
    pub store: Arc<dyn Ephemeral>,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

impl StoredKv {
    fn end(&self, ttl_seconds: u32) -> Timestamp {
        self.clock.now().plus(Duration::from_secs(ttl_seconds.into()))
    }
}

#[async_trait]
impl KvPort for StoredKv {
    async fn put(&self, provider: &str, key: &str, value: Vec<u8>, ttl_seconds: u32) -> Result<(), PortError> {
        Ok(self.store.kv_put(provider, key, &value, self.end(ttl_seconds)).await?)
    }

    async fn get(&self, provider: &str, key: &str) -> Result<Option<Vec<u8>>, PortError> {
        Ok(self.store.kv_get(provider, key, self.clock.now()).await?)
    }

    async fn take(&self, provider: &str, key: &str) -> Result<Option<Vec<u8>>, PortError> {
        Ok(self.store.kv_take(provider, key, self.clock.now()).await?)
    }

    async fn increment(&self, provider: &str, key: &str, by: u32, ttl_seconds: u32) -> Result<u64, PortError> {
        Ok(self.store.kv_increment(provider, key, by, self.clock.now(), self.end(ttl_seconds)).await?)
    }
}

/// The administrators' switches, from the accounts.
pub struct StoredSwitches(pub Arc<dyn Accounts>);

#[async_trait]
impl SwitchSource for StoredSwitches {
    async fn switches(&self) -> Option<Vec<Switch>> {
        self.0.switches().await.inspect_err(|reason| tracing::warn!(%reason, "the providers' switches cannot be read")).ok()
    }
}

/// No switches: where there is no store, only the operator's files count.
pub struct NoSwitches;

#[async_trait]
impl SwitchSource for NoSwitches {
    async fn switches(&self) -> Option<Vec<Switch>> {
        Some(Vec::new())
    }
}

/// Ports for commands that load providers and never call them.
#[must_use]
pub fn none() -> Ports {
    Ports {
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        identities: Arc::new(Nowhere),
        kv: Arc::new(Nowhere),
        mail: Arc::new(Nowhere),
    }
}

/// Answers every question with an error.
struct Nowhere;

fn nowhere<T>() -> Result<T, PortError> {
    Err(PortError("this command has no store".to_owned()))
}

#[async_trait]
impl IdentityPort for Nowhere {
    async fn find(&self, _: &str, _: &[String], _: &str) -> Result<Option<KnownIdentity>, PortError> {
        nowhere()
    }
}

#[async_trait]
impl KvPort for Nowhere {
    async fn put(&self, _: &str, _: &str, _: Vec<u8>, _: u32) -> Result<(), PortError> {
        nowhere()
    }
    async fn get(&self, _: &str, _: &str) -> Result<Option<Vec<u8>>, PortError> {
        nowhere()
    }
    async fn take(&self, _: &str, _: &str) -> Result<Option<Vec<u8>>, PortError> {
        nowhere()
    }
    async fn increment(&self, _: &str, _: &str, _: u32, _: u32) -> Result<u64, PortError> {
        nowhere()
    }
}

#[async_trait]
impl MailPort for Nowhere {
    async fn send(&self, _: ProviderMail) -> Result<(), PortError> {
        nowhere()
    }
}

/// Mail, into the outbox.
pub struct LaterMail(pub Arc<Outbox>);

#[async_trait]
impl MailPort for LaterMail {
    async fn send(&self, mail: ProviderMail) -> Result<(), PortError> {
        tracing::info!(provider = %mail.provider, template = mail.template, "a provider sends a mail");
        let template = format!("{}:{}", mail.provider, mail.template);
        let mail = Mail { to: mail.to, subject: mail.subject, text: mail.text, html: None };
        Ok(self.0.put(&mail, &template).await?)
    }
}
