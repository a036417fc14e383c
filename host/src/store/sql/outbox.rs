//! Mails that have to leave.

use async_trait::async_trait;

use super::{Query, Record, Row, SqlStore, query};
use crate::{
    model::{
        Email, MailId, Timestamp,
        outbox::{ClaimedMail, MailClaim, MailOutcome, MailState, NewMail, OutboxDepth, OutboxEntry},
        page::{COUNTED, From, Page, PageRequest},
    },
    store::{Result, outbox::Mails},
};

/// What a list shows; the content is not read.
macro_rules! entries {
    ($rest:literal) => {
        concat!("SELECT id, recipient, template, state, attempts, next_at, last_error, created_at, done_at FROM outbox ", $rest)
    };
}

#[async_trait]
impl Mails for SqlStore {
    async fn add_mail(&self, mail: &NewMail) -> Result<MailId> {
        let id = self.reserved.outbox.next(self, "outbox").await?;
        self.write(insert(id, mail)).await?;
        Ok(MailId(id))
    }

    async fn claim_mails(&self, claim: &MailClaim) -> Result<Vec<ClaimedMail>> {
        // Processes look every second; mostly there is nothing, and nothing to be written.
        let due = query(
            "SELECT id FROM outbox WHERE state = 'pending' AND next_at <= $1 AND (claimed_until IS NULL OR claimed_until <= $1) LIMIT 1",
        );
        if due.bind(claim.at.0).fetch_all(self).await?.is_empty() {
            return Ok(Vec::new());
        }
        // The conditions stand twice: where writers wait for each other's rows, the outer ones are looked at again.
        let take = query(
            "UPDATE outbox SET claimed_by = $1, claimed_until = $2, attempts = attempts + 1
             WHERE id IN (SELECT id FROM outbox
                          WHERE state = 'pending' AND next_at <= $3 AND (claimed_until IS NULL OR claimed_until <= $3)
                          ORDER BY next_at, id LIMIT $4)
             AND state = 'pending' AND (claimed_until IS NULL OR claimed_until <= $3)
             RETURNING id, recipient, template, sealed, attempts, created_at, give_up_at",
        )
        .bind(claim.by.clone())
        .bind(claim.until.0)
        .bind(claim.at.0)
        .bind(i64::from(claim.most));
        let mut mails = self.write_returning(take).await?.iter().map(claimed).collect::<Result<Vec<_>>>()?;
        mails.sort_unstable_by_key(|mail| mail.id);
        Ok(mails)
    }

    async fn settle_mail(&self, id: MailId, by: &str, at: Timestamp, outcome: &MailOutcome) -> Result<bool> {
        let settle = match outcome {
            MailOutcome::Sent => query(
                "UPDATE outbox SET state = 'sent', sealed = NULL, claimed_by = NULL, claimed_until = NULL, last_error = NULL, done_at = $3
                 WHERE id = $1 AND claimed_by = $2",
            )
            .bind(id.0)
            .bind(by.to_owned())
            .bind(at.0),
            MailOutcome::Failed { error } => query(
                "UPDATE outbox SET state = 'failed', claimed_by = NULL, claimed_until = NULL, last_error = $4, done_at = $3
                 WHERE id = $1 AND claimed_by = $2",
            )
            .bind(id.0)
            .bind(by.to_owned())
            .bind(at.0)
            .bind(error.clone()),
            MailOutcome::Deferred { next_at, error } => {
                query("UPDATE outbox SET claimed_by = NULL, claimed_until = NULL, next_at = $3, last_error = $4 WHERE id = $1 AND claimed_by = $2")
                    .bind(id.0)
                    .bind(by.to_owned())
                    .bind(next_at.0)
                    .bind(error.clone())
            }
            MailOutcome::Released => {
                query("UPDATE outbox SET claimed_by = NULL, claimed_until = NULL, attempts = attempts - 1 WHERE id = $1 AND claimed_by = $2")
                    .bind(id.0)
                    .bind(by.to_owned())
            }
        };
        Ok(self.write(settle).await? > 0)
    }

    async fn outbox_page(&self, state: Option<MailState>, request: &PageRequest) -> Result<Page<OutboxEntry>> {
        let state = state.map(MailState::as_str);
        let after = match request.from {
            From::After(id) => id,
            From::Number(_) => i64::MAX,
        };
        let select = match state {
            Some(_) => query(entries!("WHERE state = $1 AND id < $2 ORDER BY id DESC LIMIT $3 OFFSET $4")),
            None => query(entries!("WHERE $1 IS NULL AND id < $2 ORDER BY id DESC LIMIT $3 OFFSET $4")),
        };
        let select = select
            .bind(state)
            .bind(after)
            .bind(i64::from(request.size) + 1)
            .bind(i64::try_from(request.offset().unwrap_or(0)).unwrap_or(i64::MAX));
        let rows = select.fetch_all(self).await?;
        let items = rows.iter().map(entry).collect::<Result<Vec<_>>>()?;
        let count = match state {
            Some(_) => query("SELECT COUNT(*) AS mails FROM (SELECT id FROM outbox WHERE state = $1 LIMIT $2) AS counted"),
            None => query("SELECT COUNT(*) AS mails FROM (SELECT id FROM outbox WHERE $1 IS NULL LIMIT $2) AS counted"),
        };
        let count = count.bind(state).bind(i64::try_from(COUNTED).unwrap_or(i64::MAX));
        let total = number(&count.fetch_one(self).await?, "mails")?;
        Ok(Page::cut(items, request.size, total, |entry| entry.id.0))
    }

    async fn outbox_depth(&self, now: Timestamp) -> Result<OutboxDepth> {
        let rows = query(
            "SELECT state, COUNT(*) AS mails, NULL AS oldest FROM outbox WHERE state <> 'pending' GROUP BY state
             UNION ALL SELECT 'pending', COUNT(*), MIN(created_at) FROM outbox WHERE state = 'pending'",
        )
        .fetch_all(self)
        .await?;
        let mut depth = OutboxDepth::default();
        for row in &rows {
            let record = Record::new("outbox", &["state"], row);
            let mails = record.count("mails")?;
            match record.word("state", MailState::parse)? {
                MailState::Pending => {
                    depth.pending = mails;
                    depth.oldest_pending = record.get::<Option<i64>>("oldest")?.map(|at| now.since(Timestamp(at)));
                }
                MailState::Sent => depth.sent = mails,
                MailState::Failed => depth.failed = mails,
            }
        }
        Ok(depth)
    }

    async fn retry_mail(&self, id: MailId, at: Timestamp, give_up_at: Timestamp) -> Result<bool> {
        let retry = query(
            "UPDATE outbox SET state = 'pending', done_at = NULL, next_at = $2, give_up_at = $3
             WHERE id = $1 AND state <> 'sent'",
        );
        Ok(self.write(retry.bind(id.0).bind(at.0).bind(give_up_at.0)).await? > 0)
    }

    async fn delete_mail(&self, id: MailId) -> Result<bool> {
        Ok(self.write(query("DELETE FROM outbox WHERE id = $1 AND state <> 'sent'").bind(id.0)).await? > 0)
    }

    async fn drop_mails_to(&self, recipient: &Email, template: &str) -> Result<u64> {
        let delete = query("DELETE FROM outbox WHERE recipient = $1 AND template = $2");
        self.write(delete.bind(recipient.as_str().to_owned()).bind(template.to_owned())).await
    }

    async fn purge_outbox(&self, sent_before: Timestamp, failed_before: Timestamp) -> Result<u64> {
        let purge = query("DELETE FROM outbox WHERE (state = 'sent' AND done_at < $1) OR (state = 'failed' AND done_at < $2)");
        self.write(purge.bind(sent_before.0).bind(failed_before.0)).await
    }
}

/// Keeps a mail under an id that was reserved for it.
pub(super) fn insert(id: i64, mail: &NewMail) -> Query {
    query(
        "INSERT INTO outbox (id, recipient, template, sealed, state, attempts, next_at, created_at, give_up_at)
         VALUES ($1, $2, $3, $4, 'pending', 0, $5, $5, $6)",
    )
    .bind(id)
    .bind(mail.recipient.as_str().to_owned())
    .bind(mail.template.clone())
    .bind(mail.sealed.clone())
    .bind(mail.created_at.0)
    .bind(mail.give_up_at.0)
}

fn number(row: &Row, column: &str) -> Result<u64> {
    let number: i64 = row.get(column)?;
    Ok(u64::try_from(number).unwrap_or_default())
}

fn claimed(row: &Row) -> Result<ClaimedMail> {
    let record = Record::new("outbox", &["id"], row);
    let recipient: &str = record.get("recipient")?;
    Ok(ClaimedMail {
        id: MailId(record.get("id")?),
        recipient: Email::parse(recipient).map_err(|error| record.broken("recipient", error.to_string()))?,
        template: record.get("template")?,
        sealed: record.get("sealed")?,
        attempts: record.count("attempts")?,
        created_at: record.time("created_at")?,
        give_up_at: record.time("give_up_at")?,
    })
}

fn entry(row: &Row) -> Result<OutboxEntry> {
    let record = Record::new("outbox", &["id"], row);
    let state = record.word("state", MailState::parse)?;
    Ok(OutboxEntry {
        id: MailId(record.get("id")?),
        recipient: record.get("recipient")?,
        template: record.get("template")?,
        state,
        attempts: record.count("attempts")?,
        next_at: (state == MailState::Pending).then(|| record.time("next_at")).transpose()?,
        last_error: record.get("last_error")?,
        created_at: record.time("created_at")?,
        done_at: record.get::<Option<i64>>("done_at")?.map(Timestamp),
    })
}
