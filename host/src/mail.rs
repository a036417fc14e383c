//! Mail: letters written from templates, and where they leave: the console of a developer, or one file a mail.

mod letters;
pub mod outlet;
pub mod template;

pub use outlet::{MailError, Mailer};
pub use template::Templates;

use crate::model::Email;

/// A mail to one person. No `Debug`: it may hold a code or a link.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    /// Canonical address.
    pub to: Email,
    /// One line.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// The same as a page of HTML.
    pub html: Option<String>,
}
