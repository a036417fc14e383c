//! Where outbound calls may go at all, whatever a provider was granted: addresses are judged after DNS, and the
//! connection is made to exactly the addresses that were judged.

pub mod address;
pub mod resolve;
pub mod tls;

use std::{sync::Arc, time::Duration};

use reqwest::{Client, redirect::Policy};

use self::{
    resolve::{Lookup, PublicOnly, SystemLookup},
    tls::{NoTls, Tls},
};
use crate::clock::Clock;

/// Until a connection stands, TLS included.
const CONNECT: Duration = Duration::from_secs(3);
const HEADER_BYTES: u32 = 16 * 1024;

/// The way out, shared by all provider types.
pub struct Egress {
    lookup: Arc<dyn Lookup>,
    tls: Tls,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) total: Duration,
}

/// The client cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum EgressError {
    /// No certificates to trust.
    #[error(transparent)]
    Tls(#[from] NoTls),
    /// The HTTP client refuses its settings.
    #[error("outbound calls are not possible: {0}")]
    Client(#[from] reqwest::Error),
    /// The process is ending.
    #[error("outbound calls are not possible: {0}")]
    Ending(#[from] tokio::task::JoinError),
}

impl Egress {
    /// With the system's look-up of names.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self::with_lookup(Arc::new(SystemLookup::default()), clock)
    }

    /// With another look-up of names. A call ends after 5 seconds.
    #[must_use]
    pub fn with_lookup(lookup: Arc<dyn Lookup>, clock: Arc<dyn Clock>) -> Self {
        Self { lookup, tls: Tls::default(), clock, total: Duration::from_secs(5) }
    }

    /// Ends calls after another time.
    #[must_use]
    pub fn with_total_time(self, total: Duration) -> Self {
        Self { total, ..self }
    }

    /// A client that follows no redirects, uses no proxy, keeps no cookies and connects to public addresses only (and to
    /// those that a URL names by number, which the caller must have judged). `secure`: for https.
    pub(super) async fn client(self: &Arc<Self>, secure: bool) -> Result<Client, EgressError> {
        let this = Arc::clone(self);
        // Reading the system's certificates blocks.
        let tls = tokio::task::spawn_blocking(move || if secure { this.tls.config() } else { tls::trusting_nobody() }).await??;
        let client = Client::builder()
            .tls_backend_preconfigured(tls)
            .dns_resolver(PublicOnly::new(Arc::clone(&self.lookup)))
            .redirect(Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .referer(false)
            .user_agent(concat!("vestibule/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT)
            .timeout(self.total)
            .pool_max_idle_per_host(4)
            .pool_idle_timeout(Duration::from_secs(30))
            .http2_max_header_list_size(HEADER_BYTES)
            .build()?;
        Ok(client)
    }
}
