//! A sign-up or sign-in that waits for its next step.

use serde::{Deserialize, Serialize};

use super::{SessionId, Timestamp, UserId, form::Form};

/// What a flow is for; an id made for one purpose is useless for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Ends in a new account.
    Signup,
    /// Ends in a session.
    Signin,
    /// Ends in another way in, or a second factor, of somebody who is signed in.
    Attach,
    /// Asks for the second factor after the first step of a sign-in.
    Factor,
    /// Asks for the old credential before a new way in is linked to an account that exists.
    Link,
    /// Asks for a code from a mail before a sign-in goes on, because the address must be verified.
    Verify,
    /// Asks for a code from a mail before a sign-in goes on, because somebody guesses at the account.
    Guard,
}

impl Purpose {
    /// As the stores write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Signup => "signup",
            Self::Signin => "signin",
            Self::Attach => "attach",
            Self::Factor => "factor",
            Self::Link => "link",
            Self::Verify => "verify",
            Self::Guard => "guard",
        }
    }

    /// The reverse of [`Self::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let all = [Self::Signup, Self::Signin, Self::Attach, Self::Factor, Self::Link, Self::Verify, Self::Guard];
        all.into_iter().find(|purpose| purpose.as_str() == text)
    }
}

/// A pending step, stored under the SHA-256 of its id; the id itself is known to the client only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingStep {
    /// The provider type that goes on.
    pub provider: String,
    /// SHA-256 (hex) of the component that made it: another version cannot read its state.
    pub digest: String,
    /// What the flow is for.
    pub purpose: Purpose,
    /// The provider's private state.
    pub state: Vec<u8>,
    /// What the client has to answer.
    pub form: Form,
    /// Why it waits, as far as the host knows.
    pub context: StepContext,
    /// Wrong answers so far.
    pub attempts: u32,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// What the host keeps about a pending step, beside the provider's state. No secrets: those go into the state, sealed or as
/// digests.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct StepContext {
    /// Whose account it is about, where that is known already.
    pub user: Option<UserId>,
    /// The session that began it, where somebody was signed in.
    pub session: Option<SessionId>,
    /// The provider types used so far.
    pub amr: Vec<String>,
    /// SHA-256 (hex) of the token of the invitation that a sign-up came with.
    pub invitation: Option<String>,
}
