//! Mail of the gateway's own.

use super::{Flow, Result};
use crate::{mail::Mail, model::letter::Letter};

impl Flow {
    /// Puts a mail into the outbox; it leaves after the answer.
    ///
    /// # Errors
    /// The store's.
    #[expect(clippy::unused_async, reason = "spine: writes into the store")]
    pub(super) async fn post(&self, letter: Letter) -> Result<()> {
        let lines: Vec<String> = letter.variables.into_iter().map(|(name, value)| format!("{name}: {value}")).collect();
        self.send_later(Mail { to: letter.to, subject: letter.template.to_owned(), text: lines.join("\n") });
        Ok(())
    }
}
