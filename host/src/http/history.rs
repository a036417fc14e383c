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
    flow::{Error, Flow, overview::SignInHours},
    model::{
        Timestamp, UserId,
        form::FieldError,
        signin::{HourCount, SignIn, SignInFilter},
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

/// Sign-ins that ended alike in one hour.
#[derive(Object)]
#[oai(rename = "SignInHour")]
pub struct HourView {
    /// When the hour begins (RFC 3339, UTC).
    hour: String,
    /// The provider type.
    provider: String,
    /// As in the history; what providers call their own refusals is `provider_refused` here.
    result: String,
    /// How many, 1 or more.
    count: u64,
}

/// Sign-ins by hour, provider and result.
#[derive(Object)]
#[oai(rename = "SignInHours")]
pub struct HoursView {
    /// When the first hour begins (RFC 3339, UTC).
    from: String,
    /// When the last hour ends.
    to: String,
    /// By hour, provider and result; hours without sign-ins are left out.
    hours: Vec<HourView>,
}

impl From<SignInHours> for HoursView {
    fn from(told: SignInHours) -> Self {
        let view = |count: HourCount| HourView {
            hour: count.hour.begin().rfc3339(),
            provider: count.provider,
            result: count.result,
            count: count.count,
        };
        Self { from: told.from.begin().rfc3339(), to: told.to.begin().rfc3339(), hours: told.counts.into_iter().map(view).collect() }
    }
}

/// `/me/signins`, `/signins` and `/signins/hours`.
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

    /// Sign-ins by the hour
    ///
    /// Refused ones too, by provider and result: counted as they happen, so that a long history slows nothing down. Hours of
    /// which a part is asked for are told whole; 31 days at most.
    #[oai(path = "/signins/hours", method = "get", operation_id = "signin_hours", tag = "super::router::Tag::Users")]
    async fn hours(
        &self,
        flow: Data<&Arc<Flow>>,
        caller: Signed,
        /// From when on (RFC 3339); unless it is given, 48 hours before `to`.
        from: Query<Option<String>>,
        /// Until when (RFC 3339); unless it is given, the hour under way is the last one.
        to: Query<Option<String>>,
    ) -> Result<Json<HoursView>, Fault<AdminQuery>> {
        let texts = page::texts([("from", 40, from.0), ("to", 40, to.0)])?;
        let time = |name: &str| texts.own(name).map(|text| Timestamp::from_rfc3339(&text).ok_or_else(|| name.to_owned())).transpose();
        let wrong = |name| FieldError::new(name, "invalid_time", "is not a time like 2026-01-31T15:04:05Z, from 1970 on");
        match (time("from"), time("to")) {
            (Ok(from), Ok(to)) => Ok(Json(flow.signin_hours(&caller.0, from, to).await?.into())),
            (from, to) => Err(Error::Fields([from.err(), to.err()].into_iter().flatten().map(wrong).collect()).into()),
        }
    }
}
