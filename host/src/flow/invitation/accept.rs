//! An invitation is accepted: by its link alone, or by a sign-up that brings its token. Either way the user is made and the
//! invitation bound in one step of the store, so that of any number of clicks one counts.

use std::collections::BTreeMap;

use subtle::ConstantTimeEq as _;

use crate::{
    flow::{
        Client, Error, Flow, Result,
        proof::digest,
        session::{Origin, SignedIn},
    },
    model::{
        Email, Secret,
        audit::Actor,
        invitation::{Acceptance, Accepted, Invitation, InvitationState},
        letter::Letter,
        signin::SignIn,
        user::{NewIdentity, NewUser, SIMPLE, User},
    },
    random,
};

/// What sessions and the history say of how somebody came in.
const WAY: &str = "invitation";

impl Flow {
    /// What the page behind a link is about; nothing changes.
    ///
    /// # Errors
    /// [`Error::InvalidToken`], [`Error::InvitationUsed`], [`Error::InvitationExpired`], [`Error::InvitationRevoked`], or the store's.
    pub async fn look_at_invitation(&self, token: &Secret<String>) -> Result<Invitation> {
        self.open_invitation(&digest(token.expose())).await
    }

    /// Makes the account and signs the person in. A letter with login and password is kept in the same step, and leaves then.
    ///
    /// # Errors
    /// Those of [`Self::look_at_invitation`]; [`Error::EmailTaken`], which leaves the invitation as it is; [`Error::RateLimited`],
    /// and what is out of reach.
    pub async fn accept_invitation(&self, token: &Secret<String>, client: &Client) -> Result<SignedIn> {
        self.admit(client).await?;
        let accepted = self.accept(token, client).await;
        self.count_acceptance(WAY, &accepted);
        accepted
    }

    async fn accept(&self, token: &Secret<String>, client: &Client) -> Result<SignedIn> {
        let invitation = self.look_at_invitation(token).await?;
        // Said before the password is hashed; the store decides again.
        if self.accounts.user_by_email(&invitation.email).await?.is_some() {
            return Err(self.used_or(Error::EmailTaken, &invitation.token_hash).await);
        }
        let password = Secret::new(random::password(&*self.random));
        let letter = Letter {
            to: invitation.email.clone(),
            locale: invitation.locale.clone(),
            template: "invitation-accepted",
            variables: vec![("login", invitation.email.to_string()), ("password", password.expose().clone())],
        };
        let mail = Some(self.seal_letter(&letter)?);
        let new = self.new_user(&invitation.email, self.hash_password(&password).await?);
        let acceptance = Acceptance { token_hash: invitation.token_hash, user: new, mail };
        self.expect_session_store().await?;
        let user = match self.admit_invited(&acceptance).await {
            // The way in is named by the address: whoever has it can sign in by it.
            Err(Error::IdentityTaken) => return Err(Error::EmailTaken),
            user => user?,
        };
        self.outbox.wake();
        self.record_acceptance(&user, client).await;
        self.know_place(user.id, client).await;
        self.begin_session(user, Origin { amr: vec![WAY.to_owned()], digest: "" }, client).await
    }

    /// As a sign-up by `simple` would make it; the link has proven the address.
    fn new_user(&self, email: &Email, password_hash: String) -> NewUser {
        NewUser {
            email: Some(email.clone()),
            email_verified: true,
            profile: BTreeMap::new(),
            identity: NewIdentity { provider: SIMPLE.to_owned(), subject: email.as_str().to_owned(), private: None, is_factor: false },
            password_hash: Some(password_hash),
            roles: Vec::new(),
            created_at: self.clock.now(),
        }
    }

    /// The invitation of a token's digest, if it works.
    pub(in crate::flow) async fn open_invitation(&self, token_hash: &str) -> Result<Invitation> {
        let found = self.accounts.invitation_by_token(token_hash).await?;
        let same = |found: &Invitation| found.token_hash.as_bytes().ct_eq(token_hash.as_bytes()).into();
        let found = found.filter(same).ok_or(Error::InvalidToken)?;
        match found.state(self.clock.now()) {
            InvitationState::Pending => Ok(found),
            InvitationState::Used => Err(Error::InvitationUsed),
            InvitationState::Expired => Err(Error::InvitationExpired),
            InvitationState::Revoked => Err(Error::InvitationRevoked),
        }
    }

    /// Why somebody's account is in the way: another click of the same person may have made it a moment ago.
    pub(in crate::flow) async fn used_or(&self, error: Error, token_hash: &str) -> Error {
        self.open_invitation(token_hash).await.err().unwrap_or(error)
    }

    /// Makes the user of an invitation, and binds the two.
    pub(in crate::flow) async fn admit_invited(&self, acceptance: &Acceptance) -> Result<User> {
        let user = match self.accounts.accept_invitation(acceptance).await? {
            Accepted::User(user) => *user,
            Accepted::NotFound => return Err(Error::InvalidToken),
            Accepted::Used => return Err(Error::InvitationUsed),
            Accepted::Expired => return Err(Error::InvitationExpired),
            Accepted::Revoked => return Err(Error::InvitationRevoked),
            Accepted::EmailTaken => return Err(Error::EmailTaken),
            Accepted::IdentityTaken => return Err(Error::IdentityTaken),
        };
        let id = user.invitation.map(|id| id.to_string()).unwrap_or_default();
        tracing::info!(user = %user.id, invitation = id, provider = acceptance.user.identity.provider, "accepted an invitation");
        let detail = format!("user:{} {}", user.id, user.roles.join(", "));
        self.audit(Actor::User(user.id), "invitation.accept", format!("invitation:{id}"), detail.trim()).await;
        Ok(user)
    }

    /// A history that cannot be written stops nobody.
    async fn record_acceptance(&self, user: &User, client: &Client) {
        let entry = SignIn {
            user: Some(user.id),
            at: self.clock.now(),
            provider: WAY.to_owned(),
            result: "ok".to_owned(),
            address: client.address.to_string(),
            user_agent: client.user_agent.clone(),
        };
        if let Err(reason) = self.accounts.record_signin(&entry).await {
            tracing::error!(%reason, "the sign-in was not recorded");
        }
    }
}
