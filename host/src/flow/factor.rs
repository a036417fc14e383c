//! Second factors: asked for after the first step, when the user has enrolled one. If none of the user's can be asked, a
//! recovery code is: what cannot be checked lets nobody in.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use super::{
    Client, Error, Flow, Result,
    challenge::Answer,
    error::ProviderFailure,
    linking::Link,
    provider::LiveProvider,
    sealed::open_factor,
    verified::{Attempt, failed, provider_error, refused},
};
use crate::{
    model::{
        UserId,
        audit::Actor,
        form::{Entries, Field, Form, Kind, Raw, RawBody},
        identity::Identity,
        provider::{Facts, Prompt, Proof, Step},
        step::{PendingStep, Purpose, StepContext},
        user::User,
    },
    provider::{call::CallError, sandbox::Operation},
    random,
};

/// The field, and the member of `amr`, of a recovery code.
const CODE_FIELD: &str = "recovery_code";
const CODE_METHOD: &str = "recovery-code";
/// Seconds for the answer, if there is nothing but a recovery code to ask for.
const SECONDS: u32 = 600;

/// What the gateway remembers of the question.
#[derive(Serialize, Deserialize)]
struct Question {
    /// The factor; none: a recovery code alone is asked for.
    asked: Option<Asked>,
    /// A digest of the password's hash: a changed password ends the sign-in.
    password: Option<String>,
    /// The way in by which the first step went, if the account does not have it yet.
    link: Option<Link>,
}

#[derive(Serialize, Deserialize)]
struct Asked {
    provider: String,
    digest: String,
    subject: String,
    state: Vec<u8>,
    form: Form,
}

/// What came of an answer.
enum Judged {
    /// Good, by this method.
    Right(String),
    /// The factor wants to know more.
    More(Box<(Asked, Prompt)>),
}

impl Flow {
    /// The challenge for the user's second factor, if there is one: the first enrolled whose provider is live and whose secret opens.
    /// The account gets the way in of `link` with the answer, not before.
    pub(super) async fn demand_factor(
        &self,
        attempt: Attempt<'_>,
        user: &User,
        amr: &[String],
        link: Option<&Link>,
    ) -> Result<Option<Answer>> {
        let factors = self.accounts.identities_of(user.id).await?.into_iter().filter(|identity| identity.is_factor);
        let factors: Vec<Identity> = factors.collect();
        if factors.is_empty() {
            return Ok(None);
        }
        self.record_result(attempt, Some(user.id), "factor_required").await;
        let mut usable = factors.iter().filter(|factor| self.opens(factor));
        let live = usable.find_map(|factor| Some((factor, self.live_factor(&factor.provider)?)));
        let (asked, prompt) = match live {
            Some((factor, provider)) => {
                let begin = Operation::Signin(Entries::default());
                match self.call_factor(Attempt { provider: &provider, ..attempt }, begin, &factor.subject, user).await? {
                    Called::Asks(prompt) => (Some(asked(&provider, &factor.subject, &prompt)), prompt),
                    // It was asked to ask; what proves nothing is no second factor.
                    Called::Right(_) => return Err(broken(&provider, "it vouched for somebody whom it had not asked")),
                }
            }
            None => (None, without_factor(attempt.client)),
        };
        let context = StepContext { user: Some(user.id), amr: amr.to_vec(), ..StepContext::default() };
        self.ask_for_factor(attempt, context, user.id, (asked, link.cloned()), prompt).await.map(Some)
    }

    /// The answer to it.
    pub(super) async fn answer_factor(&self, attempt: Attempt<'_>, step: &PendingStep, mut body: RawBody) -> Result<Answer> {
        let question: Question = self.open_state(step)?;
        let user = step.context.user.ok_or(Error::UnknownFlow)?;
        let user = self.accounts.user(user).await?.ok_or(Error::UnknownFlow)?;
        if self.password_mark(user.id).await? != question.password {
            return Err(Error::UnknownFlow);
        }
        // Pages send empty fields along.
        body.retain(|_, value| !matches!(value, Raw::Text(text) | Raw::Json(Json::String(text)) if text.trim().is_empty()));
        body.retain(|_, value| !matches!(value, Raw::Json(Json::Null)));
        let by_code = question.asked.is_none() || body.contains_key(CODE_FIELD);
        let form = match &question.asked {
            Some(asked) if !by_code => &asked.form,
            _ => &Form { fields: vec![code_field()] },
        };
        let entries = form.read(body).map_err(Error::Fields)?;
        let taken = self.take_try("factor", user.id).await?;
        let judged = match question.asked {
            Some(asked) if !by_code => self.judge_factor(attempt, &user, asked, entries).await,
            _ => self.judge_recovery_code(user.id, &entries).await,
        };
        match &judged {
            Err(Error::Fields(_) | Error::InvalidCredentials) => self.record_result(attempt, Some(user.id), "invalid_factor").await,
            _ => self.give_back(taken).await?,
        }
        match judged? {
            Judged::More(more) => {
                let (asked, prompt) = *more;
                self.ask_for_factor(attempt, step.context.clone(), user.id, (Some(asked), question.link), prompt).await
            }
            Judged::Right(method) => {
                self.refuse_disabled(attempt, &user).await?;
                if let Some(link) = question.link {
                    self.link(attempt, &user, link).await?;
                }
                let amr = step.context.amr.iter().cloned().chain([method]).collect();
                self.finish_signin(attempt, user, amr).await
            }
        }
    }

    async fn judge_recovery_code(&self, user: UserId, entries: &Entries) -> Result<Judged> {
        if self.use_recovery_code(user, entries.text(CODE_FIELD).unwrap_or_default()).await? {
            self.audit(Actor::User(user), "recovery_code.use", format!("user:{user}"), "").await;
            return Ok(Judged::Right(CODE_METHOD.to_owned()));
        }
        Err(Error::field(CODE_FIELD, "wrong_code", "is not one of your recovery codes, or was used already"))
    }

    async fn judge_factor(&self, attempt: Attempt<'_>, user: &User, asked: Asked, entries: Entries) -> Result<Judged> {
        let provider = self.live_factor(&asked.provider).filter(|live| live.digest == asked.digest).ok_or(Error::UnknownFlow)?;
        let enrolled = self.accounts.identity(&asked.provider, &asked.subject).await?;
        enrolled.filter(|identity| identity.user == user.id && identity.is_factor).ok_or(Error::UnknownFlow)?;
        let operation = Operation::Resume { state: asked.state, form: asked.form, entries };
        match self.call_factor(Attempt { provider: &provider, ..attempt }, operation, &asked.subject, user).await? {
            Called::Asks(prompt) => Ok(Judged::More(Box::new((self::asked(&provider, &asked.subject, &prompt), prompt)))),
            Called::Right(facts) => {
                if let Some(private) = facts.private {
                    let sealed = self.seal_factor(&asked.provider, &asked.subject, &private);
                    self.accounts.set_identity_private(&asked.provider, &asked.subject, Some(&sealed)).await?;
                }
                Ok(Judged::Right(asked.provider))
            }
        }
    }

    /// Calls the factor of the attempt about one subject. What it vouches for is about that subject, or nothing.
    pub(super) async fn call_factor(&self, attempt: Attempt<'_>, operation: Operation, subject: &str, user: &User) -> Result<Called> {
        let account = user.email.as_ref().map(ToString::to_string).or_else(|| user.display_name.clone());
        let account = account.unwrap_or_else(|| format!("account {}", user.id));
        let ext = vec![("subject".to_owned(), subject.to_owned()), ("account".to_owned(), account)];
        let (outcome, _) = self.call(attempt, operation, ext).await;
        match outcome {
            Ok(Step::Prompt(prompt)) => Ok(Called::Asks(prompt)),
            Ok(Step::Verified(facts)) if facts.subject == subject && facts.proof == Proof::Vouched => Ok(Called::Right(facts)),
            Ok(Step::Verified(_)) => Err(broken(attempt.provider, "it vouched for somebody else than it was asked about")),
            Err(CallError::Refused(refusal)) => Err(refused(&attempt.provider.type_name, refusal)),
            Err(error) => Err(failed(&attempt.provider.type_name, &error)),
        }
    }

    async fn ask_for_factor(
        &self,
        attempt: Attempt<'_>,
        context: StepContext,
        user: UserId,
        (asked, link): (Option<Asked>, Option<Link>),
        mut prompt: Prompt,
    ) -> Result<Answer> {
        let shown = asked.as_ref().map_or_else(|| CODE_METHOD.to_owned(), |asked| asked.provider.clone());
        if asked.is_some() {
            prompt.form.fields = prompt.form.fields.into_iter().map(Field::optional).collect();
            prompt.form.fields.push(code_field().optional());
        }
        let question = Question { asked, password: self.password_mark(user).await?, link };
        prompt.state = self.seal_state(Purpose::Factor, user, &question)?;
        let attempt = Attempt { purpose: Purpose::Factor, ..attempt };
        let mut challenge = self.pend(attempt, prompt, random::token(&*self.random), context).await?;
        challenge.provider = shown;
        Ok(Answer::Challenge(Box::new(challenge)))
    }

    /// The provider of a type, if it is live and a factor.
    fn live_factor(&self, provider: &str) -> Option<LiveProvider> {
        self.live(provider).ok().filter(|live| live.live.manifest().factor)
    }

    /// Whether what is kept of a factor was sealed under the gateway's key. If not, its provider would learn nothing of it, ever.
    fn opens(&self, factor: &Identity) -> bool {
        let Some(sealed) = &factor.private else { return true };
        let opened = open_factor(&self.secret_key, &factor.provider, &factor.subject, sealed);
        if let Err(error) = &opened {
            tracing::warn!(provider = %factor.provider, user = %factor.user, %error, "a second factor cannot be asked for");
        }
        opened.is_ok()
    }

    async fn password_mark(&self, user: UserId) -> Result<Option<String>> {
        Ok(self.accounts.password_hash(user).await?.map(|hash| format!("{:x}", Sha256::digest(hash))))
    }
}

/// What a factor says about the subject that it was asked about.
pub(super) enum Called {
    /// It asks.
    Asks(Prompt),
    /// It vouches.
    Right(Facts),
}

fn asked(provider: &LiveProvider, subject: &str, prompt: &Prompt) -> Asked {
    Asked {
        provider: provider.type_name.clone(),
        digest: provider.digest.clone(),
        subject: subject.to_owned(),
        state: prompt.state.clone(),
        // Two fields of one name cannot be; the recovery code's is ours.
        form: Form { fields: prompt.form.fields.iter().filter(|field| field.name != CODE_FIELD).cloned().collect() },
    }
}

fn without_factor(client: &Client) -> Prompt {
    let message = client.reads(
        "Your second factor cannot be asked for at the moment. Give one of your recovery codes.",
        "Ваш второй фактор сейчас недоступен. Введите один из кодов восстановления.",
    );
    Prompt {
        message: message.to_owned(),
        form: Form { fields: vec![code_field()] },
        data: Vec::new(),
        redirect: None,
        state: Vec::new(),
        seconds: SECONDS,
    }
}

fn code_field() -> Field {
    Field { help: "Instead of the second factor; each works once.".to_owned(), ..Field::new(CODE_FIELD, Kind::Token, "Recovery code", 40) }
}

pub(super) fn broken(provider: &LiveProvider, reason: &str) -> Error {
    let provider = &provider.type_name;
    tracing::warn!(%provider, reason, "a second factor is not to be trusted");
    provider_error(provider, ProviderFailure::Broken, 60)
}
