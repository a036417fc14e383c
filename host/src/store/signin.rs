//! The history of sign-ins.

use async_trait::async_trait;

use super::Result;
use crate::model::{
    Timestamp,
    page::{Page, PageRequest},
    signin::{Hour, HourCount, SignIn, SignInFilter},
};

/// Written at every attempt.
#[async_trait]
pub trait SignIns: Send + Sync {
    /// Adds one, and counts it in its hour, both or neither; the cost does not grow with the history.
    async fn record_signin(&self, signin: &SignIn) -> Result<()>;
    /// A page, the newest first; counted up to [`COUNTED`](crate::model::page::COUNTED). A cursor whose entry is gone is
    /// followed by nothing, since what is older went with it.
    async fn signins(&self, filter: &SignInFilter, request: &PageRequest) -> Result<Page<SignIn>>;
    /// What was counted from one hour on, before another; ordered by hour, provider and result. Reads the counts alone.
    async fn signins_by_hour(&self, from: Hour, to: Hour) -> Result<Vec<HourCount>>;
    /// Removes the oldest of those before the given time, `limit` at most, and the counts of all hours that ended by then;
    /// returns how many sign-ins.
    async fn purge_signins(&self, before: Timestamp, limit: u32) -> Result<u64>;
}
