//! Enrolment of a second factor, under a subject that the gateway makes.

use super::{
    Error, Flow, Result,
    factor::{Called, broken},
    identity::{Attached, Began},
    verified::Attempt,
};
use crate::{
    model::{
        identity::Enrolled,
        provider::Facts,
        user::{NewIdentity, User},
    },
    provider::sandbox::Operation,
};

impl Flow {
    /// One step of an enrolment.
    pub(super) async fn enrol(&self, began: Began<'_>, attempt: Attempt<'_>, operation: Operation, subject: String) -> Result<Attached> {
        match self.call_factor(attempt, operation, &subject, began.user).await? {
            Called::Asks(prompt) => self.ask_further(began, attempt, prompt, Some(subject)).await,
            // The first step has shown the user nothing that could be proven.
            Called::Right(_) if began.first => Err(broken(attempt.provider, "it enrolled somebody without a proof")),
            Called::Right(facts) => self.keep_factor(began.user, attempt, facts).await,
        }
    }

    async fn keep_factor(&self, user: &User, attempt: Attempt<'_>, facts: Facts) -> Result<Attached> {
        let provider = attempt.provider.type_name.clone();
        let private = facts.private.map(|private| self.seal_factor(&provider, &facts.subject, &private));
        let identity = NewIdentity { provider, subject: facts.subject, private, is_factor: true };
        let codes = self.draw_recovery_codes();
        let digests = self.digests(user.id, &codes);
        let enrolled = self.accounts.enrol_factor(user.id, &identity, &digests, self.clock.now()).await?;
        let Enrolled { identity, codes_kept } = enrolled.ok_or(Error::IdentityTaken)?;
        self.report_added(user, &identity, attempt).await;
        Ok(Attached::Identity { identity, recovery_codes: codes_kept.then_some(codes) })
    }
}
