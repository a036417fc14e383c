//! Invitations.

use async_trait::async_trait;

use super::Result;
use crate::model::{
    InvitationId, Timestamp,
    invitation::{Acceptance, Accepted, Invitation, InvitationFilter, InvitationRevoked, NewInvitation},
    outbox::NewMail,
    page::{Page, PageRequest},
};

/// Kept under the SHA-256 (hex) of their token. An invitation goes with the user whom it made.
#[async_trait]
pub trait Invitations: Send + Sync {
    /// Makes one together with the mail that tells of it; `None`, and neither, if a role does not exist.
    async fn create_invitation(&self, new: &NewInvitation, mail: &NewMail) -> Result<Option<Invitation>>;
    /// By id.
    async fn invitation(&self, id: InvitationId) -> Result<Option<Invitation>>;
    /// By the digest of its token, however it stands.
    async fn invitation_by_token(&self, token_hash: &str) -> Result<Option<Invitation>>;
    /// A page: all, or those to an address, the newest first; those of one state alone by the time that decides it (end, use,
    /// revocation), the latest first. Counted up to [`COUNTED`](crate::model::page::COUNTED).
    async fn invitations(&self, filter: &InvitationFilter, now: Timestamp, request: &PageRequest) -> Result<Page<Invitation>>;
    /// Takes one back that was not used; again changes nothing.
    async fn revoke_invitation(&self, id: InvitationId, at: Timestamp) -> Result<InvitationRevoked>;
    /// Makes the user, binds the invitation to it and keeps the mail, or nothing of it: of concurrent callers one makes a user.
    async fn accept_invitation(&self, acceptance: &Acceptance) -> Result<Accepted>;
    /// Removes those that were used or revoked, or ended, before a time; as many as `limit` of each.
    async fn purge_invitations(&self, before: Timestamp, limit: u32) -> Result<u64>;
}
