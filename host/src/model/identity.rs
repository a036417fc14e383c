//! A way in of a user: (provider type, subject).

use super::{Email, IdentityId, Timestamp, UserId, user::NewIdentity};

/// An identity as it is stored. An e-mail address never selects an account by itself; this does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Given by the store.
    pub id: IdentityId,
    /// Whose it is.
    pub user: UserId,
    /// The provider type.
    pub provider: String,
    /// Stable and unique within the provider.
    pub subject: String,
    /// The provider's own data about it.
    pub private: Option<Vec<u8>>,
    /// Asked for after the first step; never a way in of its own.
    pub is_factor: bool,
    /// When it was attached.
    pub created_at: Timestamp,
}

/// A way in that a user adds to the own account, in one atomic step.
#[derive(Clone, Debug)]
pub struct NewWay {
    /// Who this is within its provider.
    pub identity: NewIdentity,
    /// Becomes the account's unverified address, if it has none.
    pub email: Option<Email>,
    /// Becomes the account's password (PHC string), if it has none.
    pub password_hash: Option<String>,
}

/// What came of adding a way in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Added {
    /// It is there now.
    New(Identity),
    /// It was there before, and the same user's.
    Own(Identity),
    /// It is another's, or there is no such user.
    IdentityTaken,
    /// The address that was to become the account's is another's.
    EmailTaken,
}

/// A second factor that was just enrolled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enrolled {
    /// The factor.
    pub identity: Identity,
    /// Whether the recovery codes that came along were kept: the user had none before.
    pub codes_kept: bool,
}

/// What came of removing an identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Detached {
    /// It is gone; with the last password identity went the password, with the last factor the recovery codes.
    Done(Identity),
    /// The user has no such identity.
    NotFound,
    /// Refused: it is the last way in.
    Last,
}
