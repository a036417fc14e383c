//! Other people's accounts, for administrators.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::{
    OpenApi,
    param::{Path, Query},
    payload::Json,
};

use super::{
    body::UserAmendment,
    caller::Signed,
    client,
    history::SignInView,
    input::OpenInput,
    page::{self, PageView},
    problem::{AdminPath, AdminQuery, Fault, Hashing},
    session::Done,
    view::{AdminUserView, SessionView},
};
use crate::{
    flow::{Flow, user::Search},
    model::UserId,
};

/// `/users`.
pub struct UsersApi;

#[OpenApi(tag = "super::router::Tag::Users")]
impl UsersApi {
    /// All users
    ///
    /// By id; or those that a search by address finds, by address. Of a search at most 10000 are counted.
    #[oai(path = "/users", method = "get", operation_id = "users")]
    #[expect(clippy::too_many_arguments, reason = "each is a parameter of the request")]
    async fn list(
        &self,
        flow: Data<&Arc<Flow>>,
        caller: Signed,
        /// The page's number, from 1 on; not beside `next`.
        page_num: Query<Option<i64>>,
        /// Items on a page, 1 to 200; 50 unless given.
        page_size: Query<Option<i64>>,
        /// Goes on after a page: its `next`.
        next: Query<Option<String>>,
        /// The user with this address alone.
        email: Query<Option<String>>,
        /// Users whose address begins so.
        q: Query<Option<String>>,
    ) -> Result<Json<PageView<AdminUserView>>, Fault<AdminQuery>> {
        let request = page::request(page_num.0, page_size.0, next.0.as_deref())?;
        let texts = page::texts([("email", 254, email.0), ("q", 254, q.0)])?;
        let search = Search { email: texts.own("email"), q: texts.own("q") };
        let found = flow.users(&caller.0, &search, &request).await?;
        Ok(Json(PageView::new(&request, found, |user| AdminUserView::from(&user))))
    }

    /// A user
    #[oai(path = "/users/:id", method = "get", operation_id = "user")]
    async fn get(&self, flow: Data<&Arc<Flow>>, caller: Signed, id: Path<i64>) -> Result<Json<AdminUserView>, Fault<AdminPath>> {
        Ok(Json(AdminUserView::from(&flow.user(&caller.0, UserId(id.0)).await?)))
    }

    /// Change a user
    ///
    /// Fields left out stay; null or an empty text removes name, language, address or a profile field. All of it happens, or
    /// nothing. Who is disabled or gets another password is signed out everywhere.
    #[oai(path = "/users/:id", method = "patch", operation_id = "change_user")]
    async fn change(
        &self,
        flow: Data<&Arc<Flow>>,
        caller: Signed,
        id: Path<i64>,
        client: client::From,
        input: OpenInput<UserAmendment>,
    ) -> Result<Json<AdminUserView>, Fault<Hashing>> {
        Ok(Json(AdminUserView::from(&flow.amend_user(&caller.0, UserId(id.0), input.fields, &client.0).await?)))
    }

    /// Delete a user
    ///
    /// All sessions end, and everything personal is removed. The last administrator stays.
    #[oai(path = "/users/:id", method = "delete", operation_id = "delete_user")]
    async fn delete(&self, flow: Data<&Arc<Flow>>, caller: Signed, id: Path<i64>) -> Result<Done, Fault<AdminPath>> {
        flow.delete_user(&caller.0, UserId(id.0)).await?;
        Ok(Done::Done)
    }

    /// Sign a user out on all devices
    #[oai(path = "/users/:id/logout-all", method = "post", operation_id = "logout_user")]
    async fn logout(&self, flow: Data<&Arc<Flow>>, caller: Signed, id: Path<i64>) -> Result<Done, Fault<AdminPath>> {
        flow.logout_user(&caller.0, UserId(id.0)).await?;
        Ok(Done::Done)
    }

    /// A user's devices
    #[oai(path = "/users/:id/sessions", method = "get", operation_id = "user_sessions")]
    async fn sessions(&self, flow: Data<&Arc<Flow>>, caller: Signed, id: Path<i64>) -> Result<Json<Vec<SessionView>>, Fault<AdminPath>> {
        let sessions = flow.sessions_of(&caller.0, UserId(id.0)).await?;
        Ok(Json(sessions.into_iter().map(|session| SessionView::new(session, caller.0.session.id)).collect()))
    }

    /// A user's sign-ins
    ///
    /// The newest first, refused ones too.
    #[oai(path = "/users/:id/signins", method = "get", operation_id = "user_signins")]
    async fn signins(
        &self,
        flow: Data<&Arc<Flow>>,
        caller: Signed,
        id: Path<i64>,
        /// The page's number, from 1 on; not beside `next`.
        page_num: Query<Option<i64>>,
        /// Items on a page, 1 to 200; 50 unless given.
        page_size: Query<Option<i64>>,
        /// Goes on after a page: its `next`.
        next: Query<Option<String>>,
    ) -> Result<Json<PageView<SignInView>>, Fault<AdminPath>> {
        let request = page::request(page_num.0, page_size.0, next.0.as_deref())?;
        let found = flow.signins_of(&caller.0, UserId(id.0), &request).await?;
        Ok(Json(PageView::new(&request, found, Into::into)))
    }
}
