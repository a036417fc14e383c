//! Sign-ups that wait for the proof of their address: nothing of the account is there before, and nobody finds out whether
//! the address has one already (security rule 23).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    Error, Flow, Result,
    challenge::Answer,
    proof::{Claim, ProofPlan},
    verified::{Attempt, proof_password},
};
use crate::model::{
    Email,
    audit::Actor,
    form::Entries,
    letter::Letter,
    proof::{self, Proof, Verification},
    provider::{self, Facts},
    step::StepContext,
    user::{Created, NewIdentity, NewUser, User},
};

/// What waits, sealed.
#[derive(Serialize, Deserialize)]
struct Waiting {
    provider: String,
    subject: String,
    private: Option<Vec<u8>>,
    attributes: BTreeMap<String, String>,
    password_hash: String,
}

impl Flow {
    /// The challenge that every sign-up by password gets, where addresses must be verified: the same answer after the same
    /// work, whether or not the address has an account. Only the letters differ.
    pub(super) async fn demand_proof_of_signup(&self, attempt: Attempt<'_>, facts: &Facts, entries: &Entries) -> Result<Option<Answer>> {
        let provider::Proof::Password(field) = &facts.proof else { return Ok(None) };
        if self.terms.email_verification != Verification::Required || facts.email_verified {
            return Ok(None);
        }
        let email = facts.email.as_ref().ok_or(Error::VerifiedAddressRequired)?;
        let password_hash = self.hash_password(proof_password(entries, field)?).await?;
        let identity = self.accounts.identity(&attempt.provider.type_name, &facts.subject).await?;
        let known = self.accounts.user_by_email(email).await?;
        if identity.is_some() && known.is_none() && facts.subject != email.as_str() {
            return Err(Error::IdentityTaken);
        }
        let waiting = Waiting {
            provider: attempt.provider.type_name.clone(),
            subject: facts.subject.clone(),
            private: facts.private.clone(),
            attributes: facts.attributes.iter().cloned().collect(),
            password_hash,
        };
        let admitted = self.admit_mail(email, attempt.client).await?;
        let minted = self.mint(self.signup_plan(email, known.as_ref(), admitted, &waiting)?).await?;
        if admitted {
            let (template, page) = if known.is_some() { ("signup-known", "reset") } else { ("verify-signup", "verify-email") };
            let variables = minted.variables(&self.terms.public_url, page);
            let locale = known.as_ref().and_then(|user| user.locale.clone()).unwrap_or_else(|| attempt.client.locale.clone());
            self.post(Letter { to: email.clone(), locale, template, variables }).await?;
        }
        self.ask_for_code(attempt, minted, email, StepContext::default()).await.map(Some)
    }

    /// Makes the account of a sign-up that waited, whose claim has been checked.
    pub(super) async fn finish_waiting_signup(&self, proof: &Proof, claim: &Claim) -> Result<User> {
        let plain = self.unseal(proof)?;
        let waiting: Waiting = serde_json::from_slice(plain.expose()).map_err(|error| Error::Internal(error.to_string()))?;
        self.still_open(&waiting.provider)?;
        self.spend(proof, claim).await?;
        let new = NewUser {
            email: Some(proof.email.clone()),
            email_verified: true,
            profile: waiting.attributes,
            identity: NewIdentity { provider: waiting.provider, subject: waiting.subject, private: waiting.private, is_factor: false },
            password_hash: Some(waiting.password_hash),
            roles: Vec::new(),
            created_at: self.clock.now(),
        };
        match self.accounts.create_user(&new).await? {
            Created::User(user) => {
                tracing::info!(user = %user.id, provider = %new.identity.provider, "signed up");
                self.audit(Actor::User(user.id), "user.verify_email", format!("user:{}", user.id), "").await;
                Ok(user)
            }
            // Somebody was faster. Whoever has the proof has the address, and may know.
            Created::EmailTaken => Err(Error::EmailTaken),
            Created::IdentityTaken => Err(Error::IdentityTaken),
        }
    }

    /// For an address with an account the letter leads to its recovery. What waits is sealed all the same, so that the work is.
    fn signup_plan(&self, email: &Email, known: Option<&User>, mailed: bool, waiting: &Waiting) -> Result<ProofPlan> {
        let waiting = serde_json::to_vec(waiting).map_err(|error| Error::Internal(error.to_string()))?;
        let (purpose, ttl) = match known {
            Some(_) => (proof::Purpose::Reset, self.terms.recovery_ttl),
            None => (proof::Purpose::Signup, self.terms.verification_ttl),
        };
        let code = mailed && known.is_none();
        Ok(ProofPlan { purpose, user: known.map(|user| user.id), email: email.clone(), code, waiting: Some(waiting), ttl })
    }
}
