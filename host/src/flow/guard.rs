//! Limits on tries: per client address, per account, and per both (security rule 22); delays and challenges, never locks that
//! others can trigger.

use super::{Client, Error, Flow, Result, challenge::Answer, verified::Attempt};
use crate::model::{Email, form::RawBody, step::PendingStep};

impl Flow {
    /// Takes one try of the client's allowance: the first line of every open route that costs something.
    #[expect(clippy::unused_async, reason = "spine: asks the store")]
    pub(super) async fn admit(&self, client: &Client) -> Result<()> {
        self.limit.take(client.address, self.clock.now()).map_err(Error::RateLimited)
    }

    /// Whether one more mail that anybody can ask for may go to this address now. If not, the caller is answered as if it had
    /// been sent.
    #[expect(clippy::unused_async, reason = "spine: asks the store")]
    pub(super) async fn admit_mail(&self, _to: &Email) -> Result<bool> {
        Ok(true)
    }

    /// The answer to the challenge of a guarded account.
    #[expect(clippy::unused_async, reason = "spine")]
    pub(super) async fn answer_guard(&self, _attempt: Attempt<'_>, _step: &PendingStep, _body: RawBody) -> Result<Answer> {
        Err(Error::UnknownFlow)
    }
}
