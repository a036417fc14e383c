//! The audit log.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::{Object, OpenApi, param::Query, payload::Json};

use super::{
    caller::Signed,
    page::{self, PageView},
    problem::{AdminQuery, Fault},
};
use crate::{
    flow::{Error, Flow},
    model::{
        UserId,
        audit::{Actor, AuditEntry, AuditFilter},
    },
};

/// A change, and who made it.
#[derive(Object)]
#[oai(rename = "AuditEntry")]
pub struct AuditView {
    /// When (RFC 3339, UTC).
    at: String,
    /// `user`, `operator` (who has a shell on the machine, or the plugins directory) or `gateway`.
    actor: String,
    /// The user's id, if a user did it.
    actor_user: Option<i64>,
    /// What, as `noun.verb`.
    action: String,
    /// To what, as `noun:name`.
    target: String,
    /// More, for people.
    detail: String,
}

impl From<AuditEntry> for AuditView {
    fn from(entry: AuditEntry) -> Self {
        let (actor, actor_user) = match entry.actor {
            Actor::User(id) => ("user", Some(id.0)),
            Actor::Operator => ("operator", None),
            Actor::Gateway => ("gateway", None),
        };
        Self {
            at: entry.at.rfc3339(),
            actor: actor.to_owned(),
            actor_user,
            action: entry.action,
            target: entry.target,
            detail: entry.detail,
        }
    }
}

/// `/audit`.
pub struct AuditApi;

#[OpenApi(tag = "super::router::Tag::Users")]
impl AuditApi {
    /// The audit log
    ///
    /// What administrators, operators and the gateway itself changed, the newest first; those alone that all given filters fit.
    #[oai(path = "/audit", method = "get", operation_id = "audit")]
    #[expect(clippy::too_many_arguments, reason = "each is a parameter of the request")]
    async fn log(
        &self,
        flow: Data<&Arc<Flow>>,
        caller: Signed,
        /// The page's number, from 1 on; not beside `next`.
        page_num: Query<Option<i64>>,
        /// Items on a page, 1 to 200; 50 unless given.
        page_size: Query<Option<i64>>,
        /// Goes on after a page: its `next`.
        next: Query<Option<String>>,
        /// `operator`, `gateway`, or a user's id.
        actor: Query<Option<String>>,
        /// An action.
        action: Query<Option<String>>,
        /// A target.
        target: Query<Option<String>>,
    ) -> Result<Json<PageView<AuditView>>, Fault<AdminQuery>> {
        let request = page::request(page_num.0, page_size.0, next.0.as_deref())?;
        let texts = page::texts([("actor", 20, actor.0), ("action", 100, action.0), ("target", 100, target.0)])?;
        let actor = texts.own("actor").map(|text| read_actor(&text)).transpose()?;
        let filter = AuditFilter { actor, action: texts.own("action"), target: texts.own("target") };
        let found = flow.audit_log(&caller.0, &filter, &request).await?;
        Ok(Json(PageView::new(&request, found, Into::into)))
    }
}

/// Who is meant by a text: `operator`, `gateway`, or a user's id.
pub(super) fn read_actor(text: &str) -> Result<Actor, Error> {
    match text {
        "operator" => Ok(Actor::Operator),
        "gateway" => Ok(Actor::Gateway),
        id => {
            let id = id.parse().map_err(|_| Error::field("actor", "invalid_actor", "must be operator, gateway or a user's id"));
            Ok(Actor::User(UserId(id?)))
        }
    }
}
