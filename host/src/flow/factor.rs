//! Second factors: asked for after the first step, when the user has enrolled one.

use super::{Error, Flow, Result, challenge::Answer, verified::Attempt};
use crate::model::{form::RawBody, step::PendingStep, user::User};

impl Flow {
    /// The challenge for the user's second factor, if there is one.
    #[expect(clippy::unused_async, reason = "spine: asks the store")]
    pub(super) async fn demand_factor(&self, _attempt: Attempt<'_>, _user: &User, _amr: &[String]) -> Result<Option<Answer>> {
        Ok(None)
    }

    /// The answer to it.
    #[expect(clippy::unused_async, reason = "spine")]
    pub(super) async fn answer_factor(&self, _attempt: Attempt<'_>, _step: &PendingStep, _body: RawBody) -> Result<Answer> {
        Err(Error::UnknownFlow)
    }
}
