//! Sessions.

use async_trait::async_trait;

use super::Result;
use crate::model::{
    SessionId, Timestamp, UserId,
    session::{Ended, NewSession, Rotated, Rotation, Session},
};

/// Logout, revocation and rotation contend for the same row, and logout wins.
#[async_trait]
pub trait Sessions: Send + Sync {
    /// Makes one, counter 0.
    async fn create_session(&self, new: &NewSession) -> Result<Session>;
    /// By id, ended or not.
    async fn session(&self, id: SessionId) -> Result<Option<Session>>;
    /// Turns the counter by one conditional write, or says what the row looks like instead (see [`Rotated`]).
    async fn rotate_session(&self, id: SessionId, rotation: &Rotation) -> Result<Rotated>;
    /// Ends it; false if it had ended before or is not there.
    async fn end_session(&self, id: SessionId, ended: Ended) -> Result<bool>;
    /// Ends all of a user but `except`; returns those that it ended.
    async fn end_sessions_of(&self, user: UserId, except: Option<SessionId>, ended: Ended) -> Result<Vec<SessionId>>;
    /// Ends all in which a provider type took part, or those alone that one digest of it began; returns those that it ended.
    /// Goes in bounded batches, so that others write in between; what began before the call ends.
    async fn end_sessions_by(&self, provider: &str, digest: Option<&str>, ended: Ended) -> Result<Vec<SessionId>>;
    /// Live ones, newest first.
    async fn sessions_of(&self, user: UserId, now: Timestamp) -> Result<Vec<Session>>;
    /// Puts off the end of a live session that comes without use: never nearer, never beyond its absolute end. False if it ended.
    async fn touch_session(&self, id: SessionId, idle_expires_at: Timestamp) -> Result<bool>;
    /// Removes all of a user, who is gone: they say from where, and with what.
    async fn delete_sessions_of(&self, user: UserId) -> Result<u64>;
    /// Removes sessions that ended or expired before the given time.
    async fn purge_sessions(&self, before: Timestamp) -> Result<u64>;
}
