//! Identities: the ways in of a user.

use async_trait::async_trait;

use super::Result;
use crate::model::{
    Email, IdentityId, Timestamp, UserId,
    identity::{Added, Detached, Enrolled, Identity, NewWay},
    user::NewIdentity,
};

/// Identities by (provider, subject).
#[async_trait]
pub trait Identities: Send + Sync {
    /// Whose identity this is.
    async fn identity(&self, provider: &str, subject: &str) -> Result<Option<Identity>>;
    /// All of a user, oldest first.
    async fn identities_of(&self, user: UserId) -> Result<Vec<Identity>>;
    /// Attaches one; false if (provider, subject) is another's already. True, and no change, if it is this user's.
    async fn attach_identity(&self, user: UserId, identity: &NewIdentity, at: Timestamp) -> Result<bool>;
    /// Attaches one with the address and the password that open it, where the user has none of them, or changes nothing.
    async fn add_identity(&self, user: UserId, way: &NewWay, at: Timestamp) -> Result<Added>;
    /// Attaches a second factor, with these digests of recovery codes if the user has none. `None`, and no change, if
    /// (provider, subject) is there already, or the user is not.
    async fn enrol_factor(&self, user: UserId, identity: &NewIdentity, code_hashes: &[String], at: Timestamp) -> Result<Option<Enrolled>>;
    /// Removes one of a user's, but never the last way in (factors are none); of concurrent removals one stays. The password
    /// goes along if no identity remains that may need it: one of a provider that is not in `vouching`.
    async fn detach_identity(&self, user: UserId, id: IdentityId, vouching: &[String]) -> Result<Detached>;
    /// Gives an account to the owner of its address: if the address is still this one and unverified, and the account neither
    /// disabled nor an administrator's, then password, identities, factors, recovery codes, profile, pending proofs and known
    /// places go, the identity is attached and the address verified. Otherwise nothing happens, and false comes back.
    async fn take_over(&self, user: UserId, email: &Email, identity: &NewIdentity, at: Timestamp) -> Result<bool>;
    /// Replaces the provider's private data.
    async fn set_identity_private(&self, provider: &str, subject: &str, private: Option<&[u8]>) -> Result<()>;
}
