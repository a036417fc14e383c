//! The outbox: mails are kept, sealed, before a request is answered, and leave beside the requests.

mod carry;

use std::{sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, watch};

use super::{Error, Flow, Result, authenticate::Caller};
use crate::{
    clock::Clock,
    mail::{Mail, Mailer},
    model::{
        Email, MailId, Secret, Timestamp,
        audit::Actor,
        outbox::{ClaimedMail, MailState, NewMail, OutboxDepth, OutboxEntry},
        page::{Page, PageRequest},
    },
    random::{self, Random},
    store::{Accounts, StoreError},
    token::seal::{self, SecretKey},
};

/// Label of the sub-key that seals mails at rest: they hold codes and links.
const KEY: &str = "outbox";

/// What the operator chose for mail.
#[derive(Clone, Debug)]
pub struct MailTerms {
    /// Mails that this process sends at the same time.
    pub concurrency: usize,
    /// How long a try may take; then another process may have the mail.
    pub lease: Duration,
    /// How long a mail is tried.
    pub give_up: Duration,
    /// How long a mail that was sent stays listed.
    pub keep_sent: Duration,
    /// How long a mail that was given up stays.
    pub keep_failed: Duration,
}

/// Keeps mails until they have left.
pub struct Outbox {
    store: Arc<dyn Accounts>,
    key: Secret<[u8; 32]>,
    mailer: Mailer,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    terms: MailTerms,
    wake: Notify,
    phase: watch::Sender<Phase>,
}

/// Whether mails are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Working,
    /// No further one is begun.
    Draining,
    /// What is under way is released.
    Stopped,
}

/// What is sealed. The mail's id is the same at every try, so that a receiver can tell a repetition.
#[derive(Serialize, Deserialize)]
struct Content {
    message_id: String,
    subject: String,
    text: String,
    html: Option<String>,
}

impl Outbox {
    /// On a store, for a way out.
    #[must_use]
    pub fn new(
        store: Arc<dyn Accounts>,
        secret: &SecretKey,
        mailer: Mailer,
        (clock, random): (Arc<dyn Clock>, Arc<dyn Random>),
        terms: MailTerms,
    ) -> Self {
        let (phase, _) = watch::channel(Phase::Working);
        Self { store, key: secret.derive(KEY), mailer, clock, random, terms, wake: Notify::new(), phase }
    }

    /// Keeps a mail; it leaves soon. `template` tells administrators what it is.
    ///
    /// # Errors
    /// The store's: then nothing is sent.
    pub async fn put(&self, mail: &Mail, template: &str) -> std::result::Result<(), StoreError> {
        self.store.add_mail(&self.seal(mail, template)?).await?;
        self.wake();
        Ok(())
    }

    /// A mail as the store keeps it, for those who keep it together with what it tells of, and then [`Self::wake`].
    ///
    /// # Errors
    /// None that happen.
    pub fn seal(&self, mail: &Mail, template: &str) -> std::result::Result<NewMail, StoreError> {
        let now = self.clock.now();
        let content = Content {
            message_id: random::token(&*self.random)[..22].to_owned(),
            subject: mail.subject.clone(),
            text: mail.text.clone(),
            html: mail.html.clone(),
        };
        let content = serde_json::to_vec(&content).map(Secret::new).map_err(|error| StoreError::Statement(error.to_string()))?;
        let sealed = seal::seal(&self.key, &context(&mail.to, template), content.expose(), &*self.random);
        Ok(NewMail {
            recipient: mail.to.clone(),
            template: template.to_owned(),
            sealed,
            created_at: now,
            give_up_at: now.plus(self.terms.give_up),
        })
    }

    /// There is a new mail.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    /// The content, or why it cannot be read.
    fn open(&self, mail: &ClaimedMail) -> std::result::Result<Content, String> {
        let opened = seal::open(&self.key, &context(&mail.recipient, &mail.template), &mail.sealed).map_err(|error| error.to_string())?;
        serde_json::from_slice(opened.expose()).map_err(|_| "the sealed mail is none that this version wrote".to_owned())
    }

    async fn purge(&self, now: Timestamp) -> std::result::Result<u64, StoreError> {
        self.store.purge_outbox(now.minus(self.terms.keep_sent), now.minus(self.terms.keep_failed)).await
    }
}

/// Who could write into the store could otherwise give a mail another recipient.
fn context(recipient: &Email, template: &str) -> Vec<u8> {
    format!("{recipient}\n{template}").into_bytes()
}

impl Flow {
    /// How full the outbox is.
    ///
    /// # Errors
    /// The store's.
    pub async fn outbox_depth(&self) -> Result<OutboxDepth> {
        Ok(self.accounts.outbox_depth(self.clock.now()).await?)
    }

    /// The mails of the outbox, newest first, without their content.
    ///
    /// # Errors
    /// The store's.
    pub async fn outbox_page(&self, state: Option<MailState>, request: &PageRequest) -> Result<Page<OutboxEntry>> {
        Ok(self.accounts.outbox_page(state, request).await?)
    }

    /// Tries a mail again now that was given up or waits for its next try.
    ///
    /// # Errors
    /// [`Error::NotFound`] also if it has left, or the store's.
    pub async fn retry_mail(&self, caller: &Caller, id: MailId) -> Result<()> {
        let now = self.clock.now();
        if !self.accounts.retry_mail(id, now, now.plus(self.outbox.terms.give_up)).await? {
            return Err(Error::NotFound("mail"));
        }
        self.audit(Actor::User(caller.user.id), "mail.retry", format!("mail:{id}"), "").await;
        self.outbox.wake.notify_one();
        Ok(())
    }

    /// Removes a mail that was given up or waits for its next try.
    ///
    /// # Errors
    /// [`Error::NotFound`] also if it has left, or the store's.
    pub async fn delete_mail(&self, caller: &Caller, id: MailId) -> Result<()> {
        if !self.accounts.delete_mail(id).await? {
            return Err(Error::NotFound("mail"));
        }
        self.audit(Actor::User(caller.user.id), "mail.delete", format!("mail:{id}"), "").await;
        Ok(())
    }

    /// Removes mails that left, or were given up, long ago.
    pub(super) async fn purge_outbox(&self, now: Timestamp) -> Result<u64> {
        Ok(self.outbox.purge(now).await?)
    }
}
