//! Mails on their way out: claimed for a while, tried, and settled; tried again later, and later still.

use std::{sync::Arc, time::Duration};

use tokio::task::JoinSet;
use tracing::Instrument as _;

use super::{Outbox, Phase};
use crate::{
    mail::{Postmark, Undelivered},
    model::outbox::{ClaimedMail, MailClaim, MailOutcome},
    random::{self, Random},
    trace,
};

/// How often mails are looked for that other processes left, or that are due again.
const POLL: Duration = Duration::from_secs(1);
/// From the first try to the second; doubled with every further one.
const FIRST_DELAY: Duration = Duration::from_secs(5);
/// Longest time between two tries.
const LONGEST_DELAY: Duration = Duration::from_hours(1);
/// Characters of an error that is kept.
const MAX_ERROR: usize = 500;

impl Outbox {
    /// Sends what is due until [`Self::drain`]; what is under way then is finished, or released by [`Self::stop`].
    pub async fn carry(self: Arc<Self>) {
        let (mut sends, mut phase, mut reachable) = (JoinSet::new(), self.phase.subscribe(), true);
        while *phase.borrow_and_update() == Phase::Working {
            let free = self.terms.concurrency.saturating_sub(sends.len());
            if free > 0 {
                reachable = self.begin(&mut sends, free, reachable).await;
            }
            tokio::select! {
                _ = phase.changed() => {}
                () = self.wake.notified(), if sends.len() < self.terms.concurrency => {}
                Some(_) = sends.join_next() => {}
                () = tokio::time::sleep(POLL) => {}
            }
        }
        while sends.join_next().await.is_some() {}
    }

    /// Begins no further mail.
    pub fn drain(&self) {
        self.phase.send_replace(Phase::Draining);
    }

    /// Releases what is still under way.
    pub fn stop(&self) {
        self.phase.send_replace(Phase::Stopped);
    }

    /// Claims what is due and begins to send it. Whether the store was within reach: that it is not is logged once.
    async fn begin(self: &Arc<Self>, sends: &mut JoinSet<()>, free: usize, reachable: bool) -> bool {
        let at = self.clock.now();
        let claim = MailClaim {
            by: random::token(&*self.random)[..22].to_owned(),
            at,
            until: at.plus(self.terms.lease),
            most: u32::try_from(free).unwrap_or(u32::MAX),
        };
        match self.store.claim_mails(&claim).await {
            Ok(mails) => {
                let claim = Arc::new(claim);
                for mail in mails {
                    sends.spawn(Arc::clone(self).send(Arc::clone(&claim), mail));
                }
                true
            }
            Err(reason) => {
                if reachable {
                    tracing::warn!(%reason, "the outbox cannot be read; trying again every second");
                }
                false
            }
        }
    }

    async fn send(self: Arc<Self>, claim: Arc<MailClaim>, mail: ClaimedMail) {
        let mut phase = self.phase.subscribe();
        let span =
            tracing::info_span!(target: trace::TARGET, "mail delivery", mail.template = mail.template, mail.attempts = mail.attempts);
        let outcome = tokio::select! {
            outcome = self.attempt(&mail).instrument(span) => outcome,
            _ = phase.wait_for(|phase| *phase == Phase::Stopped) => MailOutcome::Released,
        };
        self.settle(&claim, &mail, &outcome).await;
        let (mail, template, attempts) = (mail.id, mail.template, mail.attempts);
        match outcome {
            MailOutcome::Sent => tracing::info!(%mail, template, attempts, "a mail was sent"),
            MailOutcome::Deferred { next_at, error } => {
                tracing::warn!(%mail, template, attempts, next_at = next_at.rfc3339(), error, "a mail has to wait");
            }
            MailOutcome::Failed { error } => tracing::error!(%mail, template, attempts, error, "a mail was given up"),
            MailOutcome::Released => tracing::info!(%mail, template, "a mail waits for the next start"),
        }
    }

    async fn attempt(&self, mail: &ClaimedMail) -> MailOutcome {
        // With another key it may be another gateway that can read it.
        let content = match self.open(mail) {
            Ok(content) => content,
            Err(error) => return self.later(mail, &error),
        };
        let postmark =
            Postmark { name: format!("{}-{:012}", mail.created_at.0, mail.id.0), message_id: content.message_id, at: mail.created_at };
        let message = crate::mail::Mail { to: mail.recipient.clone(), subject: content.subject, text: content.text, html: content.html };
        // It must have ended when others may claim the mail.
        let longest = self.terms.lease * 3 / 4;
        match tokio::time::timeout(longest, self.mailer.deliver(&postmark, &message)).await {
            Ok(Ok(())) => MailOutcome::Sent,
            Ok(Err(Undelivered::Refused(error))) => MailOutcome::Failed { error: kept(&error) },
            Ok(Err(Undelivered::Later(error))) => self.later(mail, &error),
            Err(_) => self.later(mail, "the mail server was too slow"),
        }
    }

    fn later(&self, mail: &ClaimedMail, error: &str) -> MailOutcome {
        let next_at = self.clock.now().plus(delay(mail.attempts, &*self.random));
        if next_at > mail.give_up_at {
            return MailOutcome::Failed { error: kept(&format!("given up after {} tries: {error}", mail.attempts)) };
        }
        MailOutcome::Deferred { next_at, error: kept(error) }
    }

    /// A mail that was sent and cannot be settled would be sent again, so that this is tried as long as the claim holds.
    async fn settle(&self, claim: &MailClaim, mail: &ClaimedMail, outcome: &MailOutcome) {
        loop {
            let now = self.clock.now();
            match self.store.settle_mail(mail.id, &claim.by, now, outcome).await {
                Ok(true) => return,
                Ok(false) => return tracing::warn!(mail = %mail.id, "a mail was removed, or claimed by another process, while it was sent"),
                Err(reason) if now >= claim.until || *self.phase.borrow() == Phase::Stopped => {
                    return tracing::error!(%reason, mail = %mail.id, ?outcome, "what came of a mail was not written down");
                }
                Err(_) => tokio::time::sleep(POLL).await,
            }
        }
    }
}

/// How long to wait after the `attempts`th try: doubled each time, and up to a quarter less, so that mails that failed
/// together do not come back together.
fn delay(attempts: u32, random: &dyn Random) -> Duration {
    let doubled = FIRST_DELAY.saturating_mul(2_u32.saturating_pow(attempts.saturating_sub(1)));
    let mut bytes = [0; 2];
    random.fill(&mut bytes);
    let whole = doubled.min(LONGEST_DELAY);
    whole.mul_f64(1.0 - f64::from(u16::from_le_bytes(bytes)) / f64::from(u16::MAX) / 4.0)
}

/// One line of bounded length.
fn kept(error: &str) -> String {
    error.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_ERROR).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Always(u8);

    impl Random for Always {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(self.0);
        }
    }

    #[test]
    fn delays_double_from_five_seconds_to_an_hour() {
        let seconds = |attempts, byte| delay(attempts, &Always(byte)).as_secs_f64();
        for (attempts, longest) in [(0, 5.0), (1, 5.0), (2, 10.0), (5, 80.0), (10, 2560.0), (11, 3600.0), (60, 3600.0), (u32::MAX, 3600.0)]
        {
            assert!((seconds(attempts, 0) - longest).abs() < 1e-6, "{attempts}");
            assert!((seconds(attempts, 255) - longest * 0.75).abs() < 1e-6, "{attempts}");
        }
    }

    #[test]
    fn errors_are_one_short_line() {
        assert_eq!(kept("a\r\nb\0"), "a  b ");
        assert_eq!(kept(&"ä".repeat(600)).chars().count(), 500);
    }
}
