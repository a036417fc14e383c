//! Linking: what happens when a proven identity meets an account that it does not belong to yet (security rule 13). An e-mail
//! address never selects an account by itself: it needs to be verified on both sides, or the old credential has to be proven.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq as _;

use super::{
    Error, Flow, Result,
    challenge::Answer,
    mail::locale_for,
    verified::{Attempt, proof_password},
};
use crate::{
    model::{
        Email, UserId,
        audit::Actor,
        form::{Entries, Field, Form, Kind, RawBody},
        letter::Letter,
        provider::{Facts, Prompt, Proof},
        session::EndReason,
        step::{PendingStep, Purpose, StepContext},
        user::{ADMIN, NewIdentity, User},
    },
    random,
};

/// Seconds for the answer.
const SECONDS: u32 = 900;
const PASSWORD: &str = "password";
const CODE: &str = "code";

/// What a proven identity that no account has meets.
pub(super) enum Met {
    /// No account with its address.
    Nobody,
    /// The account that it took over.
    Account(UserId),
    /// An account that let it in, or asks for more first.
    Question(Answer),
}

/// A way in that an account is to get.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Link {
    subject: String,
    private: Option<Vec<u8>>,
}

/// A proven identity that waits for the old credential of the account with its address.
#[derive(Serialize, Deserialize)]
struct Waiting {
    email: String,
    subject: String,
    attributes: Vec<(String, String)>,
    private: Option<Vec<u8>>,
    /// SHA-256 of salt and code; none: the account's password is asked for.
    code: Option<SentCode>,
}

#[derive(Serialize, Deserialize)]
struct SentCode {
    salt: String,
    digest: Vec<u8>,
}

impl Flow {
    /// Looks for the account that has the address of a vouched identity, and links it, takes it over, or asks.
    ///
    /// # Errors
    /// [`Error::MustSignInFirst`] if there is nothing to ask for, [`Error::AccountDisabled`], [`Error::IdentityTaken`], or the store's.
    pub(super) async fn meet(&self, attempt: Attempt<'_>, facts: &Facts) -> Result<Met> {
        let Some(email) = &facts.email else { return Ok(Met::Nobody) };
        let Some(mut user) = self.accounts.user_by_email(email).await? else { return Ok(Met::Nobody) };
        if facts.email_verified {
            self.refuse_disabled(attempt, &user).await?;
            if !user.email_verified && self.take_over(attempt, &user, email, facts).await? {
                return Ok(Met::Account(user.id));
            }
            // Somebody else may have verified it meanwhile.
            user = self.accounts.user(user.id).await?.ok_or(Error::NoAccount)?;
            if user.email_verified && user.email.as_ref() == Some(email) {
                return self.admit_linked(attempt, user, facts.clone()).await.map(Met::Question);
            }
        }
        self.ask_for_credential(attempt, &user, email, facts).await.map(Met::Question)
    }

    /// The owner of the address gets the account, and nothing of whoever made it without showing that the address is theirs.
    /// An administrator's account is never got that way.
    async fn take_over(&self, attempt: Attempt<'_>, user: &User, email: &Email, facts: &Facts) -> Result<bool> {
        if user.has_role(ADMIN) {
            return Ok(false);
        }
        // Before, so that no session outlives a failure halfway; and after, for one that began in between.
        self.end_all(user.id, None, EndReason::Account).await?;
        // A change of address that the one before had begun must not be finished.
        self.drop_proofs(user.id).await?;
        if !self.accounts.take_over(user.id, email, &new_identity(attempt, facts), self.clock.now()).await? {
            return Ok(false);
        }
        self.seen.forget_user(user.id);
        self.end_all(user.id, None, EndReason::Account).await?;
        self.drop_proofs(user.id).await?;
        let provider = &attempt.provider.type_name;
        tracing::info!(user = %user.id, %provider, "an account with an unverified address went to the owner of the address");
        let detail = format!("{provider} verified its unverified address; what it held before was removed");
        self.audit(Actor::Gateway, "user.take_over", format!("user:{}", user.id), detail).await;
        Ok(true)
    }

    /// Attaches the identity, and tells the user.
    pub(super) async fn link(&self, attempt: Attempt<'_>, user: &User, link: Link) -> Result<()> {
        let provider = attempt.provider;
        let Link { subject, private } = link;
        let identity = NewIdentity { provider: provider.type_name.clone(), subject, private, is_factor: false };
        if !self.accounts.attach_identity(user.id, &identity, self.clock.now()).await? {
            return Err(Error::IdentityTaken);
        }
        self.audit(Actor::Gateway, "identity.link", format!("user:{}", user.id), provider.type_name.as_str()).await;
        self.tell_of_way(user, "identity-added", &provider.live.manifest().name, attempt.client).await;
        Ok(())
    }

    async fn ask_for_credential(&self, attempt: Attempt<'_>, user: &User, email: &Email, facts: &Facts) -> Result<Answer> {
        let mut waiting = Waiting {
            email: email.as_str().to_owned(),
            subject: facts.subject.clone(),
            attributes: facts.attributes.clone(),
            private: facts.private.clone(),
            code: None,
        };
        let (message, field) = if self.accounts.password_hash(user.id).await?.is_some() {
            let message = attempt.client.reads(
                "There is an account with this address. Give its password to add this way in to it.",
                "У этого адреса уже есть учётная запись. Введите её пароль, чтобы добавить к ней этот способ входа.",
            );
            (message, Field::new(PASSWORD, Kind::Password, "Password of that account", 128))
        } else if user.email_verified {
            waiting.code = Some(self.send_link_code(attempt, user, email).await?);
            let message = attempt.client.reads(
                "There is an account with this address. Give the code that was sent there to add this way in to it.",
                "У этого адреса уже есть учётная запись. Введите код из письма, чтобы добавить к ней этот способ входа.",
            );
            (message, Field::new(CODE, Kind::Token, "Code from the mail", 10))
        } else {
            return Err(Error::MustSignInFirst);
        };
        let prompt = Prompt {
            message: message.to_owned(),
            form: Form { fields: vec![field] },
            data: Vec::new(),
            redirect: None,
            state: self.seal_state(Purpose::Link, user.id, &waiting)?,
            seconds: SECONDS,
        };
        let attempt = Attempt { purpose: Purpose::Link, ..attempt };
        let context = StepContext { user: Some(user.id), ..StepContext::default() };
        self.challenge(attempt, prompt, random::token(&*self.random), context).await
    }

    async fn send_link_code(&self, attempt: Attempt<'_>, user: &User, email: &Email) -> Result<SentCode> {
        let (code, salt) = (random::code(&*self.random), random::token(&*self.random));
        // Who has asked too often is answered as if it had been sent.
        let admitted = self.admit_mail(email, attempt.client).await?;
        if admitted {
            let variables = vec![
                ("code", code.clone()),
                ("provider", attempt.provider.live.manifest().name.clone()),
                ("minutes", (SECONDS / 60).to_string()),
            ];
            let locale = locale_for(user, attempt.client);
            self.post(Letter { to: email.clone(), locale, template: "link-code", variables }).await?;
        }
        // What nobody was sent, nobody may guess.
        let right = if admitted { code } else { random::token(&*self.random) };
        Ok(SentCode { digest: digest(&salt, &right), salt })
    }

    /// The answer to the question for the old credential.
    pub(super) async fn answer_link(&self, attempt: Attempt<'_>, step: &PendingStep, body: RawBody) -> Result<Answer> {
        let waiting: Waiting = self.open_state(step)?;
        let user = step.context.user.ok_or(Error::UnknownFlow)?;
        let user = self.accounts.user(user).await?.ok_or(Error::UnknownFlow)?;
        if user.email.as_ref().map(Email::as_str) != Some(waiting.email.as_str()) {
            return Err(Error::UnknownFlow);
        }
        let entries = step.form.read(body).map_err(Error::Fields)?;
        if let Some(wrong) = self.wrong_credential(attempt, user.id, &waiting, &entries).await? {
            self.record_result(attempt, Some(user.id), "invalid_credentials").await;
            return Err(wrong);
        }
        self.refuse_disabled(attempt, &user).await?;
        let facts = Facts {
            subject: waiting.subject,
            proof: Proof::Vouched,
            email: None,
            email_verified: false,
            attributes: waiting.attributes,
            private: waiting.private,
        };
        self.admit_linked(attempt, user, facts).await
    }

    /// Lets in by a new way, which the account gets when nothing is asked any more.
    async fn admit_linked(&self, attempt: Attempt<'_>, user: User, facts: Facts) -> Result<Answer> {
        let amr = [attempt.provider.type_name.clone()];
        if let Some(challenge) = self.demand_verified_address(attempt, &user, &amr).await? {
            return Ok(challenge);
        }
        let link = Link { subject: facts.subject.clone(), private: facts.private.clone() };
        if let Some(challenge) = self.demand_factor(attempt, &user, &amr, Some(&link)).await? {
            return Ok(challenge);
        }
        self.link(attempt, &user, link).await?;
        self.admit_known(attempt, user.id, facts).await
    }

    /// What is wrong with the answer, if anything is. Passwords count together with those of sign-ins; codes need no count but
    /// that of the step, because there are no more of them than mails.
    async fn wrong_credential(&self, attempt: Attempt<'_>, user: UserId, waiting: &Waiting, entries: &Entries) -> Result<Option<Error>> {
        let Some(sent) = &waiting.code else {
            let right = self.prove_password(user, proof_password(entries, PASSWORD)?, attempt.client).await?;
            return Ok((!right).then(|| Error::field(PASSWORD, "wrong_password", "is not the password of that account")));
        };
        let given: String = entries.text(CODE).unwrap_or_default().chars().filter(char::is_ascii_digit).collect();
        let right: bool = digest(&sent.salt, &given).ct_eq(&sent.digest).into();
        Ok((!right).then(|| Error::field(CODE, "wrong_code", "is not the code in the mail: type its six digits again")))
    }
}

fn new_identity(attempt: Attempt<'_>, facts: &Facts) -> NewIdentity {
    NewIdentity {
        provider: attempt.provider.type_name.clone(),
        subject: facts.subject.clone(),
        private: facts.private.clone(),
        is_factor: false,
    }
}

fn digest(salt: &str, code: &str) -> Vec<u8> {
    Sha256::new().chain_update(salt).chain_update(code).finalize().to_vec()
}
