//! The audit log: what administrators, operators and the gateway itself changed.

use super::{Timestamp, UserId};

/// Who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A user, through the API.
    User(UserId),
    /// Somebody with a shell on the machine, or with the plugins directory.
    Operator,
    /// The gateway itself.
    Gateway,
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// What, `noun.verb` (`provider.disable`, `session.reuse`).
    pub action: String,
    /// To what (`provider:facebook`, `user:7`).
    pub target: String,
    /// More, for people. No secrets.
    pub detail: String,
}

/// Which entries are asked for; `None` asks for all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// See [`AuditEntry::actor`].
    pub actor: Option<Actor>,
    /// See [`AuditEntry::action`].
    pub action: Option<String>,
    /// See [`AuditEntry::target`].
    pub target: Option<String>,
}
