//! What the sandbox needs from the rest of the house, given in by `app`. Namespaces are provider types.

use std::sync::Arc;

use async_trait::async_trait;

use crate::{clock::Clock, random::Random};

/// A port's failure: the store or the mailer is out of reach. The call ends with `unavailable`.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct PortError(pub String);

/// An identity as its own provider may see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownIdentity {
    /// Within the provider.
    pub subject: String,
    /// Declared attributes that are kept.
    pub attributes: Vec<(String, String)>,
    /// The provider's own data.
    pub private: Option<Vec<u8>>,
}

/// Identities of one provider type.
#[async_trait]
pub trait IdentityPort: Send + Sync {
    /// By subject; `attributes` are the names that the provider declared.
    async fn find(&self, provider: &str, attributes: &[String], subject: &str) -> Result<Option<KnownIdentity>, PortError>;
}

/// Short-lived data of one provider type.
#[async_trait]
pub trait KvPort: Send + Sync {
    /// Sets a value.
    async fn put(&self, provider: &str, key: &str, value: Vec<u8>, ttl_seconds: u32) -> Result<(), PortError>;
    /// Reads a value.
    async fn get(&self, provider: &str, key: &str) -> Result<Option<Vec<u8>>, PortError>;
    /// Reads and removes a value, in one step.
    async fn take(&self, provider: &str, key: &str) -> Result<Option<Vec<u8>>, PortError>;
    /// Adds to a counter.
    async fn increment(&self, provider: &str, key: &str, by: u32, ttl_seconds: u32) -> Result<u64, PortError>;
}

/// A mail that a provider wants sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderMail {
    /// The provider type.
    pub provider: String,
    /// The template's name.
    pub template: String,
    /// Canonical address.
    pub to: crate::model::Email,
    /// Subject, from the operator's template, filled in.
    pub subject: String,
    /// Text, from the operator's template, filled in.
    pub text: String,
}

/// Takes mails; they leave later.
#[async_trait]
pub trait MailPort: Send + Sync {
    /// Takes one.
    async fn send(&self, mail: ProviderMail) -> Result<(), PortError>;
}

/// All of them.
#[derive(Clone)]
pub struct Ports {
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
    /// Identities.
    pub identities: Arc<dyn IdentityPort>,
    /// Short-lived data.
    pub kv: Arc<dyn KvPort>,
    /// Mail.
    pub mail: Arc<dyn MailPort>,
}
