//! Mail of the gateway's own.

use super::{Client, Error, Flow, Result};
use crate::{
    mail::Mail,
    model::{letter::Letter, outbox::NewMail, user::User},
};

impl Flow {
    /// Puts a mail into the outbox; it leaves after the answer.
    ///
    /// # Errors
    /// The store's.
    pub(super) async fn post(&self, letter: Letter) -> Result<()> {
        Ok(self.outbox.put(&self.write_letter(&letter)?, letter.template).await?)
    }

    /// A letter as the store keeps it together with what it tells of.
    pub(super) fn seal_letter(&self, letter: &Letter) -> Result<NewMail> {
        Ok(self.outbox.seal(&self.write_letter(letter)?, letter.template)?)
    }

    fn write_letter(&self, letter: &Letter) -> Result<Mail> {
        self.templates.write(letter).map_err(|error| Error::Internal(format!("the letter {}: {error}", letter.template)))
    }
}

/// The language for a letter to this user: the user's own choice, or else what the request asks for.
pub(super) fn locale_for(user: &User, client: &Client) -> String {
    user.locale.clone().unwrap_or_else(|| client.locale.clone())
}
