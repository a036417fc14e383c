//! Linking: what happens when a proven identity meets an account that it does not belong to yet.

use super::{Error, Flow, Result, challenge::Answer, verified::Attempt};
use crate::model::{form::RawBody, step::PendingStep};

impl Flow {
    /// The answer to the question for the old credential.
    #[expect(clippy::unused_async, reason = "spine")]
    pub(super) async fn answer_link(&self, _attempt: Attempt<'_>, _step: &PendingStep, _body: RawBody) -> Result<Answer> {
        Err(Error::UnknownFlow)
    }
}
