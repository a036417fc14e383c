//! How a call of a provider ends when it does not end in a step: whose fault it is, and what the log says.

use wasmtime::{PoolConcurrencyLimitError, Trap};

use super::{breaker::Verdict, limiter::Limiter};
use crate::model::provider::Refusal;

/// What a call used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Limit {
    /// `cpu_ms`.
    #[error("cpu")]
    Cpu,
    /// `wall_ms`.
    #[error("wall")]
    Wall,
    /// `memory_mib`.
    #[error("memory")]
    Memory,
    /// Elements of tables.
    #[error("table")]
    Table,
    /// Recursion.
    #[error("stack")]
    Stack,
    /// Bytes of one answer, or of the arguments of one host function.
    #[error("answer")]
    Answer,
    /// `fetches`.
    #[error("fetches")]
    Fetches,
    /// `mails`.
    #[error("mails")]
    Mails,
    /// `lookups`: `kv` and `identities` together.
    #[error("lookups")]
    Lookups,
    /// `hashes`: functions of `crypto`.
    #[error("hashes")]
    Hashes,
    /// `log_lines`, standard output and error included.
    #[error("log lines")]
    LogLines,
    /// Handles of WASI resources.
    #[error("handles")]
    Handles,
}

/// Why a call gave no step.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The provider does not go on: an ordinary answer.
    #[error("the provider refused")]
    Refused(Refusal),
    /// The guest went beyond a limit.
    #[error("went beyond its limit: {limit}")]
    Limit {
        /// Which.
        limit: Limit,
    },
    /// The guest broke down.
    #[error("broke down: {0}")]
    Trapped(String),
    /// The guest said what the contract forbids.
    #[error("broke the contract: {0}")]
    BadAnswer(String),
    /// The guest did what the operator did not grant.
    #[error("is not granted: {0}")]
    NotGranted(String),
    /// Too many calls of this provider, or of all, at the same time: try again in a second.
    #[error("too many calls at the same time")]
    Busy,
    /// The circuit breaker is open.
    #[error("failed too often; paused for {retry_after} s")]
    Open {
        /// Seconds to wait.
        retry_after: u32,
    },
    /// The store or the mailer is out of reach.
    #[error("what it needs is out of reach: {0}")]
    Unavailable(String),
}

impl CallError {
    /// What the circuit breaker makes of it; none if it says nothing about the guest.
    pub(super) fn verdict(&self) -> Option<Verdict> {
        match self {
            Self::Refused(_) => Some(Verdict::Good),
            Self::Limit { .. } | Self::Trapped(_) | Self::BadAnswer(_) | Self::NotGranted(_) => Some(Verdict::Bad),
            Self::Busy | Self::Open { .. } | Self::Unavailable(_) => None,
        }
    }

    /// One line for the operator. What the guest refuses is for the flow to tell.
    pub(super) fn log(&self, provider: &str, request_id: &str) {
        match self {
            Self::Refused(_) => {}
            Self::Limit { limit } => tracing::warn!(provider, request_id, limit = %limit, "a provider went beyond its limit"),
            Self::Busy | Self::Open { .. } => tracing::warn!(provider, request_id, reason = %self, "a provider was not called"),
            error => tracing::warn!(provider, request_id, reason = %error, "a call of a provider failed"),
        }
    }
}

/// Why a host function ends the call.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Halt {
    #[error("{0}")]
    Limit(Limit),
    /// An argument that the contract forbids.
    #[error("{0}")]
    BadCall(String),
    /// `describe` called what it must not.
    #[error("describe must be pure, but called {0}")]
    Impure(&'static str),
    #[error("{0}")]
    Unavailable(String),
}

impl From<Halt> for CallError {
    fn from(halt: Halt) -> Self {
        match halt {
            Halt::Limit(limit) => Self::Limit { limit },
            Halt::BadCall(what) => Self::BadAnswer(what),
            Halt::Impure(_) => Self::BadAnswer(halt.to_string()),
            Halt::Unavailable(what) => Self::Unavailable(what),
        }
    }
}

/// What wasmtime's error means. The limiter knows what the guest hides behind an `unreachable`.
pub(super) fn classify(error: &wasmtime::Error, limiter: &Limiter) -> CallError {
    if let Some(halt) = error.downcast_ref::<Halt>() {
        return halt.clone().into();
    }
    if error.is::<PoolConcurrencyLimitError>() {
        return CallError::Busy;
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::Interrupt) => CallError::Limit { limit: Limit::Cpu },
        Some(Trap::StackOverflow) => CallError::Limit { limit: Limit::Stack },
        _ if limiter.refused_memory() => CallError::Limit { limit: Limit::Memory },
        _ if limiter.refused_table() => CallError::Limit { limit: Limit::Table },
        Some(trap) => CallError::Trapped(trap.to_string()),
        None => classify_text(&format!("{error:#}")),
    }
}

/// Errors that wasmtime keeps private are known by their words only.
fn classify_text(text: &str) -> CallError {
    if text.contains("fuel allocated for hostcalls") {
        CallError::Limit { limit: Limit::Answer }
    } else if text.contains("handle") && text.contains("limit") || text.contains("resource table has no free keys") {
        CallError::Limit { limit: Limit::Handles }
    } else {
        CallError::Trapped(super::text::for_log(text))
    }
}
