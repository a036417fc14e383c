//! One step of a sign-up or sign-in: ask the provider, then decide.

use std::time::Instant;

use tracing::Instrument as _;

use super::{Client, Error, Flow, Result, challenge::Answer, error::ProviderFailure, provider::LiveProvider};
use crate::{
    model::{
        Secret,
        form::Entries,
        provider::{Refusal, Step},
        step::{Purpose, StepContext},
    },
    provider::{
        call::{CallError, Limit},
        sandbox::{CallContext, Operation},
    },
    random, trace,
};

/// What a step is part of.
#[derive(Clone, Copy)]
pub struct Attempt<'a> {
    /// The provider as it was when the step began; it stays so until the step ends.
    pub provider: &'a LiveProvider,
    /// Sign-up or sign-in.
    pub purpose: Purpose,
    /// Who asks.
    pub client: &'a Client,
    /// SHA-256 (hex) of the token of the invitation that a sign-up came with.
    pub invitation: Option<&'a str>,
}

/// The password of the field that a provider named as the proof.
pub(super) fn proof_password<'a>(entries: &'a Entries, field: &str) -> Result<&'a Secret<String>> {
    entries.password(field).ok_or_else(|| Error::field(field, "required", "is required"))
}

impl Flow {
    /// Asks the provider and goes on with what it says.
    pub(super) async fn advance(&self, attempt: Attempt<'_>, operation: Operation, entries: Entries) -> Result<Answer> {
        match self.ask(attempt, operation).await? {
            (Step::Verified(facts), _) => match attempt.purpose {
                Purpose::Signup => self.complete_signup(attempt, facts, &entries).await,
                _ => self.complete_signin(attempt, facts, &entries).await,
            },
            (Step::Prompt(prompt), flow) => {
                let context = StepContext { invitation: attempt.invitation.map(ToOwned::to_owned), ..StepContext::default() };
                self.challenge(attempt, prompt, flow, context).await
            }
        }
    }

    /// Calls the provider; also returns the id that a challenge of this call has.
    pub(super) async fn ask(&self, attempt: Attempt<'_>, operation: Operation) -> Result<(Step, String)> {
        let (outcome, next_flow) = self.call(attempt, operation, Vec::new()).await;
        match outcome {
            Ok(step) => Ok((step, next_flow)),
            Err(CallError::Refused(refusal)) => Err(self.refused(attempt, refusal).await),
            Err(error) => Err(failed(&attempt.provider.type_name, &error)),
        }
    }

    /// The call itself, with what the provider learns beside the fields.
    pub(super) async fn call(
        &self,
        attempt: Attempt<'_>,
        operation: Operation,
        ext: Vec<(String, String)>,
    ) -> (std::result::Result<Step, CallError>, String) {
        let next_flow = random::token(&*self.random);
        let context = CallContext {
            locale: attempt.client.locale.clone(),
            public_url: self.terms.public_url.clone(),
            next_flow: next_flow.clone(),
            request_id: attempt.client.request_id.clone(),
            ext,
        };
        let (provider, digest) = (attempt.provider.type_name.as_str(), attempt.provider.digest.as_str());
        let span = tracing::info_span!(target: trace::TARGET, "provider call", provider.type = provider, provider.digest = digest, outcome = tracing::field::Empty);
        let begun = Instant::now();
        let outcome = attempt.provider.live.call(operation, context).instrument(span.clone()).await;
        span.record("outcome", self.count_call(provider, begun, &outcome));
        (outcome, next_flow)
    }

    async fn refused(&self, attempt: Attempt<'_>, refusal: Refusal) -> Error {
        let error = refused(&attempt.provider.type_name, refusal);
        // What somebody who is signed in adds to the account is no sign-in.
        if attempt.purpose != Purpose::Attach {
            match &error {
                Error::Fields(_) => self.record_result(attempt, None, "invalid_fields").await,
                Error::InvalidCredentials => self.record_result(attempt, None, "invalid_credentials").await,
                Error::Provider { .. } => self.record_result(attempt, None, "upstream_unavailable").await,
                Error::ProviderRefused { code, .. } => self.record_result(attempt, None, code).await,
                _ => {}
            }
        }
        error
    }
}

/// What a refusal means for the caller.
pub(super) fn refused(provider: &str, refusal: Refusal) -> Error {
    match refusal {
        Refusal::Invalid(errors) => Error::Fields(errors),
        Refusal::Denied(reason) => {
            tracing::info!(provider, %reason, "the provider denied a proof");
            Error::InvalidCredentials
        }
        Refusal::RetryAfter(seconds) => Error::RateLimited(std::time::Duration::from_secs(seconds.into())),
        Refusal::Upstream(reason) => {
            tracing::warn!(provider, %reason, "the provider's upstream is out of reach");
            provider_error(provider, ProviderFailure::Upstream, 5)
        }
        Refusal::Other { code, message } => Error::ProviderRefused { code, message },
    }
}

/// The sandbox has logged the reason already, with the limit that was hit.
pub(super) fn failed(provider: &str, error: &CallError) -> Error {
    match error {
        CallError::Limit { limit: Limit::Wall } => provider_error(provider, ProviderFailure::TimedOut, 5),
        CallError::Busy => provider_error(provider, ProviderFailure::Busy, 1),
        CallError::Open { retry_after } => provider_error(provider, ProviderFailure::Resting, (*retry_after).into()),
        CallError::NotGranted(_) => provider_error(provider, ProviderFailure::NotGranted, 60),
        CallError::Unavailable(reason) => Error::Store(crate::store::StoreError::Unavailable(reason.clone())),
        _ => provider_error(provider, ProviderFailure::Broken, 5),
    }
}

pub(super) fn provider_error(provider: &str, kind: ProviderFailure, seconds: u64) -> Error {
    Error::Provider { provider: provider.to_owned(), kind, retry: std::time::Duration::from_secs(seconds) }
}
