//! Users.

use async_trait::async_trait;

use super::Result;
use crate::model::{
    Email, UserId,
    page::{Page, PageRequest},
    user::{Amended, Amendment, Created, Deleted, EmailChanged, NewUser, User, UserChange},
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
    /// Sets the address, and whether it is verified. Identities of the user whose subject is the old address get the new one;
    /// where another account has that identity, or there is no new address, they are removed.
    async fn change_email(&self, id: UserId, new: Option<&Email>, verified: bool) -> Result<EmailChanged>;
    /// Applies all of an administrator's changes, or none. The last enabled administrator is not disabled.
    async fn amend_user(&self, id: UserId, amendment: &Amendment) -> Result<Amended>;
    /// A page of all users, by id. A page of any number costs as much as the first; users added or removed meanwhile move no
    /// page that a cursor asks for.
    async fn users(&self, request: &PageRequest) -> Result<Page<User>>;
    /// A page of the users whose canonical address begins with `prefix`, by address; counted up to
    /// [`COUNTED`](crate::model::page::COUNTED). `None`: the user that the cursor names is gone.
    async fn users_by_email(&self, prefix: &str, request: &PageRequest) -> Result<Option<Page<User>>>;
    /// Removes the account and everything personal. The last enabled administrator stays.
    async fn delete_user(&self, id: UserId) -> Result<Deleted>;
}
