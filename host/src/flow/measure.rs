//! What flows tell the metrics: how each way in ended, and how things stand when somebody asks.

use std::time::{Duration, Instant};

use super::{Client, Error, Flow, Result, challenge::Answer, provider::Status};
use crate::{
    metrics::{provider::Standing, state::Hashing},
    model::{form::RawBody, provider::Refusal, step::Purpose},
    provider::{breaker::BreakerState, call::CallError},
};

/// How long the store may take to count: somebody waits for the rest.
const PATIENCE: Duration = Duration::from_secs(1);

impl Flow {
    /// Begins a sign-in with the provider of the given type.
    ///
    /// # Errors
    /// The caller's mistakes, field by field; what the provider refuses; what is out of reach.
    pub async fn signin(&self, provider: &str, body: RawBody, client: &Client) -> Result<Answer> {
        let answer = self.begin_signin(provider, body, client).await;
        self.count(Purpose::Signin, provider, &answer);
        answer
    }

    /// Begins a sign-up with the provider of the given type.
    ///
    /// # Errors
    /// The caller's mistakes, field by field; what the provider refuses; what is out of reach.
    pub async fn signup(&self, provider: &str, body: RawBody, client: &Client) -> Result<Answer> {
        let answer = self.begin_signup(provider, body, client).await;
        self.count(Purpose::Signup, provider, &answer);
        answer
    }

    /// One step of a way in has ended.
    pub(super) fn count(&self, purpose: Purpose, provider: &str, answer: &Result<Answer>) {
        // What a caller wrote is no label: there would be no end of them.
        let provider = if self.providers.generation().type_names().contains(provider) { provider } else { "unknown" };
        let result = match answer {
            Ok(Answer::SignedIn(_)) => "ok",
            Ok(Answer::Challenge(_)) => "challenge",
            Err(error) => result_of(error),
        };
        match purpose {
            Purpose::Signup => self.metrics.entry.signup(provider, result),
            _ => self.metrics.entry.signin(provider, result),
        }
    }

    /// An invitation was accepted, or not.
    pub(super) fn count_acceptance<T>(&self, way: &str, accepted: &Result<T>) {
        self.metrics.entry.signup(way, accepted.as_ref().map_or_else(|error| result_of(error), |_| "ok"));
    }

    /// A call of a provider has ended.
    pub(super) fn count_call<T>(&self, provider: &str, begun: Instant, outcome: &std::result::Result<T, CallError>) -> &'static str {
        let word = outcome.as_ref().map_or_else(outcome_of, |_| "ok");
        self.metrics.provider.called(provider, word, begun.elapsed());
        word
    }

    /// The metrics, with how everything stands now.
    pub async fn metrics_text(&self) -> String {
        let counts = self.passwords.counts();
        self.metrics.state.hashing(Hashing {
            waiting: counts.waiting,
            running: counts.running,
            done: counts.done,
            refused: counts.refused,
            abandoned: counts.abandoned,
            busy: self.passwords.busy(),
        });
        self.metrics.state.guarded(self.guard.refusals.counts().map(|(kind, count)| (kind.as_str(), count)));
        for pool in self.accounts.connections() {
            self.metrics.state.connections(pool.name, pool.used, pool.idle, pool.most);
        }
        // Two stores of one kind have pools of one name.
        for pool in self.ephemeral.connections().into_iter().filter(|_| self.sessions_are_apart()) {
            self.metrics.state.connections(&format!("sessions_{}", pool.name), pool.used, pool.idle, pool.most);
        }
        // A store in trouble must not hide what else there is to see.
        match tokio::time::timeout(PATIENCE, self.outbox_depth()).await {
            Ok(Ok(depth)) => {
                let mails = [("pending", depth.pending), ("sent", depth.sent), ("failed", depth.failed)];
                self.metrics.state.outbox(&mails, depth.oldest_pending);
            }
            Ok(Err(reason)) => tracing::warn!(%reason, "the outbox could not be counted"),
            Err(_) => tracing::warn!("the outbox could not be counted in time"),
        }
        let generation = self.providers.generation();
        self.metrics.provider.standing(generation.live.iter().map(|(name, entry)| {
            let breaker = match entry.live.breaker() {
                BreakerState::Closed => 0,
                BreakerState::HalfOpen => 1,
                BreakerState::Open { .. } => 2,
            };
            (name.as_str(), Standing { running: entry.live.running(), cpu: entry.live.cpu(), breaker })
        }));
        let states = super::provider::states(&generation);
        for status in [Status::Live, Status::Disabled, Status::Refused] {
            self.metrics.provider.types(status.as_str(), states.iter().filter(|state| state.status == status).count());
        }
        self.metrics.text()
    }
}

/// How a way in ended, as few words as one wants to tell apart.
const fn result_of(error: &Error) -> &'static str {
    match error {
        Error::Fields(_) => "invalid_fields",
        Error::UnknownType { .. } => "unknown_type",
        Error::ProviderDisabled(_) => "provider_disabled",
        Error::InvalidCredentials => "invalid_credentials",
        Error::AccountDisabled => "account_disabled",
        Error::NoAccount => "no_account",
        Error::EmailTaken => "email_taken",
        Error::IdentityTaken => "identity_taken",
        Error::ProviderRefused { .. } => "provider_refused",
        Error::UnknownFlow => "unknown_flow",
        Error::InvalidToken => "invalid_token",
        Error::InvitationUsed => "invitation_used",
        Error::InvitationExpired => "invitation_expired",
        Error::InvitationRevoked => "invitation_revoked",
        Error::SignupClosed => "signup_closed",
        Error::RateLimited(_) => "rate_limited",
        Error::Hashing(_) => "hashing_busy",
        Error::Provider { .. } => "provider_failed",
        Error::Store(_) => "store_unavailable",
        Error::Internal(_) => "internal",
        _ => "refused",
    }
}

const fn outcome_of(error: &CallError) -> &'static str {
    match error {
        CallError::Refused(Refusal::Upstream(_)) => "upstream",
        CallError::Refused(_) => "refused",
        CallError::Limit { .. } => "limit",
        CallError::Trapped(_) => "trapped",
        CallError::BadAnswer(_) => "bad_answer",
        CallError::NotGranted(_) => "not_granted",
        CallError::Busy => "busy",
        CallError::Open { .. } => "breaker_open",
        CallError::Unavailable(_) => "unavailable",
    }
}
