//! Verification of addresses: by the way of a sign-in, or whenever the person comes by a link or with a code.

use super::{
    Client, Error, Flow, Result,
    authenticate::Caller,
    challenge::Answer,
    mail::locale_for,
    proof::{Claim, Minted, ProofPlan, Sent},
    verified::Attempt,
};
use crate::model::{
    Email,
    audit::Actor,
    form::{Field, Form, Kind, RawBody},
    letter::Letter,
    proof::{Proof, Purpose, Verification},
    provider::Prompt,
    step::{self, PendingStep, StepContext},
    user::User,
};

/// What a proof of an address came to.
pub struct Verified {
    /// The address that was proven, or is to become the account's.
    pub email: Email,
    /// Whether it is the account's and verified now.
    pub email_verified: bool,
    /// Whose word is missing yet, for a change of address.
    pub pending: Vec<Side>,
}

/// One of the two addresses of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The address that the account has.
    Old,
    /// The address that it is to have.
    New,
}

impl Side {
    /// As the API writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Old => "old",
            Self::New => "new",
        }
    }
}

impl Flow {
    /// Takes a link or a code from a mail: of a sign-up, of an address to be verified, or of a change of address.
    ///
    /// # Errors
    /// [`Error::InvalidToken`], [`Error::InvalidCode`], [`Error::EmailTaken`], or the store's.
    pub async fn verify_email(&self, claim: &Claim, client: &Client) -> Result<Verified> {
        self.admit(client).await?;
        let purposes = [Purpose::Verify, Purpose::Signup, Purpose::EmailOld, Purpose::EmailNew];
        let proof = self.check_claim(claim, &purposes).await?;
        match proof.purpose {
            Purpose::Signup => self.finish_waiting_signup(&proof, claim).await.map(drop)?,
            Purpose::EmailOld | Purpose::EmailNew => return self.confirm_address(&proof, claim, client).await,
            Purpose::Verify | Purpose::Reset => self.mark_verified(&proof, claim).await.map(drop)?,
        }
        Ok(Verified { email: proof.email, email_verified: true, pending: Vec::new() })
    }

    /// What the page behind a link is about; nothing changes.
    ///
    /// # Errors
    /// The store's.
    pub async fn look_at_link(&self, claim: &Claim) -> Result<Option<(Purpose, Email)>> {
        let proof = self.look_up(claim).await?.filter(|proof| proof.confirmed_at.is_none());
        Ok(proof.map(|proof| (proof.purpose, proof.email)))
    }

    /// Sends a new letter to the caller's own address.
    ///
    /// # Errors
    /// [`Error::NothingToVerify`], or the store's.
    pub async fn send_verification(&self, caller: &Caller, client: &Client) -> Result<Sent> {
        self.admit(client).await?;
        let user = &*caller.user;
        let email = user.email.as_ref().filter(|_| !user.email_verified).ok_or(Error::NothingToVerify)?;
        let minted = self.mail_verification(user, email, client).await?;
        Ok(self.sent(&minted))
    }

    /// After a sign-up: a letter with a link, if the operator wants one. It has no code, because nobody has its flow id.
    pub(super) async fn offer_verification(&self, user: &User, client: &Client) -> Result<()> {
        let Some(email) = user.email.as_ref().filter(|_| !user.email_verified) else { return Ok(()) };
        if self.terms.email_verification != Verification::Optional || !self.admit_mail(email, client).await? {
            return Ok(());
        }
        let minted = self.mint(self.verification_plan(user, email, false)).await?;
        let variables = minted.variables(&self.terms.public_url, "verify-email");
        let letter = Letter { to: email.clone(), locale: locale_for(user, client), template: "verify", variables };
        self.tell(letter).await;
        Ok(())
    }

    /// The challenge for a code from a mail, if the operator demands a verified address and the user's is not.
    pub(super) async fn demand_verified_address(&self, attempt: Attempt<'_>, user: &User, amr: &[String]) -> Result<Option<Answer>> {
        if self.terms.email_verification != Verification::Required || user.email_verified {
            return Ok(None);
        }
        let Some(email) = &user.email else {
            let vouched = attempt.provider.grants.vouch;
            return if vouched { Ok(None) } else { Err(Error::VerifiedAddressRequired) };
        };
        let minted = self.mail_verification(user, email, attempt.client).await?;
        let context = StepContext { user: Some(user.id), amr: amr.to_vec(), ..StepContext::default() };
        self.ask_for_code(attempt, minted, email, context).await.map(Some)
    }

    /// The answer to it: the sign-in, or the sign-up that waited, goes on.
    pub(super) async fn answer_verification(&self, attempt: Attempt<'_>, step: &PendingStep, flow: &str, body: RawBody) -> Result<Answer> {
        let entries = step.form.read(body).map_err(Error::Fields)?;
        let claim = Claim::code(flow, entries.text("code").unwrap_or_default());
        let user = match self.answer_proof(&claim).await {
            // As a mistake in a field, so that the challenge may be answered again.
            Err(Error::InvalidCode) => return Err(Error::field("code", "invalid_code", "is not the code in the mail")),
            other => other?,
        };
        if user.disabled {
            return Err(Error::AccountDisabled);
        }
        let amr = if step.context.amr.is_empty() { vec![step.provider.clone()] } else { step.context.amr.clone() };
        self.enter(attempt, user, amr).await
    }

    async fn answer_proof(&self, claim: &Claim) -> Result<User> {
        let proof = self.check_claim(claim, &[Purpose::Verify, Purpose::Signup]).await?;
        match proof.purpose {
            Purpose::Signup => self.finish_waiting_signup(&proof, claim).await,
            _ => self.mark_verified(&proof, claim).await,
        }
    }

    /// Keeps the step whose answer is the code of a proof; both have the same flow id.
    pub(super) async fn ask_for_code(&self, attempt: Attempt<'_>, minted: Minted, email: &Email, context: StepContext) -> Result<Answer> {
        let english = format!("We have sent a mail with a code to {email}. Enter the code, or follow the link in the mail.");
        let russian = format!("Мы отправили письмо с кодом на {email}. Введите код или откройте ссылку из письма.");
        let prompt = Prompt {
            message: attempt.client.reads(&english, &russian).to_owned(),
            form: Form { fields: vec![Field::new("code", Kind::Token, "The code in the mail", 20).example("123456")] },
            data: Vec::new(),
            redirect: None,
            seconds: u32::try_from(self.terms.verification_ttl.as_secs().max(1)).unwrap_or(u32::MAX),
            state: Vec::new(),
        };
        self.challenge(Attempt { purpose: step::Purpose::Verify, ..attempt }, prompt, minted.flow, context).await
    }

    async fn mail_verification(&self, user: &User, email: &Email, client: &Client) -> Result<Minted> {
        let admitted = self.admit_mail(email, client).await?;
        let minted = self.mint(self.verification_plan(user, email, admitted)).await?;
        if admitted {
            let variables = minted.variables(&self.terms.public_url, "verify-email");
            self.post(Letter { to: email.clone(), locale: locale_for(user, client), template: "verify", variables }).await?;
        }
        Ok(minted)
    }

    fn verification_plan(&self, user: &User, email: &Email, code: bool) -> ProofPlan {
        let ttl = self.terms.verification_ttl;
        ProofPlan { purpose: Purpose::Verify, user: Some(user.id), email: email.clone(), code, waiting: None, ttl }
    }

    async fn mark_verified(&self, proof: &Proof, claim: &Claim) -> Result<User> {
        let id = proof.user.ok_or_else(|| claim.refused())?;
        self.spend(proof, claim).await?;
        let user = self.accounts.verify_email(id, &proof.email).await?.ok_or_else(|| claim.refused())?;
        self.seen.forget_user(id);
        self.audit(Actor::User(id), "user.verify_email", format!("user:{id}"), "").await;
        Ok(user)
    }
}
