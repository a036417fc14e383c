//! The history of sign-ins.

use async_trait::async_trait;

use super::Result;
use crate::model::{
    Timestamp,
    page::{Page, PageRequest},
    signin::{SignIn, SignInFilter},
};

/// Written at every attempt.
#[async_trait]
pub trait SignIns: Send + Sync {
    /// Adds one; its cost does not grow with the history.
    async fn record_signin(&self, signin: &SignIn) -> Result<()>;
    /// A page, the newest first; counted up to [`COUNTED`](crate::model::page::COUNTED). A cursor whose entry is gone is
    /// followed by nothing, since what is older went with it.
    async fn signins(&self, filter: &SignInFilter, request: &PageRequest) -> Result<Page<SignIn>>;
    /// Removes the oldest of those before the given time, `limit` at most; returns how many.
    async fn purge_signins(&self, before: Timestamp, limit: u32) -> Result<u64>;
}
