//! Invitations, for administrators: made, seen, taken back. The letter leaves if, and only if, the invitation is there.

mod accept;

use std::time::Duration;

use super::{
    Client, Error, Flow, Result,
    account::is_language_tag,
    authenticate::Caller,
    history::within_count,
    proof::{digest, shown},
    role::{TOO_MANY, fit_into_a_token},
};
use crate::{
    model::{
        Email, InvitationId, Timestamp,
        audit::Actor,
        form::{Entries, Field, FieldError, Form, Kind, RawBody},
        invitation::{Invitation, InvitationFilter, InvitationRevoked, InvitationState, NewInvitation},
        letter::Letter,
        page::{Page, PageRequest},
        user::{ADMIN, User},
    },
    random,
};

/// Longest life of an invitation.
pub const LONGEST: Duration = Duration::from_hours(365 * 24);
/// Shortest one.
pub const SHORTEST: Duration = Duration::from_mins(1);
/// Invitations that are removed in one go: others write in between.
const BATCH: u32 = 1000;

impl Flow {
    /// A page of the invitations.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::Fields`] beyond what is counted, or the store's.
    pub async fn invitations(&self, caller: &Caller, filter: &InvitationFilter, request: &PageRequest) -> Result<Page<Invitation>> {
        caller.require(ADMIN)?;
        within_count(request)?;
        Ok(self.accounts.invitations(filter, self.clock.now(), request).await?)
    }

    /// An invitation, for administrators.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`], or the store's.
    pub async fn invitation(&self, caller: &Caller, id: InvitationId) -> Result<Invitation> {
        caller.require(ADMIN)?;
        self.accounts.invitation(id).await?.ok_or(Error::NotFound("invitation"))
    }

    /// How an invitation stands now.
    #[must_use]
    pub fn standing(&self, invitation: &Invitation) -> InvitationState {
        invitation.state(self.clock.now())
    }

    /// Invites somebody: the letter with the link leaves after the answer.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::Fields`], or the store's.
    pub async fn invite(&self, caller: &Caller, body: RawBody, client: &Client) -> Result<Invitation> {
        caller.require(ADMIN)?;
        let (token, now) = (random::token(&*self.random), self.clock.now());
        let new = self.read_invitation(caller, body, client, &token, now).await?;
        let variables = vec![
            ("link", format!("{}/invite?token={token}", self.terms.public_url)),
            ("until", shown(new.expires_at)),
            ("inviter", name_of(&caller.user)),
        ];
        let letter = Letter { to: new.email.clone(), locale: new.locale.clone(), template: "invitation", variables };
        let made = self.accounts.create_invitation(&new, &self.seal_letter(&letter)?).await?;
        let made = made.ok_or_else(|| Error::field("roles", "unknown_role", "names a role that was just deleted"))?;
        self.outbox.wake();
        self.audit(Actor::User(caller.user.id), "invitation.create", format!("invitation:{}", made.id), made.roles.join(", ")).await;
        Ok(made)
    }

    async fn read_invitation(&self, caller: &Caller, body: RawBody, client: &Client, token: &str, now: Timestamp) -> Result<NewInvitation> {
        let (entries, mut errors) = invitation_form().examine(body);
        let life = life(&entries, self.terms.invitation_ttl).unwrap_or_else(|error| {
            errors.push(error);
            SHORTEST
        });
        if entries.text("locale").is_some_and(|tag| !is_language_tag(tag)) {
            errors.push(FieldError::new("locale", "invalid_locale", "is not a language tag (BCP 47), like en or pt-BR"));
        }
        let roles = entries.names("roles").to_vec();
        if !fit_into_a_token(roles.iter().map(String::as_str)) {
            errors.push(FieldError::new("roles", "too_many_roles", TOO_MANY));
        }
        if !roles.is_empty() {
            let known = self.accounts.roles().await?;
            if let Some(unknown) = roles.iter().find(|name| !known.iter().any(|role| role.name == **name)) {
                errors.push(FieldError::new(
                    "roles",
                    "unknown_role",
                    format!("names {unknown:?}, which is no role; GET /roles lists them"),
                ));
            }
        }
        let email = entries.text("email").and_then(|text| Email::parse(text).ok());
        let (Some(email), true) = (email, errors.is_empty()) else { return Err(Error::Fields(errors)) };
        Ok(NewInvitation {
            token_hash: digest(token),
            email,
            roles,
            note: entries.text("note").map(ToOwned::to_owned),
            locale: entries.text("locale").map_or_else(|| client.locale.clone(), ToOwned::to_owned),
            created_by: caller.user.id,
            created_at: now,
            expires_at: now.plus(life),
        })
    }

    /// Takes an invitation back; a second time changes nothing.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`], [`Error::InvitationUsed`], or the store's.
    pub async fn revoke_invitation(&self, caller: &Caller, id: InvitationId) -> Result<()> {
        caller.require(ADMIN)?;
        match self.accounts.revoke_invitation(id, self.clock.now()).await? {
            InvitationRevoked::Done => {}
            InvitationRevoked::NotFound => return Err(Error::NotFound("invitation")),
            InvitationRevoked::Used => return Err(Error::InvitationUsed),
        }
        self.audit(Actor::User(caller.user.id), "invitation.revoke", format!("invitation:{id}"), "").await;
        Ok(())
    }

    /// Removes invitations of long ago; their users keep the ids.
    pub(super) async fn purge_invitations(&self) -> Result<u64> {
        let before = self.clock.now().minus(self.terms.invitation_history_ttl);
        let mut removed = 0;
        loop {
            let batch = self.accounts.purge_invitations(before, BATCH).await?;
            removed += batch;
            if batch == 0 {
                return Ok(removed);
            }
        }
    }
}

/// What `POST /invites` takes.
#[must_use]
pub fn invitation_form() -> Form {
    let fields = vec![
        Field::new("email", Kind::Email, "Who is invited", 254).example("ann@example.org"),
        Field::new("roles", Kind::Names, "Roles that the new user gets", 60).optional().example("admin"),
        Field::new("expires_in", Kind::Integer, "Seconds that it works: 60 to 31536000 (365 days)", 20).optional().example("604800"),
        Field::new("note", Kind::Text, "For administrators; the invited person does not see it", 500).optional(),
        Field::new("locale", Kind::Text, "Language of the letters (BCP 47)", 35).optional().example("en"),
    ];
    Form { fields }
}

fn life(entries: &Entries, default: Duration) -> std::result::Result<Duration, FieldError> {
    let Some(seconds) = entries.integer("expires_in") else { return Ok(default) };
    let life = u64::try_from(seconds).ok().map(Duration::from_secs).filter(|life| (SHORTEST..=LONGEST).contains(life));
    life.ok_or_else(|| {
        let message = format!("must be from {} to {} seconds", SHORTEST.as_secs(), LONGEST.as_secs());
        FieldError::new("expires_in", "out_of_range", message)
    })
}

/// What the invited person learns of who invites.
fn name_of(user: &User) -> String {
    let address = || user.email.as_ref().map(ToString::to_string);
    user.display_name.clone().or_else(address).or_else(|| user.login.clone()).unwrap_or_default()
}
