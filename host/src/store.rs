//! What must be kept: accounts, and what ends by itself (sessions, flows, short-lived data).
//!
//! One trait for each noun; a method is one atomic operation, and no transaction is held above the store. Not found is
//! `Ok(None)`; the flow decides what it means. Every implementation passes the contract suite in `tests/`.

pub mod allowance;
pub mod audit;
pub mod credential;
pub mod error;
pub mod identity;
pub mod import;
pub mod invitation;
pub mod key;
pub mod kv;
pub mod open;
pub mod outbox;
pub mod place;
pub mod proof;
pub mod records;
pub mod recovery_code;
pub mod redis;
pub mod role;
pub mod session;
pub mod signin;
pub mod sql;
pub mod step;
pub mod switch;
pub mod upkeep;
pub mod user;

use async_trait::async_trait;

pub use error::{OpenError, Result, StoreError};

/// Everything about accounts and about the gateway itself.
pub trait Accounts:
    user::Users
    + identity::Identities
    + credential::Credentials
    + place::Places
    + recovery_code::RecoveryCodes
    + role::Roles
    + signin::SignIns
    + audit::Audit
    + switch::Switches
    + invitation::Invitations
    + key::Keys
    + outbox::Mails
    + import::Imports
    + import::Exports
    + Health
{
}

impl<T> Accounts for T where
    T: user::Users
        + identity::Identities
        + credential::Credentials
        + place::Places
        + recovery_code::RecoveryCodes
        + role::Roles
        + signin::SignIns
        + audit::Audit
        + switch::Switches
        + invitation::Invitations
        + key::Keys
        + outbox::Mails
        + import::Imports
        + import::Exports
        + Health
{
}

/// Everything that ends by itself; may live in another store than the accounts.
pub trait Ephemeral: session::Sessions + step::Steps + proof::Proofs + kv::Kv + allowance::Allowances + Health {}

impl<T> Ephemeral for T where T: session::Sessions + step::Steps + proof::Proofs + kv::Kv + allowance::Allowances + Health {}

/// A store as it is opened: it can keep everything, whether or not it is asked to.
pub trait Store: Accounts + Ephemeral + upkeep::Upkeep + records::Records {}

impl<T> Store for T where T: Accounts + Ephemeral + upkeep::Upkeep + records::Records {}

/// Whether the store can be reached.
#[async_trait]
pub trait Health: Send + Sync {
    /// One cheap round trip.
    async fn ping(&self) -> Result<()>;
    /// What this program would still have to migrate; reads only.
    async fn pending(&self) -> Result<Vec<String>>;
    /// How its connections stand.
    fn connections(&self) -> Vec<Connections>;
}

/// A pool of connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connections {
    /// Which.
    pub name: &'static str,
    /// At work.
    pub used: u32,
    /// Open, without work.
    pub idle: u32,
    /// Most that it may open.
    pub most: u32,
}
