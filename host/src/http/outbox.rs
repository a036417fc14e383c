//! The outbox, for administrators: what waits, what was given up and why. Never what a mail says.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::{
    Enum, Object, OpenApi,
    param::{Path, Query},
    payload::Json,
};

use super::{
    caller::Signed,
    page::{self, PageView},
    problem::{AdminPath, Checked, Fault},
    session::Done,
};
use crate::{
    flow::Flow,
    model::{
        MailId, Timestamp,
        outbox::{MailState, OutboxEntry},
        user::ADMIN,
    },
};

/// How a mail stands.
#[derive(Clone, Copy, Enum)]
#[oai(rename = "MailState", rename_all = "lowercase")]
enum StateView {
    /// Has to leave.
    Pending,
    /// Has left.
    Sent,
    /// Was given up.
    Failed,
}

impl From<MailState> for StateView {
    fn from(state: MailState) -> Self {
        match state {
            MailState::Pending => Self::Pending,
            MailState::Sent => Self::Sent,
            MailState::Failed => Self::Failed,
        }
    }
}

impl From<StateView> for MailState {
    fn from(state: StateView) -> Self {
        match state {
            StateView::Pending => Self::Pending,
            StateView::Sent => Self::Sent,
            StateView::Failed => Self::Failed,
        }
    }
}

/// A mail of the outbox.
#[derive(Object)]
#[oai(rename = "Mail")]
struct MailView {
    /// Its id.
    id: i64,
    /// To whom.
    recipient: String,
    /// The letter's name, or `PROVIDER:NAME`.
    template: String,
    /// How it stands.
    state: StateView,
    /// Tries so far.
    attempts: u32,
    /// When it is tried next, if it waits (RFC 3339, UTC).
    next_at: Option<String>,
    /// What went wrong at the last try.
    last_error: Option<String>,
    /// When it was posted.
    created_at: String,
    /// When it was sent or given up.
    done_at: Option<String>,
}

impl From<OutboxEntry> for MailView {
    fn from(mail: OutboxEntry) -> Self {
        Self {
            id: mail.id.0,
            recipient: mail.recipient,
            template: mail.template,
            state: mail.state.into(),
            attempts: mail.attempts,
            next_at: mail.next_at.map(Timestamp::rfc3339),
            last_error: mail.last_error,
            created_at: mail.created_at.rfc3339(),
            done_at: mail.done_at.map(Timestamp::rfc3339),
        }
    }
}

/// `/outbox`.
pub struct OutboxApi;

#[OpenApi(tag = "super::router::Tag::Outbox")]
impl OutboxApi {
    /// Mails on their way out
    ///
    /// The newest first, without their content. Sent ones stay for `mail_keep_sent`, failed ones for `mail_keep_failed`.
    #[oai(path = "/outbox", method = "get", operation_id = "outbox")]
    async fn list(
        &self,
        flow: Data<&Arc<Flow>>,
        caller: Signed,
        /// The page's number, from 1.
        page_num: Query<Option<i64>>,
        /// Items on a page, from 1 to 200.
        page_size: Query<Option<i64>>,
        /// Goes on after a page: its `next`.
        next: Query<Option<String>>,
        /// Only these.
        state: Query<Option<StateView>>,
    ) -> Result<Json<PageView<MailView>>, Fault<Checked>> {
        caller.0.require(ADMIN)?;
        let request = page::request(page_num.0, page_size.0, next.0.as_deref())?;
        let mails = flow.outbox_page(state.0.map(Into::into), &request).await?;
        Ok(Json(PageView::new(&request, mails, Into::into)))
    }

    /// Try a mail again now
    ///
    /// One that was given up, or one that waits for its next try.
    #[oai(path = "/outbox/:id/retry", method = "post", operation_id = "retry_mail")]
    async fn retry(&self, flow: Data<&Arc<Flow>>, caller: Signed, id: Path<i64>) -> Result<Done, Fault<AdminPath>> {
        caller.0.require(ADMIN)?;
        flow.retry_mail(&caller.0, MailId(id.0)).await?;
        Ok(Done::Done)
    }

    /// Remove a mail
    ///
    /// One that was given up, or one that waits for its next try.
    #[oai(path = "/outbox/:id", method = "delete", operation_id = "delete_mail")]
    async fn delete(&self, flow: Data<&Arc<Flow>>, caller: Signed, id: Path<i64>) -> Result<Done, Fault<AdminPath>> {
        caller.0.require(ADMIN)?;
        flow.delete_mail(&caller.0, MailId(id.0)).await?;
        Ok(Done::Done)
    }
}
