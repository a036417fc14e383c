//! The challenge for strangers while somebody guesses at an account: a code from the account's mailbox, before any password is
//! looked at. Nobody's address is challenged just so; only no mail leaves.
//!
//! A code belongs to the account for a while, not to one challenge: whoever provokes challenges elsewhere can use up the mails
//! of an address, but one that has arrived opens every challenge. It is not kept anywhere; it follows from a key of the
//! gateway, the account, the time and a count of those that were used.

use std::{sync::Arc, time::Duration};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use super::{
    super::{Client, Error, Flow, Result, challenge::Answer, mail::locale_for, verified::Attempt},
    Kind,
    proof::{Gate, Tries, account_of},
};
use crate::{
    model::{
        Email, Network, Timestamp, UserId,
        form::{Field, Form, Kind as FieldKind, RawBody},
        letter::Letter,
        provider::{Facts, Prompt, Proof},
        step::{PendingStep, Purpose, StepContext},
        user::User,
    },
    random,
    token::mac,
};

/// How long one code is the current one; it is good for as long again.
const CODE_LIFE: Duration = Duration::from_mins(30);
/// Life time of a challenge, in seconds.
const CHALLENGE_SECONDS: u32 = 1800;
/// Where the uses of codes are counted; no provider type has such a name.
const NAMESPACE: &str = "guard/codes";
const CODE: &str = "code";
const MESSAGE: &str = "Somebody has tried many passwords for this account. We have sent a code to its e-mail address: enter it with the \
                       password. If you got several codes, take the latest.";
const RUSSIAN: &str = "Кто-то подбирал пароль к этой учётной записи. Мы отправили код на её адрес электронной почты: введите его вместе с \
                       паролем. Если кодов пришло несколько, нужен последний.";

/// What a provider said, kept until the challenge is answered.
#[derive(Serialize, Deserialize)]
struct Held {
    subject: String,
    field: String,
    email: Option<String>,
    email_verified: bool,
    attributes: Vec<(String, String)>,
    private: Option<Vec<u8>>,
}

/// One code that can be entered now.
struct Code {
    digits: String,
    /// Where its uses are counted, and how many there were before it.
    counter: String,
    used: u64,
    until: Timestamp,
}

impl Flow {
    /// Holds a try up as the gate says: an error, a challenge, or nothing.
    pub(in super::super) async fn hold_up(
        &self,
        attempt: Attempt<'_>,
        tries: &mut Tries,
        gate: Gate,
        facts: &Facts,
        user: Option<UserId>,
    ) -> Result<Option<Answer>> {
        if !matches!(gate, Gate::Strangers) {
            return self.pass(tries, &gate).map(|()| None);
        }
        // Whether there is such an account must not show, so the work is the same for nobody.
        let account = self.accounts.user(user.unwrap_or(UserId(0))).await?;
        let mailbox = match (&account, user) {
            (Some(account), _) => account.email.clone(),
            (None, Some(_)) => None,
            (None, None) => facts.email.clone(),
        };
        // A name that is no address is delayed even if its account has an address: names that nobody has are, too.
        match mailbox.filter(|_| facts.email.is_some()) {
            Some(mailbox) => self.challenge_stranger(attempt, facts, account.as_ref(), &mailbox).await.map(Some),
            None => self.delay(tries).await.map(|()| None),
        }
    }

    async fn challenge_stranger(&self, attempt: Attempt<'_>, facts: &Facts, user: Option<&User>, mailbox: &Email) -> Result<Answer> {
        let Proof::Password(field) = &facts.proof else { return Err(Error::Internal("only passwords are guarded".to_owned())) };
        let name = account_of(user.map(|user| user.id), &attempt.provider.type_name, facts);
        let code = self.code_at(&name, self.clock.now()).await?;
        if self.admit_code_mail(mailbox, attempt.client).await?
            && let Some(user) = user
        {
            self.post_after_the_answer(letter(mailbox, user, attempt.client, &code));
        }
        let held = Held {
            subject: facts.subject.clone(),
            field: field.clone(),
            email: facts.email.as_ref().map(ToString::to_string),
            email_verified: facts.email_verified,
            attributes: facts.attributes.clone(),
            private: facts.private.clone(),
        };
        let state = serde_json::to_vec(&held).map_err(|error| Error::Internal(error.to_string()))?;
        let form = form(attempt, field);
        let message = attempt.client.reads(MESSAGE, RUSSIAN).to_owned();
        let prompt = Prompt { message, form, data: Vec::new(), redirect: None, state, seconds: CHALLENGE_SECONDS };
        let context = StepContext { user: user.map(|user| user.id), ..StepContext::default() };
        self.challenge(Attempt { purpose: Purpose::Guard, ..attempt }, prompt, random::token(&*self.random), context).await
    }

    /// The answer to the challenge of a guarded account: the code makes the place known, and then the password counts as
    /// everywhere.
    pub(in super::super) async fn answer_guard(&self, attempt: Attempt<'_>, step: &PendingStep, body: RawBody) -> Result<Answer> {
        let entries = step.form.read(body).map_err(Error::Fields)?;
        let held: Held = serde_json::from_slice(&step.state).map_err(|error| Error::Internal(error.to_string()))?;
        let facts = held.facts();
        let attempt = Attempt { purpose: Purpose::Signin, ..attempt };
        let user = self.accounts.identity(&attempt.provider.type_name, &facts.subject).await?.map(|identity| identity.user);
        if user != step.context.user {
            return Err(Error::UnknownFlow);
        }
        let name = account_of(user, &attempt.provider.type_name, &facts);
        let network = Network::of(attempt.client.address).to_string();
        let codes = self.guard.allowance(Kind::Codes, &[&name, &network]);
        self.take_or_refuse(codes.iter().cloned().collect()).await?;
        if !self.use_code(&name, entries.text(CODE).unwrap_or_default()).await? {
            self.record_result(attempt, user, "wrong_code").await;
            return Err(Error::field(CODE, "wrong_code", "is not the code of the latest mail"));
        }
        self.refill(codes).await?;
        if let Some(user) = user {
            self.trust_place(user, attempt.client).await?;
        }
        self.complete_signin(attempt, facts, &entries).await
    }

    /// The account's code at a time.
    async fn code_at(&self, account: &str, at: Timestamp) -> Result<Code> {
        let life = Timestamp(0).plus(CODE_LIFE).0;
        let slot = at.0.div_euclid(life);
        let key = &self.guard.key;
        let slot_text = slot.to_string();
        let counter = URL_SAFE_NO_PAD.encode(mac::digest(key, &[b"count", account.as_bytes(), slot_text.as_bytes()]));
        let until = Timestamp((slot + 2).saturating_mul(life));
        let used = self.ephemeral.kv_increment(NAMESPACE, &counter, 0, self.clock.now(), until).await?;
        let digest = mac::digest(key, &[b"code", account.as_bytes(), slot_text.as_bytes(), &used.to_be_bytes()]);
        let number = u64::from_be_bytes(digest[..8].try_into().unwrap_or_default()) % 100_000_000;
        Ok(Code { digits: format!("{number:08}"), counter, used, until })
    }

    /// Whether this is the account's code, now or a moment ago. Of several who enter it at once, one is right.
    async fn use_code(&self, account: &str, entered: &str) -> Result<bool> {
        let entered: String = entered.chars().filter(|c| !c.is_whitespace()).collect();
        let now = self.clock.now();
        for at in [now, now.minus(CODE_LIFE)] {
            let code = self.code_at(account, at).await?;
            if bool::from(code.digits.as_bytes().ct_eq(entered.as_bytes())) {
                let uses = self.ephemeral.kv_increment(NAMESPACE, &code.counter, 1, now, code.until).await?;
                return Ok(uses == code.used + 1);
            }
        }
        Ok(false)
    }

    /// A letter to somebody takes longer than none to nobody, so it is written after the answer.
    fn post_after_the_answer(&self, letter: Letter) {
        if self.guard.letters.0.try_send(letter).is_err() {
            tracing::warn!("too many letters with codes are waiting: one was dropped");
        }
    }

    /// Posts the letters of challenges, until the task is dropped.
    pub async fn post_codes(self: Arc<Self>) {
        let mut letters = self.guard.letters.1.lock().await;
        while let Some(letter) = letters.recv().await {
            if let Err(reason) = self.post(letter).await {
                tracing::error!(%reason, "a letter with a code was not posted");
            }
        }
    }
}

impl Held {
    fn facts(self) -> Facts {
        Facts {
            subject: self.subject,
            proof: Proof::Password(self.field),
            email: self.email.and_then(|email| Email::parse(&email).ok()),
            email_verified: self.email_verified,
            attributes: self.attributes,
            private: self.private,
        }
    }
}

/// The code, and the password as the provider asks for it.
fn form(attempt: Attempt<'_>, password: &str) -> Form {
    let signin = attempt.provider.live.manifest().signin.as_ref();
    let asked = signin.and_then(|form| form.fields.iter().find(|field| field.name == password));
    let password = asked.cloned().unwrap_or_else(|| Field::new(password, FieldKind::Password, "Password", 128));
    Form { fields: vec![Field::new(CODE, FieldKind::Token, "Code from the mail", 20).example("12345678"), password] }
}

fn letter(to: &Email, user: &User, client: &Client, code: &Code) -> Letter {
    Letter {
        to: to.clone(),
        locale: locale_for(user, client),
        template: "guard-code",
        variables: vec![
            ("code", code.digits.clone()),
            ("minutes", (CODE_LIFE.as_secs() / 60).to_string()),
            ("address", client.address.to_string()),
        ],
    }
}
