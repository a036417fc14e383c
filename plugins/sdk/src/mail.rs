//! Mail by the operator's templates.

pub use crate::bindings::vestibule::provider::mail::MailError;
use crate::{Refusal, bindings::vestibule::provider::mail};

/// Sends the template, with its variables filled in, once the answer to the caller has left.
///
/// # Errors
/// If `to` is no address, the template or a variable is not known, or the mailer is out of reach. As a [`Refusal`] that is 503, with
/// the reason in the log.
pub fn send(to: &str, template: &str, variables: &[(&str, &str)]) -> Result<(), MailError> {
    let variables: Vec<_> = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    mail::send(to, template, &variables)
}

impl From<MailError> for Refusal {
    fn from(error: MailError) -> Self {
        Self::Upstream(match error {
            MailError::Invalid(reason) => ["mail refused: ", &reason].concat(),
            MailError::Unavailable => "mail is out of reach".to_owned(),
        })
    }
}
