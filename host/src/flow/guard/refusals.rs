//! What the limits refused: counted for operators, and logged now and then.

use std::{
    fmt,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use moka::sync::Cache;

/// How often one and the same limit is logged.
const LOGGED_EVERY: Duration = Duration::from_mins(1);

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $name:literal,)+) => {
        /// What a limit is about.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Kind { $($(#[$doc])* $kind,)+ }

        impl Kind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$kind),+];

            /// As logs and metrics write it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$kind => $name,)+ }
            }
        }
    };
}

kinds! {
    /// Calls of open routes, by network.
    Client = "client",
    /// Sign-ups, by network.
    Signup = "signup",
    /// Wrong proofs, by account and network.
    Failures = "failures",
    /// Wrong proofs from networks that the account is not known at, by account.
    Strangers = "strangers",
    /// Tries from such networks where no code can be mailed, by account and network.
    Delay = "delay",
    /// Proofs asked for again within a session, by session.
    Session = "session",
    /// Codes of challenges, by account and network.
    Codes = "codes",
    /// Mails that anybody can ask for, by address.
    Mail = "mail",
    /// Mails with codes of challenges, by address.
    CodeMail = "code-mail",
    /// Mails that anybody can ask for, codes of challenges included, by network.
    ClientMail = "client-mail",
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Counts since the start of this process.
pub struct Refusals {
    counts: [AtomicU64; Kind::ALL.len()],
    logged: Cache<String, ()>,
}

impl Default for Refusals {
    fn default() -> Self {
        Self { counts: Default::default(), logged: Cache::builder().max_capacity(10_000).time_to_live(LOGGED_EVERY).build() }
    }
}

impl Refusals {
    /// How often each kind of limit refused something.
    pub fn counts(&self) -> impl Iterator<Item = (Kind, u64)> {
        Kind::ALL.iter().zip(&self.counts).map(|(kind, count)| (*kind, count.load(Ordering::Relaxed)))
    }

    /// Counts one; logs it if this very limit was not logged for a minute. Its name is a digest.
    pub(super) fn count(&self, kind: Kind, name: &str) {
        self.counts[kind as usize].fetch_add(1, Ordering::Relaxed);
        if self.logged.entry_by_ref(name).or_insert(()).is_fresh() {
            tracing::info!(limit = kind.as_str(), name, "a limit refuses tries");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_by_kind() {
        let refusals = Refusals::default();
        refusals.count(Kind::Mail, "mail:x");
        refusals.count(Kind::Mail, "mail:y");
        refusals.count(Kind::Client, "client:x");
        let counts: Vec<_> = refusals.counts().filter(|(_, count)| *count > 0).collect();
        assert_eq!(counts, [(Kind::Client, 1), (Kind::Mail, 2)]);
    }
}
