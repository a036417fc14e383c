//! What a person proves with a link or a code from a mail.

use super::{Email, Timestamp, UserId};

/// What a proof is good for; one made for one purpose is useless for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The address belongs to the person who has the account.
    Verify,
    /// The address belongs to the person who signs up; only then is the account made.
    Signup,
    /// The person may set a new password.
    Reset,
    /// The person who has the old address agrees to a change of address.
    EmailOld,
    /// The new address belongs to the person.
    EmailNew,
}

impl Purpose {
    /// Both halves of a change of address.
    pub const CHANGE: [Self; 2] = [Self::EmailOld, Self::EmailNew];
    /// Everything that stands behind a user's account.
    pub const ALL: [Self; 5] = [Self::Verify, Self::Signup, Self::Reset, Self::EmailOld, Self::EmailNew];

    /// As the stores write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Verify => "verify",
            Self::Signup => "signup",
            Self::Reset => "reset",
            Self::EmailOld => "email_old",
            Self::EmailNew => "email_new",
        }
    }

    /// The reverse of [`Self::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.as_str() == text)
    }
}

/// A proof as it is stored: digests only (SHA-256, hex), so that who reads the store can prove nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Of the flow id, which the client that asked has.
    pub id_hash: String,
    /// Of the link's token.
    pub token_hash: String,
    /// Of flow id and code together: without the flow id, a million codes tell nothing.
    pub code_hash: String,
    /// What it is good for.
    pub purpose: Purpose,
    /// Whose account; none if there is no account yet, or none that may be told of.
    pub user: Option<UserId>,
    /// What is proven to belong to the person. For [`Purpose::CHANGE`] the new address, in both halves.
    pub email: Email,
    /// What is to happen then, sealed.
    pub sealed: Option<Vec<u8>>,
    /// Codes tried so far.
    pub attempts: u32,
    /// Set when this half of a change of address was proven.
    pub confirmed_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// Whether addresses must be proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verification {
    /// No letter is sent by itself.
    Off,
    /// A sign-up gets a letter; signing in works meanwhile.
    Optional,
    /// No session before the address is proven.
    Required,
}

impl Verification {
    /// As the setting writes it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "off" => Some(Self::Off),
            "optional" => Some(Self::Optional),
            "required" => Some(Self::Required),
            _ => None,
        }
    }
}
