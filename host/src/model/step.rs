//! A sign-up or sign-in that waits for its next step.

use super::{Timestamp, form::Form};

/// What a flow is for; an id made for one purpose is useless for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Ends in a new account.
    Signup,
    /// Ends in a session.
    Signin,
}

impl Purpose {
    /// As the stores write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Signup => "signup",
            Self::Signin => "signin",
        }
    }

    /// The reverse of [`Self::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Signup, Self::Signin].into_iter().find(|purpose| purpose.as_str() == text)
    }
}

/// A pending step, stored under the SHA-256 of its id; the id itself is known to the client only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingStep {
    /// The provider type that goes on.
    pub provider: String,
    /// SHA-256 (hex) of the component that made it: another version cannot read its state.
    pub digest: String,
    /// Sign-up or sign-in.
    pub purpose: Purpose,
    /// The provider's private state.
    pub state: Vec<u8>,
    /// What the client has to answer.
    pub form: Form,
    /// Wrong answers so far.
    pub attempts: u32,
    /// When it ends.
    pub expires_at: Timestamp,
}
