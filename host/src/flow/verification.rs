//! Verification of addresses.

use super::{Error, Flow, Result, challenge::Answer, verified::Attempt};
use crate::model::{form::RawBody, step::PendingStep, user::User};

impl Flow {
    /// The challenge for a code from a mail, if the operator demands a verified address and the user's is not.
    #[expect(clippy::unused_async, reason = "spine: asks the store")]
    pub(super) async fn demand_verified_address(&self, _attempt: Attempt<'_>, _user: &User, _amr: &[String]) -> Result<Option<Answer>> {
        Ok(None)
    }

    /// The answer to it.
    #[expect(clippy::unused_async, reason = "spine")]
    pub(super) async fn answer_verification(&self, _attempt: Attempt<'_>, _step: &PendingStep, _body: RawBody) -> Result<Answer> {
        Err(Error::UnknownFlow)
    }
}
