//! Sessions: one row each, with a rotation counter instead of a table of refresh tokens.

use std::time::Duration;

use super::{SessionId, Timestamp, UserId};

/// A session as it is stored. Everything in a token pair follows from this row alone, so that a repeated refresh can be
/// answered with the same pair, byte for byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Given by the store.
    pub id: SessionId,
    /// Whose it is.
    pub user: UserId,
    /// The provider types used (`amr`).
    pub amr: Vec<String>,
    /// SHA-256 (hex) of the provider's component that made it.
    pub provider_digest: String,
    /// Counts rotations; a refresh token carries the value at its making.
    pub counter: i64,
    /// Roles at the last rotation.
    pub roles: Vec<String>,
    /// Claims of the provider, a JSON object, under the provider's name.
    pub ext: serde_json::Map<String, serde_json::Value>,
    /// The key that signs the current pair.
    pub kid: String,
    /// When the current pair was made.
    pub rotated_at: Timestamp,
    /// Sign-in.
    pub created_at: Timestamp,
    /// Absolute end; rotation never extends it.
    pub expires_at: Timestamp,
    /// Ends earlier if it is not refreshed until then.
    pub idle_expires_at: Timestamp,
    /// Set when it ended.
    pub ended: Option<Ended>,
    /// Where the sign-in came from.
    pub address: String,
    /// `User-Agent` of the sign-in, cut to 255 characters.
    pub user_agent: String,
}

impl Session {
    /// Whether it can be used at `now`.
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.ended.is_none() && now < self.expires_at && now < self.idle_expires_at
    }
}

/// When and why a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: EndReason,
}

/// Why a session ended before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndReason {
    /// The user signed out here.
    Logout,
    /// The user signed out everywhere, or ended it from another device.
    LogoutAll,
    /// A spent refresh token came back.
    Reuse,
    /// The password was changed or reset.
    Password,
    /// The account's address was changed.
    Address,
    /// The account was disabled or deleted.
    Account,
    /// An administrator ended it.
    Administrator,
}

impl EndReason {
    /// As the stores write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Logout => "logout",
            Self::LogoutAll => "logout_all",
            Self::Reuse => "reuse",
            Self::Password => "password",
            Self::Address => "address",
            Self::Account => "account",
            Self::Administrator => "administrator",
        }
    }

    /// The reverse of [`Self::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Logout, Self::LogoutAll, Self::Reuse, Self::Password, Self::Address, Self::Account, Self::Administrator]
            .into_iter()
            .find(|reason| reason.as_str() == text)
    }
}

/// A session to be made; counter 0.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// Whose.
    pub user: UserId,
    /// See [`Session::amr`].
    pub amr: Vec<String>,
    /// See [`Session::provider_digest`].
    pub provider_digest: String,
    /// See [`Session::roles`].
    pub roles: Vec<String>,
    /// See [`Session::ext`].
    pub ext: serde_json::Map<String, serde_json::Value>,
    /// See [`Session::kid`].
    pub kid: String,
    /// Sign-in.
    pub created_at: Timestamp,
    /// Absolute end.
    pub expires_at: Timestamp,
    /// First idle end.
    pub idle_expires_at: Timestamp,
    /// Client address.
    pub address: String,
    /// Client software.
    pub user_agent: String,
}

/// What a rotation writes, if the counter is still the one of the token.
#[derive(Clone, Debug)]
pub struct Rotation {
    /// The counter in the refresh token; the row's must be equal.
    pub counter: i64,
    /// When.
    pub at: Timestamp,
    /// Next idle end (the store caps it at the absolute end).
    pub idle_expires_at: Timestamp,
    /// Roles of the new pair.
    pub roles: Vec<String>,
    /// Key of the new pair.
    pub kid: String,
    /// How late a duplicate may come and still get the same pair.
    pub retry_window: Duration,
}

/// What came of a rotation: one conditional write, whatever comes concurrently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rotated {
    /// This call turned the counter; the row is as it is now.
    Fresh(Session),
    /// The token before the current one, inside the retry window: answer with the current pair again.
    Again(Session),
    /// A spent token outside the window: this call ended the session (row as it is now).
    Reused(Session),
    /// No such session, or it ended or expired before.
    Gone,
}
