//! Proofs by mail.

use async_trait::async_trait;

use super::Result;
use crate::model::{
    Timestamp, UserId,
    proof::{Proof, Purpose},
};

/// Kept under the SHA-256 (hex) of their flow id. An expired one is not there, whether or not it was purged.
#[async_trait]
pub trait Proofs: Send + Sync {
    /// Keeps one.
    async fn put_proof(&self, proof: &Proof) -> Result<()>;
    /// By its id, as it is; nothing changes.
    async fn proof(&self, id_hash: &str, now: Timestamp) -> Result<Option<Proof>>;
    /// By the digest of its link's token; nothing changes.
    async fn proof_by_token(&self, token_hash: &str, now: Timestamp) -> Result<Option<Proof>>;
    /// Counts one code tried, by one conditional write, and returns the proof; none after `most` of them.
    async fn try_proof(&self, id_hash: &str, most: u32, now: Timestamp) -> Result<Option<Proof>>;
    /// Uses it up: of several concurrent calls one gets it.
    async fn take_proof(&self, id_hash: &str, now: Timestamp) -> Result<Option<Proof>>;
    /// Confirms it and lets it stay until the other half is confirmed too: of several concurrent calls one gets true.
    async fn confirm_proof(&self, id_hash: &str, now: Timestamp) -> Result<bool>;
    /// Those about a user.
    async fn proofs_of(&self, user: UserId, now: Timestamp) -> Result<Vec<Proof>>;
    /// Removes those of a user for some purposes; returns how many there were.
    async fn drop_proofs_of(&self, user: UserId, purposes: &[Purpose]) -> Result<u64>;
    /// Removes expired ones.
    async fn purge_proofs(&self, now: Timestamp) -> Result<u64>;
}
