//! What can go wrong in a flow: domain errors, without HTTP.

use std::time::Duration;

use crate::{model::form::FieldError, password::pool::PoolError, store::StoreError, token::verify::TokenError};

/// Why a flow did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Mistakes in the input, field by field, all at once.
    #[error("the request has mistakes in its fields")]
    Fields(Vec<FieldError>),
    /// No such way to sign in.
    #[error("there is no way to sign in of type {given:?}")]
    UnknownType {
        /// As the caller wrote it, cut.
        given: String,
        /// Those there are.
        live: Vec<String>,
    },
    /// It is there and switched off.
    #[error("signing in by {0} is switched off")]
    ProviderDisabled(String),
    /// It signs nobody up (or in), by its nature or by the operator's choice.
    #[error("{provider} takes no {what}")]
    NotOffered {
        /// The provider type.
        provider: String,
        /// `sign-ups` or `sign-ins`.
        what: &'static str,
    },
    /// Unknown user, wrong password, refused proof: which of them is not said.
    #[error("the credentials are not right")]
    InvalidCredentials,
    /// The account was switched off; said only after the right proof.
    #[error("this account is disabled")]
    AccountDisabled,
    /// The proof is good, but no account has this identity.
    #[error("no account is linked to this identity yet")]
    NoAccount,
    /// Another account has the address.
    #[error("an account with this e-mail address exists")]
    EmailTaken,
    /// Another account has the address, and there is nothing that would prove it to be the caller's.
    #[error("an account with this e-mail address exists")]
    MustSignInFirst,
    /// Another account has the identity.
    #[error("an account with this identity exists")]
    IdentityTaken,
    /// Another account has the login.
    #[error("an account with this login exists")]
    LoginTaken,
    /// There is a role of this name.
    #[error("a role of this name exists")]
    RoleTaken,
    /// The gateway itself needs the role.
    #[error("the role {0} is built in and cannot be deleted")]
    BuiltInRole(String),
    /// The provider refused with a code and text of its own.
    #[error("{message}")]
    ProviderRefused {
        /// Stable.
        code: String,
        /// For people.
        message: String,
    },
    /// No such pending step: never there, used up, expired, or of another version of the provider.
    #[error("this step is not pending: it was answered, expired, or never begun")]
    UnknownFlow,
    /// No link from a mail, or one that was used or is too old: which of them is not said.
    #[error("this link is not valid: it was used, is too old, or never was")]
    InvalidToken,
    /// The invitation has made an account already.
    #[error("this invitation was used already")]
    InvitationUsed,
    /// The invitation is too old.
    #[error("this invitation has expired")]
    InvitationExpired,
    /// An administrator took the invitation back.
    #[error("this invitation was revoked")]
    InvitationRevoked,
    /// The operator lets nobody sign up.
    #[error("nobody can sign up here; an administrator can invite you")]
    SignupClosed,
    /// Not the code in the mail, or one that was used, is too old, or was guessed at too often.
    #[error("this code is not valid: it is wrong, was used, or is too old")]
    InvalidCode,
    /// The address is verified already, or there is none.
    #[error("this account has no address that needs to be verified")]
    NothingToVerify,
    /// The operator demands a verified address, and the way in gives none.
    #[error("this needs an account with an e-mail address")]
    VerifiedAddressRequired,
    /// Too many tries.
    #[error("too many tries")]
    RateLimited(Duration),
    /// The hashing queue is full or too slow, or a stored hash cannot be used.
    #[error(transparent)]
    Hashing(#[from] PoolError),
    /// The provider broke, ran into a limit, or broke the contract.
    #[error("the provider {provider} failed: {kind}")]
    Provider {
        /// The provider type.
        provider: String,
        /// How.
        kind: ProviderFailure,
        /// When to try again.
        retry: Duration,
    },
    /// The store is out of reach.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No token, or one that is not good.
    #[error("the access token is not valid")]
    Unauthenticated(Option<TokenError>),
    /// The token is genuine, but its session ended.
    #[error("the session has ended")]
    SessionEnded,
    /// The refresh token is not good.
    #[error("the refresh token is not valid")]
    InvalidRefresh(Option<TokenError>),
    /// A spent refresh token came back: the session was ended.
    #[error("this refresh token was used before; its session has been ended")]
    RefreshReused,
    /// A service's credentials are missing or wrong (RFC 6749, 5.2).
    #[error("the credentials of the service are missing or not right")]
    InvalidClient,
    /// A token of another kind than those that are given out (RFC 7009, 2.2.1).
    #[error("this is neither an access nor a refresh token")]
    UnsupportedTokenType,
    /// The caller lacks the role.
    #[error("this needs the role {0}")]
    Forbidden(String),
    /// Sent by a page of another site, with our cookie.
    #[error("this was sent by another site; only our own pages may")]
    OtherSite,
    /// The sign-in is too long ago for this.
    #[error("this needs a recent sign-in: sign in again")]
    ReauthenticationRequired,
    /// There is no such thing.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// The operator's file says otherwise.
    #[error("{0}")]
    DisabledInFile(String),
    /// Somebody has to remain.
    #[error("the last administrator cannot be removed")]
    LastAdministrator,
    /// Without it nobody could sign in to the account.
    #[error("the last way in cannot be removed")]
    LastIdentity,
    /// Recovery codes stand in for a factor.
    #[error("this account has no second factor")]
    NoFactor,
    /// A defect of ours; the reason is for the log.
    #[error("internal error: {0}")]
    Internal(String),
}

/// How a provider failed its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProviderFailure {
    /// It trapped, exceeded a limit or broke the contract.
    #[error("it broke off")]
    Broken,
    /// It took too long.
    #[error("it took too long")]
    TimedOut,
    /// Too many calls at once.
    #[error("too many calls at once")]
    Busy,
    /// It failed again and again and is resting.
    #[error("it is resting after repeated failures")]
    Resting,
    /// What it depends on is out of reach.
    #[error("what it depends on is out of reach")]
    Upstream,
    /// It claims what the operator did not grant.
    #[error("it is not set up for this")]
    NotGranted,
}

impl Error {
    /// One mistake in one field.
    #[must_use]
    pub fn field(field: &str, code: &str, message: &str) -> Self {
        Self::Fields(vec![FieldError::new(field, code, message)])
    }
}
