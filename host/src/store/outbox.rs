//! Mails that have to leave.

use async_trait::async_trait;

use super::Result;
use crate::model::{
    Email, MailId, Timestamp,
    outbox::{ClaimedMail, MailClaim, MailOutcome, MailState, NewMail, OutboxDepth, OutboxEntry},
    page::{Page, PageRequest},
};

/// A claim is one conditional write: of several processes one gets a mail. Only the claim that holds a mail settles it.
#[async_trait]
pub trait Mails: Send + Sync {
    /// Keeps one.
    async fn add_mail(&self, mail: &NewMail) -> Result<MailId>;
    /// Claims mails that are due and that nobody holds, those that wait longest first. Each counts as a try.
    async fn claim_mails(&self, claim: &MailClaim) -> Result<Vec<ClaimedMail>>;
    /// Writes down what came of a try; false if the claim does not hold the mail any more.
    async fn settle_mail(&self, id: MailId, by: &str, at: Timestamp, outcome: &MailOutcome) -> Result<bool>;
    /// The newest first, of one state or of all.
    async fn outbox_page(&self, state: Option<MailState>, request: &PageRequest) -> Result<Page<OutboxEntry>>;
    /// How many there are in each state.
    async fn outbox_depth(&self, now: Timestamp) -> Result<OutboxDepth>;
    /// Makes one that waits or was given up due at once; false if there is none, or it has left.
    async fn retry_mail(&self, id: MailId, at: Timestamp, give_up_at: Timestamp) -> Result<bool>;
    /// Removes one that waits or was given up; false if there is none, or it has left.
    async fn delete_mail(&self, id: MailId) -> Result<bool>;
    /// Removes the mails of one template to an address, whatever became of them; returns how many.
    async fn drop_mails_to(&self, recipient: &Email, template: &str) -> Result<u64>;
    /// Removes those that left, and those that were given up, before these times.
    async fn purge_outbox(&self, sent_before: Timestamp, failed_before: Timestamp) -> Result<u64>;
}
