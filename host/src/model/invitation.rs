//! Invitations: an administrator lets somebody in, by a link in a mail that works once.

use super::{Email, InvitationId, Timestamp, UserId, outbox::NewMail, user::NewUser, user::User};

/// An invitation. Its token is known to the invited person alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// Given by the store, never twice.
    pub id: InvitationId,
    /// SHA-256 (hex) of the token.
    pub token_hash: String,
    /// Who is invited.
    pub email: Email,
    /// Sorted names of the roles that the new user gets.
    pub roles: Vec<String>,
    /// What administrators noted; the invited person does not see it.
    pub note: Option<String>,
    /// A BCP 47 tag, for the letters.
    pub locale: String,
    /// The administrator who made it; none if that account is gone.
    pub created_by: Option<UserId>,
    /// When.
    pub created_at: Timestamp,
    /// It works until then.
    pub expires_at: Timestamp,
    /// When it was used, and by the user whom it made.
    pub used: Option<(Timestamp, UserId)>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

impl Invitation {
    /// How it stands.
    #[must_use]
    pub fn state(&self, now: Timestamp) -> InvitationState {
        match self {
            Self { used: Some(_), .. } => InvitationState::Used,
            Self { revoked_at: Some(_), .. } => InvitationState::Revoked,
            Self { expires_at, .. } if *expires_at <= now => InvitationState::Expired,
            _ => InvitationState::Pending,
        }
    }
}

/// How an invitation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvitationState {
    /// Works.
    Pending,
    /// Has made a user.
    Used,
    /// Too old.
    Expired,
    /// Taken back.
    Revoked,
}

/// An invitation to be made.
#[derive(Clone, Debug)]
pub struct NewInvitation {
    /// See [`Invitation::token_hash`].
    pub token_hash: String,
    /// Who is invited.
    pub email: Email,
    /// Names of roles.
    pub roles: Vec<String>,
    /// See [`Invitation::note`].
    pub note: Option<String>,
    /// See [`Invitation::locale`].
    pub locale: String,
    /// The administrator.
    pub created_by: UserId,
    /// When.
    pub created_at: Timestamp,
    /// See [`Invitation::expires_at`].
    pub expires_at: Timestamp,
}

/// Which invitations are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InvitationFilter {
    /// Those that stand so.
    pub state: Option<InvitationState>,
    /// Those to this address.
    pub email: Option<Email>,
}

/// A user to be made by an invitation, whose roles are added to the user's own.
#[derive(Clone, Debug)]
pub struct Acceptance {
    /// Of the token that the person brought.
    pub token_hash: String,
    /// The user; `created_at` is when the invitation is used.
    pub user: NewUser,
    /// A mail that leaves if the user is made.
    pub mail: Option<NewMail>,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Accepted {
    /// The new user.
    User(Box<User>),
    /// There is no such invitation.
    NotFound,
    /// It has made a user already.
    Used,
    /// It is too old.
    Expired,
    /// It was taken back.
    Revoked,
    /// Another account has the address; the invitation stays as it is.
    EmailTaken,
    /// Another account has the identity; the invitation stays as it is.
    IdentityTaken,
}

/// What came of taking an invitation back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvitationRevoked {
    /// It works no more.
    Done,
    /// There is no such invitation.
    NotFound,
    /// It has made a user already.
    Used,
}
