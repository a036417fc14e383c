//! Roles of users.

use async_trait::async_trait;

use super::Result;
use crate::model::{
    UserId,
    role::{Revoked, Role, RoleDeleted},
};

/// Roles; `admin` is always there.
#[async_trait]
pub trait Roles: Send + Sync {
    /// All, by name.
    async fn roles(&self) -> Result<Vec<Role>>;
    /// Adds one; false if the name is taken.
    async fn create_role(&self, role: &Role) -> Result<bool>;
    /// Removes one, and takes it from its users.
    async fn delete_role(&self, name: &str) -> Result<RoleDeleted>;
    /// Gives the role; false if user or role do not exist. Giving it twice changes nothing.
    async fn grant_role(&self, user: UserId, role: &str) -> Result<bool>;
    /// Takes the role away. The last enabled administrator stays one, whoever else is being changed at the same time.
    async fn revoke_role(&self, user: UserId, role: &str) -> Result<Revoked>;
}
