//! What the operator grants: `NAME.toml` beside `NAME.wasm`.

pub mod host;
mod parse;
mod secret;
mod table;

use std::collections::BTreeMap;

pub use parse::Surroundings;
pub use secret::secret_files;
pub use table::GrantError;

use crate::model::{Secret, signup::SignupPolicy};

/// The operator's word about one provider type. Without a file: enabled, and no grant at all.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a key of the operator's file, and independent of the others")]
pub struct Grants {
    /// `enabled`, default true.
    pub enabled: bool,
    /// `component`: the file that serves this type, default `NAME.wasm`.
    pub component: Option<String>,
    /// `sha256`: lower-case hex; another file is refused.
    pub sha256: Option<String>,
    /// `vouch`, default false.
    pub vouch: bool,
    /// `factor`, default false.
    pub factor: bool,
    /// `signup`, default true; false: it has no form for sign-ups at all.
    pub signup: bool,
    /// `signup` as a word: goes before the gateway's setting.
    pub signup_policy: Option<SignupPolicy>,
    /// `hosts` for `http`: `name`, `name:port` or, outside production, a loopback `address:port`.
    pub hosts: Vec<String>,
    /// `mail`, default false.
    pub mail: bool,
    /// `[settings]`.
    pub settings: BTreeMap<String, String>,
    /// `[secrets]`, read from environment or file at load.
    pub secrets: BTreeMap<String, GrantedSecret>,
    /// `[mails.NAME]`: templates; `code` is built in.
    pub mails: BTreeMap<String, MailTemplate>,
    /// `[limits]`.
    pub limits: Limits,
}

impl Default for Grants {
    fn default() -> Self {
        Self {
            enabled: true,
            component: None,
            sha256: None,
            vouch: false,
            factor: false,
            signup: true,
            signup_policy: None,
            hosts: Vec::new(),
            mail: false,
            settings: BTreeMap::new(),
            secrets: BTreeMap::new(),
            mails: BTreeMap::from([("code".to_owned(), MailTemplate::code())]),
            limits: Limits::default(),
        }
    }
}

/// A secret that the host inserts by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantedSecret {
    /// Its value.
    pub value: Secret<String>,
    /// Hosts that it may be sent to: all granted ones unless the file says less; empty: none (it then serves `hmac` only).
    pub hosts: Vec<String>,
}

/// A mail template of the operator's: `{name}` stands for a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailTemplate {
    /// One line.
    pub subject: String,
    /// Plain text.
    pub text: String,
}

impl MailTemplate {
    /// The built-in template `code`, which `[mails.code]` replaces.
    #[must_use]
    pub fn code() -> Self {
        Self {
            subject: "Your code is {code}".to_owned(),
            text: "Your code is {code}\n\nIf you did not ask for it, you can ignore this mail.\n".to_owned(),
        }
    }
}

/// What one call may use; what exceeds a limit ends this call alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// CPU time in the guest, milliseconds (in ticks of 10).
    pub cpu_ms: u64,
    /// Wall-clock time of the whole call, milliseconds.
    pub wall_ms: u64,
    /// Memory of all instances together, MiB.
    pub memory_mib: u64,
    /// Outbound fetches.
    pub fetches: u32,
    /// Largest answer of a fetch, KiB.
    pub fetch_kib: u32,
    /// Mails.
    pub mails: u32,
    /// Calls of `kv` and `identities`.
    pub lookups: u32,
    /// Calls of `crypto`.
    pub hashes: u32,
    /// Log lines.
    pub log_lines: u32,
    /// Calls of this provider at the same time; further ones wait for at most a second, then get 503.
    pub concurrent: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            cpu_ms: 200,
            wall_ms: 10_000,
            memory_mib: 128,
            fetches: 5,
            fetch_kib: 256,
            mails: 2,
            lookups: 50,
            hashes: 200,
            log_lines: 50,
            concurrent: 32,
        }
    }
}
