//! What happens: sign-up, sign-in, sessions, one's own account, providers. Limits, asks, decides, stores and audits; knows
//! no HTTP. This is the only room that sees all the others.

pub mod account;
pub mod address;
pub mod admin;
pub mod audit;
pub mod authenticate;
pub mod browser;
pub mod challenge;
pub mod copy;
mod enrolment;
pub mod error;
pub mod export;
mod factor;
pub mod gate;
pub mod guard;
pub mod health;
pub mod history;
pub mod housekeeping;
pub mod identity;
pub mod import;
pub mod introspection;
pub mod invitation;
pub mod key;
mod linking;
mod mail;
mod measure;
pub mod outbox;
pub mod overview;
pub mod password;
pub mod policy;
pub mod port;
pub mod proof;
pub mod provider;
pub mod proxy;
pub mod qr;
pub mod recovery;
pub mod recovery_code;
pub mod register;
mod revocation;
pub mod role;
mod sealed;
pub mod seed;
pub mod service;
pub mod session;
pub mod shown;
pub mod signin;
pub mod signup;
mod tries;
pub mod user;
pub mod verification;
pub mod verified;
mod waiting;

use std::{
    net::IpAddr,
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use arc_swap::ArcSwap;

pub use error::Error;

use crate::{
    clock::Clock,
    mail::Templates,
    metrics::Metrics,
    model::{key::Algorithm, proof::Verification, signup::SignupPolicy},
    password::{policy::Policy, pool::HashPool},
    provider::Providers,
    random::Random,
    store::{Accounts, Ephemeral},
    token::{keyring::KeyRing, pair::Issuer, seal::SecretKey},
};

/// The result of every flow.
pub type Result<T> = std::result::Result<T, Error>;

/// The house at work: what every flow needs. Built by `app` alone.
pub struct Flow {
    /// Accounts.
    pub accounts: Arc<dyn Accounts>,
    /// Sessions, pending steps, short-lived data.
    pub ephemeral: Arc<dyn Ephemeral>,
    /// Ways to sign in.
    pub providers: Providers,
    /// Hashing.
    pub passwords: HashPool,
    /// What a new password must be.
    pub policy: Policy,
    /// The published signing keys.
    pub keys: ArcSwap<KeyRing>,
    /// When the store was last asked for keys.
    pub keys_asked: tokio::sync::Mutex<Option<tokio::time::Instant>>,
    /// Opens sealed signing keys.
    pub secret_key: SecretKey,
    /// What tokens say.
    pub issuer: Issuer,
    /// Who may ask about tokens.
    pub services: service::Services,
    /// Mails on their way out.
    pub outbox: Arc<outbox::Outbox>,
    /// The gateway's own letters.
    pub templates: Templates,
    /// Limits on tries.
    pub guard: guard::Guard,
    /// What is counted and measured.
    pub metrics: Arc<Metrics>,
    /// Set when the process has been told to stop: it finishes what it has, and is no longer ready.
    pub stopping: AtomicBool,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
    /// What is behind the gateway.
    pub routes: proxy::Routes,
    /// Life times.
    pub terms: Terms,
    /// What was found about tokens, sessions and users a moment ago.
    pub seen: authenticate::Seen,
}

/// Life times and names that the operator chose.
#[derive(Clone, Debug)]
pub struct Terms {
    /// `public_url` without a slash at the end.
    pub public_url: String,
    /// Absolute life of a session.
    pub session_ttl: Duration,
    /// A session ends if it is not refreshed for so long.
    pub session_idle: Duration,
    /// How long after a sign-in a session may change ways in, second factors and addresses.
    pub reauthentication_window: Duration,
    /// How long the history of sign-ins is kept.
    pub signin_history_ttl: Duration,
    /// Origins besides our own where people may be sent after a sign-in, without a slash at the end.
    pub return_origins: Vec<String>,
    /// Whether addresses must be proven.
    pub email_verification: Verification,
    /// Life of a proof of an address.
    pub verification_ttl: Duration,
    /// Life of a proof that resets a password.
    pub recovery_ttl: Duration,
    /// Who may sign up.
    pub signup: SignupPolicy,
    /// Life of an invitation.
    pub invitation_ttl: Duration,
    /// How long invitations are kept that work no more.
    pub invitation_history_ttl: Duration,
    /// How late a repeated refresh gets the same pair.
    pub retry_window: Duration,
    /// How long a new key is published before it signs.
    pub key_publish_lead: Duration,
    /// How new keys sign.
    pub signing_algorithm: Algorithm,
    /// Where the gateway's data is.
    pub disk: health::Disk,
}

/// Who is calling, as far as the connection tells.
#[derive(Clone, Debug)]
pub struct Client {
    /// Client address, behind trusted proxies too.
    pub address: IpAddr,
    /// `User-Agent`, cut to 255 characters.
    pub user_agent: String,
    /// `X-Request-Id` of the answer.
    pub request_id: String,
    /// Of `Accept-Language` the best that the gateway speaks, or else the best.
    pub locale: String,
}

impl Client {
    /// One of two texts, by the client's language.
    #[must_use]
    pub fn reads<'a>(&self, english: &'a str, russian: &'a str) -> &'a str {
        let primary = self.locale.split('-').next().unwrap_or_default();
        if primary.eq_ignore_ascii_case("ru") { russian } else { english }
    }
}
