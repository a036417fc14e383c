//! Mail: to the console of a developer, or one file a mail.

pub mod outlet;

pub use outlet::{MailError, Mailer};

use crate::model::Email;

/// A mail to one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// Canonical address.
    pub to: Email,
    /// One line.
    pub subject: String,
    /// Plain text.
    pub text: String,
}
