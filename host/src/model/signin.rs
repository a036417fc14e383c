//! The history of sign-ins and refusals.

use super::{Timestamp, UserId};

/// One attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignIn {
    /// Whose account, if it is known.
    pub user: Option<UserId>,
    /// When.
    pub at: Timestamp,
    /// The provider type.
    pub provider: String,
    /// `ok` or the code of the refusal.
    pub result: String,
    /// Client address.
    pub address: String,
    /// Client software, cut to 255 characters.
    pub user_agent: String,
}

/// Which attempts are asked for; `None` asks for all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignInFilter {
    /// See [`SignIn::user`].
    pub user: Option<UserId>,
    /// See [`SignIn::provider`].
    pub provider: Option<String>,
    /// See [`SignIn::result`].
    pub result: Option<String>,
}

/// What else an attempt can end with, beside `ok` and the codes that providers give to their own refusals.
const REFUSALS: [&str; 10] = [
    "account_disabled",
    "email_taken",
    "factor_required",
    "identity_taken",
    "invalid_credentials",
    "invalid_factor",
    "invalid_fields",
    "no_account",
    "upstream_unavailable",
    "wrong_code",
];

impl SignIn {
    /// The result under which it is counted: a provider may invent codes without end, so all of them are `provider_refused`.
    #[must_use]
    pub fn counted_as(&self) -> &'static str {
        if self.result == OK {
            return OK;
        }
        REFUSALS.into_iter().find(|known| *known == self.result).unwrap_or("provider_refused")
    }
}

/// The result of an attempt that led to a session.
pub const OK: &str = "ok";

/// An hour of the clock (UTC), as whole hours since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hour(pub i64);

impl Hour {
    const MICROS: i64 = 3_600_000_000;

    /// The hour that a time is in.
    #[must_use]
    pub const fn of(at: Timestamp) -> Self {
        Self(at.0.div_euclid(Self::MICROS))
    }

    /// When it begins.
    #[must_use]
    pub const fn begin(self) -> Timestamp {
        Timestamp(self.0.saturating_mul(Self::MICROS))
    }
}

/// Attempts of one hour by one provider with one result.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HourCount {
    /// Which hour.
    pub hour: Hour,
    /// See [`SignIn::provider`].
    pub provider: String,
    /// See [`SignIn::counted_as`].
    pub result: String,
    /// How many, 1 or more.
    pub count: u64,
}
