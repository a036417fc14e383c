//! Mail of the gateway's own.

use super::{Client, Error, Flow, Result};
use crate::model::{letter::Letter, user::User};

impl Flow {
    /// Puts a mail into the outbox; it leaves after the answer.
    ///
    /// # Errors
    /// The store's.
    pub(super) async fn post(&self, letter: Letter) -> Result<()> {
        let mail = self.templates.write(&letter).map_err(|error| Error::Internal(format!("the letter {}: {error}", letter.template)))?;
        Ok(self.outbox.put(&mail, letter.template).await?)
    }
}

/// The language for a letter to this user: the user's own choice, or else what the request asks for.
pub(super) fn locale_for(user: &User, client: &Client) -> String {
    user.locale.clone().unwrap_or_else(|| client.locale.clone())
}
