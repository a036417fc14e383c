//! The history of sign-ins.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::{Object, OpenApi, param::Query, payload::Json};

use super::{
    caller::Signed,
    page::{self, PageView},
    problem::{AdminQuery, Fault, SignedQuery},
};
use crate::{
    flow::Flow,
    model::{
        UserId,
        signin::{SignIn, SignInFilter},
    },
};

/// An attempt to sign in.
#[derive(Object)]
#[oai(rename = "SignInEntry")]
pub struct SignInView {
    /// Whose account; null if that is not known, or the account is gone.
    user_id: Option<i64>,
    /// When (RFC 3339, UTC).
    at: String,
    /// The provider type.
    provider: String,
    /// `ok`, or the code of the refusal: `invalid_credentials`, `account_disabled`, `no_account`, ...
    result: String,
    /// From where.
    address: String,
    /// With which software.
    user_agent: String,
}

impl From<SignIn> for SignInView {
    fn from(signin: SignIn) -> Self {
        Self {
            user_id: signin.user.map(|user| user.0),
            at: signin.at.rfc3339(),
            provider: signin.provider,
            result: signin.result,
            address: signin.address,
            user_agent: signin.user_agent,
        }
    }
}

/// `/me/signins` and `/signins`.
pub struct HistoryApi;

#[OpenApi]
impl HistoryApi {
    /// My sign-ins
    ///
    /// The newest first, refused ones too.
    #[oai(path = "/me/signins", method = "get", operation_id = "my_signins", tag = "super::router::Tag::Me")]
    async fn own(
        &self,
        flow: Data<&Arc<Flow>>,
        caller: Signed,
        /// The page's number, from 1 on; not beside `next`.
        page_num: Query<Option<i64>>,
        /// Items on a page, 1 to 200; 50 unless given.
        page_size: Query<Option<i64>>,
        /// Goes on after a page: its `next`.
        next: Query<Option<String>>,
    ) -> Result<Json<PageView<SignInView>>, Fault<SignedQuery>> {
        let request = page::request(page_num.0, page_size.0, next.0.as_deref())?;
        Ok(Json(PageView::new(&request, flow.own_signins(&caller.0, &request).await?, Into::into)))
    }

    /// Everybody's sign-ins
    ///
    /// The newest first, refused ones too; those alone that all given filters fit.
    #[oai(path = "/signins", method = "get", operation_id = "signins", tag = "super::router::Tag::Users")]
    #[expect(clippy::too_many_arguments, reason = "each is a parameter of the request")]
    async fn all(
        &self,
        flow: Data<&Arc<Flow>>,
        caller: Signed,
        /// The page's number, from 1 on; not beside `next`.
        page_num: Query<Option<i64>>,
        /// Items on a page, 1 to 200; 50 unless given.
        page_size: Query<Option<i64>>,
        /// Goes on after a page: its `next`.
        next: Query<Option<String>>,
        /// A user's id.
        user: Query<Option<i64>>,
        /// A provider type.
        provider: Query<Option<String>>,
        /// A result.
        result: Query<Option<String>>,
    ) -> Result<Json<PageView<SignInView>>, Fault<AdminQuery>> {
        let request = page::request(page_num.0, page_size.0, next.0.as_deref())?;
        let texts = page::texts([("provider", 60, provider.0), ("result", 100, result.0)])?;
        let filter = SignInFilter { user: user.0.map(UserId), provider: texts.own("provider"), result: texts.own("result") };
        let found = flow.signins(&caller.0, &filter, &request).await?;
        Ok(Json(PageView::new(&request, found, Into::into)))
    }
}
