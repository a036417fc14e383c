//! Users as the API shows them, and what the store needs to make one.

use std::collections::BTreeMap;

use super::{Email, InvitationId, Timestamp, UserId};

/// An account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Given by the store.
    pub id: UserId,
    /// Unique in its canonical form.
    pub email: Option<Email>,
    /// The name under which the user signs in by [`LOGIN`], if any.
    pub login: Option<String>,
    /// Whether the address is known to belong to the person.
    pub email_verified: bool,
    /// Chosen by the user.
    pub display_name: Option<String>,
    /// What providers declared and keep (row A8), by name.
    pub profile: BTreeMap<String, String>,
    /// A BCP 47 tag that the user chose for mails and pages.
    pub locale: Option<String>,
    /// Sorted names.
    pub roles: Vec<String>,
    /// Switched off by an administrator.
    pub disabled: bool,
    /// The invitation that made the account, whether or not it is still there.
    pub invitation: Option<InvitationId>,
    /// When the account was made.
    pub created_at: Timestamp,
}

impl User {
    /// Whether the user has the role.
    #[must_use]
    pub fn has_role(&self, role: &str) -> bool {
        self.roles.iter().any(|have| have == role)
    }
}

/// A user to be made, with the identity and the password that open the account, in one atomic step.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// Canonical address, unique.
    pub email: Option<Email>,
    /// See [`User::email_verified`].
    pub email_verified: bool,
    /// Declared attributes.
    pub profile: BTreeMap<String, String>,
    /// The first way in.
    pub identity: NewIdentity,
    /// A PHC string, if the first way in is a password.
    pub password_hash: Option<String>,
    /// Roles to begin with.
    pub roles: Vec<String>,
    /// When.
    pub created_at: Timestamp,
}

/// A way in, to be attached to a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewIdentity {
    /// The provider type.
    pub provider: String,
    /// Stable and unique within the provider.
    pub subject: String,
    /// The provider's own data about it.
    pub private: Option<Vec<u8>>,
    /// Asked for after the first step; never a way in of its own.
    pub is_factor: bool,
}

/// What came of making a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Created {
    /// The new user.
    User(User),
    /// Another account has this address.
    EmailTaken,
    /// Another account has this (provider, subject).
    IdentityTaken,
}

/// Changes to one's own account; `None` leaves a field as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserChange {
    /// `Some(None)` clears it.
    pub display_name: Option<Option<String>>,
    /// `Some(None)` clears it.
    pub locale: Option<Option<String>>,
    /// `None` as a value removes the entry.
    pub profile: BTreeMap<String, Option<String>>,
}

/// A forgotten password, to be replaced after a proof from a mail to the account's address.
#[derive(Clone, Debug)]
pub struct PasswordReset {
    /// Whose.
    pub user: UserId,
    /// The address that was proven; the account must still have it.
    pub email: Email,
    /// The new password, a PHC string.
    pub password_hash: String,
    /// The way in that the password opens; attached if it is not there.
    pub identity: NewIdentity,
    /// When.
    pub at: Timestamp,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reset {
    /// The new password holds, and the address is verified.
    Done {
        /// As the account is now.
        user: User,
        /// The address had not been verified before: whoever made the account may be somebody else, and everything of theirs
        /// is gone.
        taken_over: bool,
    },
    /// Refused: the account is disabled.
    Disabled,
    /// No such user, or not with this address any more.
    NotFound,
}

/// Changes by an administrator, all or nothing; `None` leaves a field as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Amendment {
    /// What users may change themselves.
    pub own: UserChange,
    /// `Some(None)` removes it. Identities that bear the old address as their subject follow.
    pub email: Option<Option<Email>>,
    /// If it is not given, a new address counts as unverified.
    pub email_verified: Option<bool>,
    /// See [`User::disabled`].
    pub disabled: Option<bool>,
    /// A PHC string.
    pub password_hash: Option<String>,
}

/// What came of an [`Amendment`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Amended {
    /// The user as it is now.
    Done(User),
    /// No such user.
    NotFound,
    /// Another account has the address.
    EmailTaken,
    /// Refused: there is no other enabled administrator.
    LastAdministrator,
}

/// What came of a change of address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EmailChanged {
    /// The user as it is now.
    Done(User),
    /// Another account has the address.
    Taken,
    /// No such user.
    NotFound,
}

/// What came of deleting a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deleted {
    /// Gone, with identities, password, profile and roles.
    Done,
    /// No such user.
    NotFound,
    /// Refused: there is no other enabled administrator.
    LastAdministrator,
}

/// The role that opens the administrator's API; it cannot be deleted.
pub const ADMIN: &str = "admin";

/// The provider type that signs people in by a name of their own choice.
pub const LOGIN: &str = "login";
/// The provider type that signs people in by their e-mail address.
pub const SIMPLE: &str = "simple";
