//! One's own account.
#![expect(clippy::unused_async, reason = "poem-openapi takes async handlers only")]

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::{OpenApi, param::Path, payload::Json};

use super::{
    body::{AccountChange, PasswordChange},
    caller::Signed,
    client,
    input::{Input, OpenInput},
    problem::{Fault, Leaving, Signed as SignedStatuses, SignedBody, SignedPath},
    session::Done,
    view::{SessionView, UserView},
};
use crate::{flow::Flow, model::SessionId};

/// `/me`.
pub struct MeApi;

#[OpenApi(tag = "super::router::Tag::Me")]
impl MeApi {
    /// My account
    #[oai(path = "/me", method = "get", operation_id = "me")]
    async fn me(&self, caller: Signed) -> Result<Json<UserView>, Fault<SignedStatuses>> {
        Ok::<_, Fault<SignedStatuses>>(Json(UserView::from(&*caller.0.user)))
    }

    /// Change my display name, language and profile
    ///
    /// Fields left out stay; null or an empty text removes one.
    #[oai(path = "/me", method = "patch", operation_id = "change_me")]
    async fn change(
        &self,
        flow: Data<&Arc<Flow>>,
        caller: Signed,
        input: OpenInput<AccountChange>,
    ) -> Result<Json<UserView>, Fault<SignedBody>> {
        Ok(Json(UserView::from(&flow.change_account(&caller.0, input.fields).await?)))
    }

    /// Delete my account
    ///
    /// All sessions end, and everything personal is removed.
    #[oai(path = "/me", method = "delete", operation_id = "delete_me")]
    async fn delete(&self, flow: Data<&Arc<Flow>>, caller: Signed) -> Result<Done, Fault<Leaving>> {
        flow.delete_account(&caller.0).await?;
        Ok(Done::Done)
    }

    /// Change my password
    ///
    /// All other sessions end.
    #[oai(path = "/me/password", method = "put", operation_id = "change_password")]
    async fn password(
        &self,
        flow: Data<&Arc<Flow>>,
        client: client::From,
        caller: Signed,
        input: Input<PasswordChange>,
    ) -> Result<Done, Fault<SignedBody>> {
        flow.change_password(&caller.0, &input.0.current, &input.0.new, &client.0).await?;
        Ok(Done::Done)
    }

    /// My devices
    #[oai(path = "/me/sessions", method = "get", operation_id = "my_sessions")]
    async fn sessions(&self, flow: Data<&Arc<Flow>>, caller: Signed) -> Result<Json<Vec<SessionView>>, Fault<SignedStatuses>> {
        let sessions = flow.sessions(&caller.0).await?;
        Ok(Json(sessions.into_iter().map(|session| SessionView::new(session, caller.0.session.id)).collect()))
    }

    /// Sign out one of my devices
    #[oai(path = "/me/sessions/:id", method = "delete", operation_id = "end_my_session")]
    async fn end_session(&self, flow: Data<&Arc<Flow>>, caller: Signed, id: Path<i64>) -> Result<Done, Fault<SignedPath>> {
        flow.end_own_session(&caller.0, SessionId(id.0)).await?;
        Ok(Done::Done)
    }
}
