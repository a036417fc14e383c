//! Ways in with several steps: a challenge is answered once, by whoever knows its id.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Client, Error, Flow, Result, provider::LiveProvider, qr, session::SignedIn, verified::Attempt};
use crate::{
    model::{
        form::{Form, RawBody},
        provider::Prompt,
        step::{PendingStep, Purpose, StepContext},
    },
    provider::sandbox::Operation,
};

/// Wrong answers to one challenge before it ends.
const ATTEMPTS: u32 = 5;

/// What comes of a step.
pub enum Answer {
    /// Done.
    SignedIn(Box<SignedIn>),
    /// More is needed.
    Challenge(Box<Challenge>),
}

/// What the client has to answer next.
#[derive(Serialize, Deserialize)]
pub struct Challenge {
    /// Names the pending step: known to this client alone.
    pub flow: String,
    /// The provider type.
    pub provider: String,
    /// For people.
    pub message: String,
    /// What to answer.
    pub form: Form,
    /// Public data of the provider.
    pub data: Vec<(String, String)>,
    /// Where to go first.
    pub redirect: Option<String>,
    /// Life time.
    pub seconds: u32,
}

impl Flow {
    /// Answers a challenge. The step is taken out of the store first, so that of concurrent answers one counts; after a
    /// mistake it is put back, five times at most.
    ///
    /// # Errors
    /// [`Error::UnknownFlow`], and those of sign-up and sign-in.
    pub async fn resume(&self, flow: &str, body: RawBody, client: &Client) -> Result<Answer> {
        let now = self.clock.now();
        self.admit(client).await?;
        let id_hash = hash(flow);
        let step = self.ephemeral.take_step(&id_hash, now).await?.ok_or(Error::UnknownFlow)?;
        let answer = self.answer_step(&step, flow, body, client).await;
        self.count(step.purpose, &step.provider, &answer);
        if let Err(error) = &answer {
            self.put_back(&id_hash, step, error).await?;
        }
        answer
    }

    /// Lets a step be answered again after a mistake.
    pub(super) async fn put_back(&self, id_hash: &str, step: PendingStep, error: &Error) -> Result<()> {
        if let Some(attempts) = attempts_after(&step, error) {
            self.ephemeral.put_step(id_hash, &PendingStep { attempts, ..step }).await?;
        }
        Ok(())
    }

    async fn answer_step(&self, step: &PendingStep, flow: &str, body: RawBody, client: &Client) -> Result<Answer> {
        let provider = self.provider_of(step)?;
        let attempt = Attempt { provider: &provider, purpose: step.purpose, client, invitation: step.context.invitation.as_deref() };
        let entries = match step.purpose {
            Purpose::Signup => self.read_signup(&step.form, body).await?,
            Purpose::Signin => step.form.read(body).map_err(Error::Fields)?,
            Purpose::Factor => return self.answer_factor(attempt, step, body).await,
            Purpose::Link => return self.answer_link(attempt, step, body).await,
            Purpose::Verify => return self.answer_verification(attempt, step, flow, body).await,
            Purpose::Guard => return self.answer_guard(attempt, step, body).await,
            // Answered where it began, by somebody who is signed in.
            Purpose::Attach => return Err(Error::UnknownFlow),
        };
        let operation = Operation::Resume { state: step.state.clone(), form: step.form.clone(), entries: entries.clone() };
        self.advance(attempt, operation, entries).await
    }

    /// The provider that goes on. Another version of it cannot read the step's state: the person begins again.
    pub(super) fn provider_of(&self, step: &PendingStep) -> Result<LiveProvider> {
        self.live(&step.provider).ok().filter(|live| live.digest == step.digest).ok_or(Error::UnknownFlow)
    }

    /// Keeps the pending step and tells the client about it.
    pub(super) async fn challenge(&self, attempt: Attempt<'_>, prompt: Prompt, flow: String, context: StepContext) -> Result<Answer> {
        Ok(Answer::Challenge(Box::new(self.pend(attempt, prompt, flow, context).await?)))
    }

    /// Keeps the pending step. `flow` is its new id, as random as a token.
    pub(super) async fn pend(&self, attempt: Attempt<'_>, prompt: Prompt, flow: String, context: StepContext) -> Result<Challenge> {
        let lifetime = std::time::Duration::from_secs(prompt.seconds.into());
        let step = PendingStep {
            provider: attempt.provider.type_name.clone(),
            digest: attempt.provider.digest.clone(),
            purpose: attempt.purpose,
            state: prompt.state,
            form: prompt.form.clone(),
            context,
            attempts: 0,
            expires_at: self.clock.now().plus(lifetime),
        };
        self.ephemeral.put_step(&hash(&flow), &step).await?;
        Ok(Challenge {
            flow,
            provider: step.provider,
            message: prompt.message,
            form: prompt.form,
            data: qr::with_code(prompt.data),
            redirect: prompt.redirect,
            seconds: prompt.seconds,
        })
    }
}

/// How many wrong answers stand after this one, if the step goes on at all. Trouble that is not the caller's costs none.
fn attempts_after(step: &PendingStep, error: &Error) -> Option<u32> {
    match error {
        Error::Fields(_) => Some(step.attempts + 1).filter(|attempts| *attempts < ATTEMPTS),
        Error::RateLimited(_) | Error::Hashing(_) | Error::Provider { .. } | Error::Store(_) => Some(step.attempts),
        _ => None,
    }
}

/// Steps are stored under a digest of their id: who reads the store cannot answer them.
pub(super) fn hash(flow: &str) -> String {
    format!("{:x}", Sha256::digest(flow))
}
