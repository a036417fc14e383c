//! Roles of users.

use async_trait::async_trait;

use super::Result;
use crate::model::UserId;

/// Roles; `admin` is always there.
#[async_trait]
pub trait Roles: Send + Sync {
    /// Gives the role; false if user or role do not exist. Giving it twice changes nothing.
    async fn grant_role(&self, user: UserId, role: &str) -> Result<bool>;
}
