//! Sessions and what stands for them: tokens and keys.
#![expect(clippy::unused_async, reason = "poem-openapi takes async handlers only")]

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::{ApiResponse, OpenApi, payload::Json, types::Any};

use super::{
    body::Refresh,
    caller::Signed,
    client,
    input::Input,
    problem::{Fault, Plain, Refreshing, Signed as SignedStatuses},
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
