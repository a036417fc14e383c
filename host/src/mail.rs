//! Mail: letters written from templates, and where they leave: the console of a developer, one file a mail, or SMTP.

mod letters;
mod message;
pub mod outlet;
mod place;
pub mod probe;
mod smtp;
pub mod template;

pub use outlet::{MailError, MailSettings, Mailer, Undelivered};
pub use template::Templates;

use crate::model::{Email, Timestamp};

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

/// What marks a mail; the same at every try to deliver it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Postmark {
    /// Unique; names sort by time.
    pub name: String,
    /// The part of `Message-ID` before the @.
    pub message_id: String,
    /// When it was posted.
    pub at: Timestamp,
}
