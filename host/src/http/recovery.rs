//! Forgotten passwords.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::OpenApi;

use super::{
    body::{Recover, Reset},
    client,
    input::Input,
    problem::{Fault, Open},
    session::Done,
    verification::{Accepted, claim},
};
use crate::flow::{Error, Flow};

/// `/auth/recover`, `/auth/reset`.
pub struct RecoveryApi;

#[OpenApi(tag = "super::router::Tag::SignIn")]
impl RecoveryApi {
    /// I have forgotten my password
    ///
    /// If the address has an account, it gets a mail with a link and a code. The answer is the same if it has none.
    #[oai(path = "/auth/recover", method = "post", operation_id = "recover")]
    async fn recover(&self, flow: Data<&Arc<Flow>>, client: client::From, input: Input<Recover>) -> Result<Accepted, Fault<Open>> {
        let email = input.0.email.ok_or_else(|| Error::field("email", "required", "is required"))?;
        Ok(flow.recover(&email, &client.0).await?.into())
    }

    /// Set a new password
    ///
    /// Takes the `token` of the link in the mail, or the `flow` of the request that sent it and its `code`. All sessions end, and the
    /// address counts as verified. If it was not, other ways in, second factors and the profile are removed: somebody else may have
    /// made the account. A password that is refused does not use up the link.
    #[oai(path = "/auth/reset", method = "post", operation_id = "reset")]
    async fn reset(&self, flow: Data<&Arc<Flow>>, client: client::From, input: Input<Reset>) -> Result<Done, Fault<Open>> {
        flow.reset_password(&claim(&input.0.claim)?, &input.0.new, &client.0).await?;
        Ok(Done::Done)
    }
}
