//! Recovery: a forgotten password is replaced by whoever reads the account's mail. It gives no session, and so is no way
//! around a second factor.

use std::sync::Arc;

use super::{
    Client, Error, Flow, Result,
    mail::locale_for,
    proof::{Claim, Minted, ProofPlan, Sent, shown},
};
use crate::model::{
    Email, Secret,
    audit::Actor,
    letter::Letter,
    proof::{Proof, Purpose},
    session::EndReason,
    user::{ADMIN, NewIdentity, PasswordReset, Reset, User},
};

/// The provider type whose password it is.
const SIMPLE: &str = "simple";

impl Flow {
    /// Sends a letter to whoever has an account with this address. Nobody else finds out whether there is one: the same
    /// answer after the same work, the letter leaves after it (security rule 23).
    ///
    /// # Errors
    /// The store's.
    pub async fn recover(self: &Arc<Self>, email: &Email, client: &Client) -> Result<Sent> {
        self.admit(client).await?;
        let admitted = self.admit_mail(email, client).await?;
        let user = self.accounts.user_by_email(email).await?.filter(|user| admitted && is_recovered_by_mail(user));
        let plan = ProofPlan {
            purpose: Purpose::Reset,
            user: user.as_ref().map(|user| user.id),
            email: email.clone(),
            code: true,
            waiting: None,
            ttl: self.terms.recovery_ttl,
        };
        let minted = self.mint(plan).await?;
        let sent = self.sent(&minted);
        if let Some(user) = user {
            let letter = self.recovery_letter(&user, email, &minted, client);
            let flow = Arc::clone(self);
            tokio::spawn(async move { flow.tell(letter).await });
        }
        Ok(sent)
    }

    /// Sets a new password. A password that the policy refuses does not use up the proof.
    ///
    /// # Errors
    /// [`Error::Fields`], [`Error::InvalidToken`], [`Error::InvalidCode`], [`Error::AccountDisabled`], or the store's.
    pub async fn reset_password(&self, claim: &Claim, new: &Secret<String>, client: &Client) -> Result<()> {
        self.admit(client).await?;
        let email = self.look_up(claim).await?.map(|proof| proof.email);
        if let Some(weakness) = self.weakness("new_password", new, email.as_ref()).await? {
            return Err(Error::Fields(vec![weakness]));
        }
        let proof = self.check_claim(claim, &[Purpose::Reset]).await?;
        let id = proof.user.ok_or_else(|| claim.refused())?;
        if !self.accounts.user(id).await?.is_some_and(|user| is_recovered_by_mail(&user)) {
            return Err(claim.refused());
        }
        // Before the proof is used up: the queue for hashing may be full.
        let password_hash = self.hash_password(new).await?;
        self.spend(&proof, claim).await?;
        let reset = PasswordReset {
            user: id,
            password_hash,
            identity: NewIdentity { provider: SIMPLE.to_owned(), subject: proof.email.to_string(), private: None, is_factor: false },
            at: self.clock.now(),
            email: proof.email.clone(),
        };
        match self.accounts.reset_password(&reset).await? {
            Reset::Done { user, taken_over } => self.after_reset(&user, &proof, taken_over, client).await,
            Reset::Disabled => Err(Error::AccountDisabled),
            Reset::NotFound => Err(claim.refused()),
        }
    }

    /// Tells the person that the password is another one now.
    pub(super) async fn tell_of_password(&self, user: &User, client: &Client) {
        let Some(email) = &user.email else { return };
        let variables =
            vec![("at", shown(self.clock.now())), ("address", client.address.to_string()), ("device", client.user_agent.clone())];
        self.tell(Letter { to: email.clone(), locale: locale_for(user, client), template: "password-changed", variables }).await;
    }

    async fn after_reset(&self, user: &User, proof: &Proof, taken_over: bool, client: &Client) -> Result<()> {
        self.seen.forget_user(user.id);
        self.end_all(user.id, None, EndReason::Password).await?;
        self.drop_proofs(user.id).await?;
        self.trust_place(user.id, client).await?;
        let detail = if taken_over { "the address was not verified before: everything else was removed" } else { "" };
        self.audit(Actor::User(user.id), "user.reset_password", format!("user:{}", user.id), detail).await;
        tracing::info!(user = %user.id, taken_over, created_at = %proof.created_at.rfc3339(), "a password was reset");
        self.tell_of_password(user, client).await;
        Ok(())
    }

    fn recovery_letter(&self, user: &User, email: &Email, minted: &Minted, client: &Client) -> Letter {
        let variables = minted.variables(&self.terms.public_url, "reset");
        Letter { to: email.clone(), locale: locale_for(user, client), template: "recover", variables }
    }
}

/// An address that nobody has shown to be theirs may be anybody's: it leads to no administrator's account. Another administrator
/// or `vestibule set-admin` sets the password there.
fn is_recovered_by_mail(user: &User) -> bool {
    let is = user.email_verified || !user.has_role(ADMIN);
    if !is {
        tracing::warn!(user = %user.id, "an administrator whose address is not verified was refused recovery by mail");
    }
    is
}
