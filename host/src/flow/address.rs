//! Change of address: the new address must be proven, and a verified old one must agree, in any order.

use super::{
    Client, Error, Flow, Result,
    authenticate::Caller,
    mail::locale_for,
    proof::{Claim, Minted, ProofPlan, Sent, shown},
    verification::{Side, Verified},
};
use crate::model::{
    Email, SessionId, UserId,
    audit::Actor,
    letter::Letter,
    proof::{Proof, Purpose},
    session::EndReason,
    user::EmailChanged,
};

/// The mails of a change that are under way.
pub struct ChangeSent {
    /// The letter to the new address.
    pub new: Sent,
    /// The flow id of the letter to the old address, if it is verified.
    pub old: Option<Sent>,
}

/// A change that waits for somebody's word.
pub struct Pending {
    /// The new address.
    pub email: Email,
    /// Whose word is missing.
    pub missing: Vec<Side>,
}

impl Flow {
    /// The change of address that is under way, if one is.
    ///
    /// # Errors
    /// The store's.
    pub async fn pending_address(&self, caller: &Caller) -> Result<Option<Pending>> {
        let halves = self.ephemeral.proofs_of(caller.user.id, self.clock.now()).await?;
        // Without the half of the new address the change cannot be finished.
        let Some(new) = halves.iter().find(|half| half.purpose == Purpose::EmailNew) else { return Ok(None) };
        let waits = |purpose| halves.iter().any(|half| half.purpose == purpose && half.confirmed_at.is_none());
        let sides = [(Side::New, Purpose::EmailNew), (Side::Old, Purpose::EmailOld)];
        let missing = sides.into_iter().filter(|(_, purpose)| waits(*purpose)).map(|(side, _)| side).collect();
        Ok(Some(Pending { email: new.email.clone(), missing }))
    }

    /// Asks for another address. A change that was pending is given up.
    ///
    /// # Errors
    /// [`Error::ReauthenticationRequired`], [`Error::Fields`], or the store's.
    pub async fn request_address(&self, caller: &Caller, email: &Email, client: &Client) -> Result<ChangeSent> {
        self.admit(client).await?;
        caller.require_fresh(self.clock.now(), self.terms.reauthentication_window)?;
        let user = &*caller.user;
        if user.email.as_ref() == Some(email) {
            return Err(Error::field("email", "unchanged", "is the address that the account has"));
        }
        self.ephemeral.drop_proofs_of(user.id, &Purpose::CHANGE).await?;
        let new = self.mail_new(caller, email, client).await?;
        let old = match user.email.as_ref().filter(|_| user.email_verified) {
            Some(old) => Some(self.mail_old(caller, old, email, client).await?),
            None => None,
        };
        self.audit(Actor::User(user.id), "user.request_email", format!("user:{}", user.id), "").await;
        Ok(ChangeSent { new: self.sent(&new), old: old.map(|old| self.sent(&old)) })
    }

    /// Gives up a change that is pending, if one is.
    ///
    /// # Errors
    /// The store's.
    pub async fn cancel_address(&self, caller: &Caller) -> Result<()> {
        let id = caller.user.id;
        if self.ephemeral.drop_proofs_of(id, &Purpose::CHANGE).await? > 0 {
            self.audit(Actor::User(id), "user.cancel_email", format!("user:{id}"), "").await;
        }
        Ok(())
    }

    /// "This was not me", from the letter to the old address: gives up the change, and ends every session of the account.
    ///
    /// # Errors
    /// [`Error::InvalidToken`] or the store's.
    pub async fn disown_address(&self, claim: &Claim, client: &Client) -> Result<()> {
        self.admit(client).await?;
        let proof = self.check_claim(claim, &[Purpose::EmailOld]).await?;
        let id = proof.user.ok_or_else(|| claim.refused())?;
        self.spend(&proof, claim).await?;
        self.ephemeral.drop_proofs_of(id, &Purpose::CHANGE).await?;
        self.end_all(id, None, EndReason::LogoutAll).await?;
        self.audit(Actor::User(id), "user.disown_email", format!("user:{id}"), "all sessions were ended").await;
        Ok(())
    }

    /// Notes one half; when none is missing, the address changes. The claim has been checked.
    pub(super) async fn confirm_address(&self, proof: &Proof, claim: &Claim, client: &Client) -> Result<Verified> {
        let id = proof.user.ok_or_else(|| claim.refused())?;
        let asking = self.ephemeral.session(self.asking_session(proof)?).await?;
        // Whoever ended the session that asked, other than by signing out there, did not want what it asked for.
        if asking.and_then(|session| session.ended).is_some_and(|ended| ended.reason != EndReason::Logout) {
            return Err(claim.refused());
        }
        if !self.ephemeral.confirm_proof(&proof.id_hash, self.clock.now()).await? {
            return Err(claim.refused());
        }
        // Read after the write, so that of two halves confirmed at once at least one sees both. The old half was made after the
        // new one and outlives it: while the new one is there, an old one that is not was never asked for.
        let halves = self.ephemeral.proofs_of(id, self.clock.now()).await?;
        let old_is_missing = halves.iter().any(|half| half.purpose == Purpose::EmailOld && half.confirmed_at.is_none());
        let new_is_missing = !halves.iter().any(|half| half.purpose == Purpose::EmailNew && half.confirmed_at.is_some());
        let pending = [(Side::Old, old_is_missing), (Side::New, new_is_missing)];
        let pending: Vec<Side> = pending.into_iter().filter_map(|(side, missing)| missing.then_some(side)).collect();
        if pending.is_empty() {
            self.change_address(id, proof, claim, client).await?;
        }
        Ok(Verified { email: proof.email.clone(), email_verified: pending.is_empty(), pending })
    }

    /// Both halves may come here at once: the change may be made twice, what follows it is done once.
    async fn change_address(&self, id: UserId, proof: &Proof, claim: &Claim, client: &Client) -> Result<()> {
        let before = self.accounts.user(id).await?.ok_or_else(|| claim.refused())?;
        let changed = self.accounts.change_email(id, Some(&proof.email), true).await?;
        self.seen.forget_user(id);
        let first = self.ephemeral.drop_proofs_of(id, &Purpose::CHANGE).await? > 0;
        match changed {
            EmailChanged::NotFound => return Err(claim.refused()),
            EmailChanged::Taken => return Err(Error::EmailTaken),
            EmailChanged::Done(_) if !first => return Ok(()),
            EmailChanged::Done(_) => {}
        }
        self.end_all(id, Some(self.asking_session(proof)?), EndReason::Address).await?;
        self.drop_proofs(id).await?;
        self.audit(Actor::User(id), "user.change_email", format!("user:{id}"), "").await;
        if let Some(old) = before.email.as_ref().filter(|old| **old != proof.email) {
            let variables = vec![("email", proof.email.to_string()), ("at", shown(self.clock.now()))];
            self.tell(Letter { to: old.clone(), locale: locale_for(&before, client), template: "email-changed", variables }).await;
        }
        Ok(())
    }

    /// The session that asked for the change stays.
    fn asking_session(&self, proof: &Proof) -> Result<SessionId> {
        let plain = self.unseal(proof)?;
        let id = std::str::from_utf8(plain.expose()).ok().and_then(|text| text.parse().ok());
        id.map(SessionId).ok_or_else(|| Error::Internal("a change of address names no session".to_owned()))
    }

    async fn mail_new(&self, caller: &Caller, email: &Email, client: &Client) -> Result<Minted> {
        // Whoever asks learns nothing of another's account with this address; its owner does.
        let taken = self.accounts.user_by_email(email).await?.is_some();
        let admitted = self.admit_mail(email, client).await?;
        let user = Some(caller.user.id).filter(|_| !taken);
        let minted = self.mint(self.change_plan(Purpose::EmailNew, user, caller, email, admitted && !taken)).await?;
        if admitted {
            let (template, variables) = if taken {
                ("email-taken", Vec::new())
            } else {
                ("email-change-new", minted.variables(&self.terms.public_url, "verify-email"))
            };
            self.post(Letter { to: email.clone(), locale: locale_for(&caller.user, client), template, variables }).await?;
        }
        Ok(minted)
    }

    async fn mail_old(&self, caller: &Caller, old: &Email, email: &Email, client: &Client) -> Result<Minted> {
        let admitted = self.admit_mail(old, client).await?;
        let minted = self.mint(self.change_plan(Purpose::EmailOld, Some(caller.user.id), caller, email, admitted)).await?;
        if admitted {
            let mut variables = minted.variables(&self.terms.public_url, "verify-email");
            variables.push(("email", email.to_string()));
            self.post(Letter { to: old.clone(), locale: locale_for(&caller.user, client), template: "email-change-old", variables })
                .await?;
        }
        Ok(minted)
    }

    fn change_plan(&self, purpose: Purpose, user: Option<UserId>, caller: &Caller, email: &Email, code: bool) -> ProofPlan {
        let waiting = Some(caller.session.id.to_string().into_bytes());
        ProofPlan { purpose, user, email: email.clone(), code, waiting, ttl: self.terms.verification_ttl }
    }
}
