//! Sessions and what stands for them: tokens, keys, checks for proxies.
#![expect(clippy::unused_async, reason = "poem-openapi takes async handlers only")]

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::{ApiResponse, Object, OpenApi, param::Query, payload::Json, types::Any};

use super::{
    body::Refresh,
    caller::Signed,
    client,
    input::Input,
    problem::{Checked, Fault, Plain, Refreshing, Signed as SignedStatuses},
    view::TokensView,
};
use crate::flow::Flow;

/// Done, and nothing to say.
#[derive(ApiResponse)]
pub enum Done {
    /// Done.
    #[oai(status = 204)]
    Done,
}

/// Who a request is from.
#[derive(Object)]
#[oai(rename = "Check")]
struct CheckView {
    /// The user's id.
    user_id: i64,
    /// The session's id.
    session_id: i64,
    /// Roles at this moment.
    roles: Vec<String>,
}

/// The answer to a proxy.
#[derive(ApiResponse)]
enum Checks {
    /// The caller is signed in; the headers are for the service behind the proxy.
    #[oai(status = 200)]
    Ok(
        Json<CheckView>,
        /// The user's id.
        #[oai(header = "X-Auth-User-Id")]
        String,
        /// The user's address; empty if there is none.
        #[oai(header = "X-Auth-Email")]
        String,
        /// Roles, comma-separated.
        #[oai(header = "X-Auth-Roles")]
        String,
    ),
}

/// `/auth/...`: staying in and getting out.
pub struct SessionApi;

#[OpenApi(tag = "super::router::Tag::Session")]
impl SessionApi {
    /// A new pair of tokens
    ///
    /// Each refresh token works once. A repeat within the retry window gets the same pair; a later one ends the session.
    #[oai(path = "/auth/refresh", method = "post", operation_id = "refresh")]
    async fn refresh(
        &self,
        flow: Data<&Arc<Flow>>,
        client: client::From,
        input: Input<Refresh>,
    ) -> Result<Json<TokensView>, Fault<Refreshing>> {
        Ok(Json(flow.refresh(&input.0.refresh_token, &client.0).await?.into()))
    }

    /// Sign out here
    #[oai(path = "/auth/logout", method = "post", operation_id = "logout")]
    async fn logout(&self, flow: Data<&Arc<Flow>>, caller: Signed) -> Result<Done, Fault<SignedStatuses>> {
        flow.logout(&caller.0).await?;
        Ok(Done::Done)
    }

    /// Sign out on all devices
    #[oai(path = "/auth/logout-all", method = "post", operation_id = "logout_all")]
    async fn logout_all(&self, flow: Data<&Arc<Flow>>, caller: Signed) -> Result<Done, Fault<SignedStatuses>> {
        flow.logout_all(&caller.0).await?;
        Ok(Done::Done)
    }

    /// Check a request, for proxies
    ///
    /// Looks at the session, its user and roles as they are now (at most a second old). Writes nothing.
    #[oai(path = "/auth/check", method = "get", operation_id = "check")]
    async fn check(
        &self,
        caller: Signed,
        /// A role that the caller must have.
        #[oai(validator(max_length = 60))]
        role: Query<Option<String>>,
    ) -> Result<Checks, Fault<Checked>> {
        let caller = caller.0;
        if let Some(role) = &role.0 {
            caller.require(role)?;
        }
        let user = &caller.user;
        let email = user.email.as_ref().map(ToString::to_string).unwrap_or_default();
        let view = CheckView { user_id: user.id.0, session_id: caller.session.id.0, roles: user.roles.clone() };
        Ok(Checks::Ok(Json(view), user.id.to_string(), email, user.roles.join(",")))
    }

    /// Public keys (RFC 7517)
    ///
    /// The next key is here before it signs, and an old one as long as its tokens live.
    #[oai(path = "/.well-known/jwks.json", method = "get", operation_id = "jwks")]
    async fn jwks(&self, flow: Data<&Arc<Flow>>) -> Result<Keys, Fault<Plain>> {
        Ok::<_, Fault<Plain>>(Keys::Ok(Json(Any(flow.jwks())), "public, max-age=300".to_owned()))
    }
}

/// A set of keys.
#[derive(ApiResponse)]
enum Keys {
    /// The keys.
    #[oai(status = 200)]
    Ok(
        Json<Any<serde_json::Value>>,
        /// How long verifiers may keep it.
        #[oai(header = "Cache-Control")]
        String,
    ),
}
