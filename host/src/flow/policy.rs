//! Who may sign up: everybody, who has an invitation, or nobody. Whatever the rule, an invitation that a sign-up brings is
//! used up by it, and its address and roles become the new user's.

use super::{Error, Flow, Result, proof::digest, provider::LiveProvider, verified::Attempt};
use crate::model::{
    Email,
    form::{Entries, Field, Form, Kind, RawBody},
    provider::Facts,
    signup::SignupPolicy,
};

/// The field of a sign-up that holds the token of an invitation. A provider's own field of this name is not asked for.
pub const INVITE: &str = "invite";

/// The rule for sign-ups by a provider: the word in its `NAME.toml`, or else the gateway's.
#[must_use]
pub fn policy_of(provider: &LiveProvider, house: SignupPolicy) -> SignupPolicy {
    provider.grants.signup_policy.unwrap_or(house)
}

/// What a sign-up by a provider takes; none if it takes none.
#[must_use]
pub fn signup_form(provider: &LiveProvider, house: SignupPolicy) -> Option<Form> {
    let policy = policy_of(provider, house);
    let manifest = provider.live.manifest();
    let offered = provider.grants.signup && !manifest.factor && policy != SignupPolicy::Closed;
    manifest.signup.as_ref().filter(|_| offered).map(|form| with_invite(form, policy))
}

/// A form of a sign-up with the field for invitations.
#[must_use]
pub fn with_invite(form: &Form, policy: SignupPolicy) -> Form {
    let own = form.fields.iter().filter(|field| field.name != INVITE).cloned();
    let invite = Field::new(INVITE, Kind::Token, "The token of your invitation", 100);
    let invite = if policy == SignupPolicy::Invite { invite } else { invite.optional() };
    Form { fields: own.chain([invite]).collect() }
}

impl Flow {
    /// What a sign-up by a provider takes now.
    ///
    /// # Errors
    /// [`Error::NotOffered`] or [`Error::SignupClosed`].
    pub(super) fn form_of_signup(&self, provider: &LiveProvider) -> Result<Form> {
        if let Some(form) = signup_form(provider, self.terms.signup) {
            return Ok(form);
        }
        let manifest = provider.live.manifest();
        if manifest.signup.is_some() && provider.grants.signup && !manifest.factor {
            return Err(Error::SignupClosed);
        }
        Err(Error::NotOffered { provider: provider.type_name.clone(), what: "sign-ups" })
    }

    /// Reads the body of a sign-up; beside it the digest of the token that it brought. The provider never sees the token.
    ///
    /// # Errors
    /// [`Error::Fields`], or what is wrong with the invitation.
    pub(super) async fn read_invited(&self, form: &Form, body: RawBody) -> Result<(Entries, Option<String>)> {
        let mut entries = self.read_signup(form, body).await?;
        let token_hash = entries.text(INVITE).map(digest);
        entries.0.remove(INVITE);
        if let Some(token_hash) = &token_hash {
            let invitation = self.open_invitation(token_hash).await?;
            // Most providers ask for the address first: then it is told at once, before they send mails there.
            let given = form.fields.iter().find(|field| field.kind == Kind::Email && field.name == "email");
            let given = given.and_then(|field| entries.text(&field.name)).and_then(|text| Email::parse(text).ok());
            same_address(given.as_ref(), &invitation.email)?;
        }
        Ok((entries, token_hash))
    }

    /// The facts about somebody who signs up with an invitation: its address, which the token has proven, since it was sent
    /// nowhere else. The rule is looked at again, because it may have changed since the first step.
    ///
    /// # Errors
    /// [`Error::Fields`] about [`INVITE`], [`Error::SignupClosed`], or what is wrong with the invitation.
    pub(super) async fn apply_policy(&self, attempt: Attempt<'_>, facts: Facts) -> Result<Facts> {
        match (policy_of(attempt.provider, self.terms.signup), attempt.invitation) {
            (SignupPolicy::Closed, _) => Err(Error::SignupClosed),
            (SignupPolicy::Invite, None) => Err(Error::field(INVITE, "required", "is required; sign up again with your invitation")),
            (SignupPolicy::Open, None) => Ok(facts),
            (_, Some(token_hash)) => {
                let invitation = self.open_invitation(token_hash).await?;
                same_address(facts.email.as_ref(), &invitation.email)?;
                Ok(Facts { email: Some(invitation.email), email_verified: true, ..facts })
            }
        }
    }

    /// The rule for a sign-up that waited for the proof of its address, and so has no invitation. Its provider may be gone.
    pub(super) fn still_open(&self, provider: &str) -> Result<()> {
        let policy = self.live(provider).map_or(self.terms.signup, |live| policy_of(&live, self.terms.signup));
        if policy == SignupPolicy::Open { Ok(()) } else { Err(Error::SignupClosed) }
    }
}

fn same_address(given: Option<&Email>, invited: &Email) -> Result<()> {
    if given.is_none_or(|given| given == invited) {
        return Ok(());
    }
    Err(Error::field(INVITE, "other_address", "was sent to another address: sign up with that one"))
}
