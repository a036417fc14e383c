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
