//! Users.

use async_trait::async_trait;

use super::Result;
use crate::model::{
    Email, UserId,
    user::{Created, Deleted, NewUser, User, UserChange},
};

/// Accounts with profile and roles.
#[async_trait]
pub trait Users: Send + Sync {
    /// Makes user, identity, password, profile and roles, or nothing. If both address and identity are taken, it says so of
    /// the address. Roles must exist.
    async fn create_user(&self, new: &NewUser) -> Result<Created>;
    /// By id.
    async fn user(&self, id: UserId) -> Result<Option<User>>;
    /// By canonical address.
    async fn user_by_email(&self, email: &Email) -> Result<Option<User>>;
    /// Marks the address verified; `None` if there is no such user, or not with this address any more.
    async fn verify_email(&self, id: UserId, email: &Email) -> Result<Option<User>>;
    /// Applies the change: a value becomes the user's own entry, above the providers'; none removes everybody's entry of that name; `None` if there is no such user.
    async fn change_user(&self, id: UserId, change: &UserChange) -> Result<Option<User>>;
    /// Adds profile entries of a provider that it has not written yet; keeps those there are.
    async fn fill_profile(&self, id: UserId, provider: &str, entries: &[(String, String)]) -> Result<()>;
    /// What a provider wrote about the user, and nothing that others wrote.
    async fn profile_of(&self, id: UserId, provider: &str) -> Result<Vec<(String, String)>>;
    /// Removes the account and everything personal. The last administrator stays.
    async fn delete_user(&self, id: UserId) -> Result<Deleted>;
}
