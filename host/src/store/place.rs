//! Places: networks from which a user has signed in.

use async_trait::async_trait;

use super::Result;
use crate::model::{Network, Timestamp, UserId};

/// A few places a user.
#[async_trait]
pub trait Places: Send + Sync {
    /// When the user was last seen to sign in from there.
    async fn place_seen(&self, user: UserId, network: Network) -> Result<Option<Timestamp>>;
    /// Notes that the user is there, and keeps the user's `keep` latest places. Nothing happens if there is no such user.
    async fn note_place(&self, user: UserId, network: Network, at: Timestamp, keep: u32) -> Result<()>;
    /// Removes places that were last seen before the given time.
    async fn purge_places(&self, before: Timestamp) -> Result<u64>;
}
