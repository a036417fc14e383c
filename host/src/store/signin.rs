//! The history of sign-ins.

use async_trait::async_trait;

use super::Result;
use crate::model::signin::SignIn;

/// Written at every attempt.
#[async_trait]
pub trait SignIns: Send + Sync {
    /// Adds one; its cost does not grow with the history.
    async fn record_signin(&self, signin: &SignIn) -> Result<()>;
    /// The newest of a user first, `limit` at most.
    async fn signins_of(&self, user: crate::model::UserId, limit: u32) -> Result<Vec<SignIn>>;
}
