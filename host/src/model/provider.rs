//! What a provider says of itself and of a caller, after the contract's own types have been checked.

use super::{
    Email,
    form::{FieldError, Form},
};

/// The identity card of a provider (checked: counts, lengths, names, characters).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// For people.
    pub name: String,
    /// One sentence.
    pub summary: String,
    /// The provider's own version.
    pub version: String,
    /// None: signs nobody up.
    pub signup: Option<Form>,
    /// None: signs nobody in.
    pub signin: Option<Form>,
    /// What it keeps about a user (row A8).
    pub attributes: Vec<String>,
    /// Whether it vouches for people itself.
    pub vouches: bool,
    /// A second factor (`ext`: `kind` = `factor`): asked for after a way in, and never one of its own.
    pub factor: bool,
    /// Hosts it would like.
    pub hosts: Vec<String>,
    /// Settings it reads.
    pub settings: Vec<Setting>,
    /// Secrets it uses.
    pub secrets: Vec<String>,
    /// Mail templates it sends.
    pub mails: Vec<String>,
}

/// A setting that a provider reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The key in `[settings]`.
    pub name: String,
    /// Whether the provider cannot work without it.
    pub required: bool,
    /// For operators.
    pub help: String,
}

/// Facts about a caller, checked against the manifest and the limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Who this is within the provider.
    pub subject: String,
    /// What makes it true.
    pub proof: Proof,
    /// Canonical address.
    pub email: Option<Email>,
    /// Known to belong to the person.
    pub email_verified: bool,
    /// Declared names only.
    pub attributes: Vec<(String, String)>,
    /// Kept with the identity.
    pub private: Option<Vec<u8>>,
}

/// What makes facts true.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// The provider checked it (granted by the operator).
    Vouched,
    /// The password in this field, which the host checks or keeps.
    Password(String),
}

/// What comes next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Done.
    Verified(Facts),
    /// Ask for more.
    Prompt(Prompt),
}

/// Ask the caller for more, or send it to another site and await its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompt {
    /// For people.
    pub message: String,
    /// What to answer.
    pub form: Form,
    /// Public data.
    pub data: Vec<(String, String)>,
    /// Where to go first, for a redirect.
    pub redirect: Option<String>,
    /// Private state.
    pub state: Vec<u8>,
    /// Life time.
    pub seconds: u32,
}

/// Why a provider does not go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Mistakes in fields.
    Invalid(Vec<FieldError>),
    /// Not good; the reason is for the log.
    Denied(String),
    /// Wait so many seconds.
    RetryAfter(u32),
    /// Its upstream is out of reach; the reason is for the log.
    Upstream(String),
    /// A code and text of its own.
    Other {
        /// Stable.
        code: String,
        /// For people.
        message: String,
    },
}
