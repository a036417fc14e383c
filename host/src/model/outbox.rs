//! Mails that have to leave, as the stores keep them: sealed, and claimed by one process at a time.

use std::time::Duration;

use super::{Email, MailId, Timestamp};

/// A mail to be kept until it has left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMail {
    /// Canonical address.
    pub recipient: Email,
    /// A letter's name, or `PROVIDER:NAME`.
    pub template: String,
    /// The mail itself, sealed.
    pub sealed: Vec<u8>,
    /// When; it may leave from then on.
    pub created_at: Timestamp,
    /// No try is put off beyond it.
    pub give_up_at: Timestamp,
}

/// A mail that one process may try to send, until its claim runs out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimedMail {
    /// Its id.
    pub id: MailId,
    /// Canonical address.
    pub recipient: Email,
    /// A letter's name, or `PROVIDER:NAME`.
    pub template: String,
    /// The mail itself, sealed.
    pub sealed: Vec<u8>,
    /// Tries, this one included.
    pub attempts: u32,
    /// When it was posted.
    pub created_at: Timestamp,
    /// No try is put off beyond it.
    pub give_up_at: Timestamp,
}

/// Who claims mails, and for how long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailClaim {
    /// Unique to this claim.
    pub by: String,
    /// Now.
    pub at: Timestamp,
    /// From then on others may claim the same mails.
    pub until: Timestamp,
    /// Most mails.
    pub most: u32,
}

/// What came of a try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MailOutcome {
    /// Taken by the next server; its content is forgotten.
    Sent,
    /// To be tried again.
    Deferred {
        /// When.
        next_at: Timestamp,
        /// What went wrong.
        error: String,
    },
    /// Given up; the content stays for an administrator's retry.
    Failed {
        /// What went wrong.
        error: String,
    },
    /// Not tried after all.
    Released,
}

/// How a mail stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailState {
    /// Has to leave.
    Pending,
    /// Has left.
    Sent,
    /// Was given up.
    Failed,
}

impl MailState {
    /// As the stores and the API write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Sent => "sent",
            Self::Failed => "failed",
        }
    }

    /// The reverse of [`Self::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Pending, Self::Sent, Self::Failed].into_iter().find(|state| state.as_str() == text)
    }
}

/// A mail as administrators see it: never its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxEntry {
    /// Its id.
    pub id: MailId,
    /// To whom.
    pub recipient: String,
    /// A letter's name, or `PROVIDER:NAME`.
    pub template: String,
    /// How it stands.
    pub state: MailState,
    /// Tries so far.
    pub attempts: u32,
    /// When it is tried next, if it waits.
    pub next_at: Option<Timestamp>,
    /// What went wrong at the last try.
    pub last_error: Option<String>,
    /// When it was posted.
    pub created_at: Timestamp,
    /// When it was sent or given up.
    pub done_at: Option<Timestamp>,
}

/// How full the outbox is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutboxDepth {
    /// Mails that have to leave.
    pub pending: u64,
    /// Mails that have left and are still listed.
    pub sent: u64,
    /// Mails that were given up.
    pub failed: u64,
    /// How long the oldest of those that have to leave has waited.
    pub oldest_pending: Option<Duration>,
}
