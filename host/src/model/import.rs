//! Users that come from another system, or leave for one: what a line of a file says of each.

mod read;
mod write;

use std::collections::BTreeMap;

use super::{Email, Secret, Timestamp, user::NewIdentity};

pub use write::Columns;

/// The fields of a line, in the order in which they are written.
pub const FIELDS: &[&str] = &[
    "email",
    "login",
    "email_verified",
    "display_name",
    "locale",
    "roles",
    "disabled",
    "created_at",
    "password_hash",
    "profile",
    "identities",
];

/// A user without the number that belongs to this gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortableUser {
    /// Canonical address, unique.
    pub email: Option<Email>,
    /// See [`User::email_verified`](super::user::User::email_verified).
    pub email_verified: bool,
    /// Chosen by the user.
    pub display_name: Option<String>,
    /// A BCP 47 tag.
    pub locale: Option<String>,
    /// Names of roles that exist.
    pub roles: Vec<String>,
    /// Switched off.
    pub disabled: bool,
    /// When the account was made.
    pub created_at: Timestamp,
    /// Of this system or another.
    pub password_hash: Option<Secret<String>>,
    /// As people see it, whoever wrote it.
    pub profile: BTreeMap<String, String>,
    /// Ways in and second factors, each once.
    pub identities: Vec<NewIdentity>,
}

/// How far the import of a file has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// SHA-256 (hex) of the file and how it was read.
    pub file: String,
    /// Lines (or records) that need not be looked at again.
    pub lines: u64,
    /// Nothing is left: the next import of the file begins anew.
    pub is_done: bool,
}
