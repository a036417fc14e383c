//! Mails that have to leave: a hash each, and sorted sets by number, by state, and by when they may be claimed.

use std::time::Duration;

use async_trait::async_trait;

use super::{
    ACCOUNTS, RedisStore,
    link::Patience,
    record::{Fields, Record},
    script::{Args, Pairs, script},
};
use crate::{
    model::{
        Email, MailId, Timestamp,
        outbox::{ClaimedMail, MailClaim, MailOutcome, MailState, NewMail, OutboxDepth, OutboxEntry},
        page::{COUNTED, From, Page, PageRequest},
    },
    store::{Result, outbox::Mails},
};

/// Mails of each state that one step removes.
const BATCH: u64 = 500;

#[async_trait]
impl Mails for RedisStore {
    async fn add_mail(&self, mail: &NewMail) -> Result<MailId> {
        self.run(script!("outbox", "outbox_add"), ACCOUNTS, put_mail(Args::new(), mail)).await.map(MailId)
    }

    async fn claim_mails(&self, claim: &MailClaim) -> Result<Vec<ClaimedMail>> {
        let args = Args::new().one(&claim.by).one(claim.at).one(claim.until).one(claim.most);
        let mails: Vec<(i64, Fields)> = self.run(script!("outbox_claim"), ACCOUNTS, args).await?;
        let mut mails = mails.into_iter().map(|(id, fields)| claimed(id, fields)).collect::<Result<Vec<_>>>()?;
        mails.sort_unstable_by_key(|mail| mail.id);
        Ok(mails)
    }

    async fn settle_mail(&self, id: MailId, by: &str, at: Timestamp, outcome: &MailOutcome) -> Result<bool> {
        let (word, next_at, problem) = match outcome {
            MailOutcome::Sent => ("sent", None, None),
            MailOutcome::Failed { error } => ("failed", None, Some(error)),
            MailOutcome::Deferred { next_at, error } => ("deferred", Some(*next_at), Some(error)),
            MailOutcome::Released => ("released", None, None),
        };
        let args = Args::new().one(id).one(by).one(at).one(word).maybe(next_at).maybe(problem);
        self.run(script!("outbox", "outbox_settle"), ACCOUNTS, args).await
    }

    async fn outbox_page(&self, state: Option<MailState>, request: &PageRequest) -> Result<Page<OutboxEntry>> {
        let set = state.map_or_else(|| "mails".to_owned(), |state| format!("mails:{}", state.as_str()));
        // Of the ids below the cursor.
        let after = match request.from {
            From::After(id) => Some(id),
            From::Number(_) => None,
        };
        let args = Args::new().one(set).maybe(after).one(request.offset().unwrap_or_default()).one(request.size);
        let (total, mails): (u64, Vec<(i64, Fields)>) = self.run(script!("outbox_page"), ACCOUNTS, args).await?;
        let items = mails.into_iter().map(|(id, fields)| entry(id, fields)).collect::<Result<Vec<_>>>()?;
        Ok(Page::cut(items, request.size, total.min(COUNTED), |entry| entry.id.0))
    }

    async fn outbox_depth(&self, now: Timestamp) -> Result<OutboxDepth> {
        let (pending, sent, failed, oldest): (u64, u64, u64, Option<i64>) =
            self.run(script!("outbox_depth"), ACCOUNTS, Args::new()).await?;
        let oldest_pending: Option<Duration> = oldest.map(|at| now.since(Timestamp(at)));
        Ok(OutboxDepth { pending, sent, failed, oldest_pending })
    }

    async fn retry_mail(&self, id: MailId, at: Timestamp, give_up_at: Timestamp) -> Result<bool> {
        self.run(script!("outbox", "outbox_retry"), ACCOUNTS, Args::new().one(id).one(at).one(give_up_at)).await
    }

    async fn delete_mail(&self, id: MailId) -> Result<bool> {
        self.run(script!("outbox", "outbox_delete"), ACCOUNTS, Args::new().one(id)).await
    }

    async fn drop_mails_to(&self, recipient: &Email, template: &str) -> Result<u64> {
        self.run(script!("outbox", "outbox_drop_to"), ACCOUNTS, Args::new().one(recipient.as_str()).one(template)).await
    }

    async fn purge_outbox(&self, sent_before: Timestamp, failed_before: Timestamp) -> Result<u64> {
        let mut gone = 0;
        loop {
            let args = Args::new().one(sent_before).one(failed_before).one(BATCH);
            let batch: u64 = self.run_patiently(script!("outbox", "outbox_purge"), ACCOUNTS, args, Patience::Long).await?;
            gone += batch;
            if batch < BATCH {
                return Ok(gone);
            }
        }
    }
}

/// As `read_mail()` in the scripts takes it.
pub(super) fn put_mail(args: Args, mail: &NewMail) -> Args {
    let fields = Pairs::new()
        .put("recipient", mail.recipient.as_str())
        .put("template", &mail.template)
        .put("sealed", &mail.sealed)
        .put("attempts", 0_u32)
        .put("next_at", mail.created_at)
        .put("created_at", mail.created_at)
        .put("give_up_at", mail.give_up_at);
    args.one(mail.recipient.as_str()).one(mail.created_at).pairs(fields)
}

fn claimed(id: i64, fields: Fields) -> Result<ClaimedMail> {
    let record = Record::new("mail", id, fields);
    Ok(ClaimedMail {
        id: MailId(id),
        recipient: record.email("recipient")?,
        template: record.text("template")?,
        sealed: record.bytes("sealed").ok_or_else(|| record.broken("sealed", "missing".to_owned()))?,
        attempts: record.count("attempts")?,
        created_at: record.time("created_at")?,
        give_up_at: record.time("give_up_at")?,
    })
}

fn entry(id: i64, fields: Fields) -> Result<OutboxEntry> {
    let record = Record::new("mail", id, fields);
    let state = record.word("state", MailState::parse)?;
    Ok(OutboxEntry {
        id: MailId(id),
        recipient: record.text("recipient")?,
        template: record.text("template")?,
        state,
        attempts: record.count("attempts")?,
        next_at: (state == MailState::Pending).then(|| record.time("next_at")).transpose()?,
        last_error: record.maybe_text("last_error")?,
        created_at: record.time("created_at")?,
        done_at: record.maybe_time("done_at")?,
    })
}
