//! Addresses, verified by a link or a code from a mail.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::{ApiResponse, Object, OpenApi, payload::Json};

use super::{
    body::VerifyEmail,
    caller::Signed,
    client,
    input::Input,
    problem::{Fault, Open, SignedAsk},
};
use crate::flow::{
    Error, Flow,
    proof::{Claim, Sent},
    verification::Verified,
};

/// A mail is under way, or would be, if there were anybody to get it.
#[derive(Object)]
#[oai(rename = "Sent")]
pub struct SentView {
    /// Goes back together with the code of the mail; keep it to yourself.
    flow: String,
    /// Seconds that link and code live.
    expires_in: u64,
}

impl From<Sent> for SentView {
    fn from(sent: Sent) -> Self {
        Self { flow: sent.flow, expires_in: sent.expires_in }
    }
}

/// The answer to whoever asks for a mail.
#[derive(ApiResponse)]
pub enum Accepted {
    /// The mail leaves after this answer.
    #[oai(status = 202)]
    Accepted(Json<SentView>),
}

impl From<Sent> for Accepted {
    fn from(sent: Sent) -> Self {
        Self::Accepted(Json(sent.into()))
    }
}

/// What was proven.
#[derive(Object)]
#[oai(rename = "Verified")]
struct VerifiedView {
    /// The address, or for a change of address the new one.
    email: String,
    /// Whether it is the account's and verified now.
    email_verified: bool,
    /// For a change of address: whose word is missing, `old` or `new`.
    pending: Vec<String>,
}

impl From<Verified> for VerifiedView {
    fn from(verified: Verified) -> Self {
        Self {
            email: verified.email.to_string(),
            email_verified: verified.email_verified,
            pending: verified.pending.into_iter().map(|side| side.as_str().to_owned()).collect(),
        }
    }
}

/// What a body claims.
///
/// # Errors
/// If it is neither a token nor flow and code, or both.
pub fn claim(body: &VerifyEmail) -> Result<Claim, Error> {
    Claim::read(body.token.as_deref(), body.flow.as_deref(), body.code.as_deref())
}

/// `/auth/verify-email`.
pub struct VerificationApi;

#[OpenApi(tag = "super::router::Tag::SignIn")]
impl VerificationApi {
    /// Verify an address
    ///
    /// Takes the `token` of the link in a mail, or the `flow` of the request that sent it and its `code`. Also finishes a sign-up that
    /// waits for it (without signing in) and confirms a change of address. Works once.
    #[oai(path = "/auth/verify-email", method = "post", operation_id = "verify_email")]
    async fn verify(
        &self,
        flow: Data<&Arc<Flow>>,
        client: client::From,
        input: Input<VerifyEmail>,
    ) -> Result<Json<VerifiedView>, Fault<Open>> {
        Ok(Json(flow.verify_email(&claim(&input.0)?, &client.0).await?.into()))
    }

    /// Send me another letter
    ///
    /// A new link and code to my own address, if it is not verified yet.
    #[oai(path = "/auth/verify-email/send", method = "post", operation_id = "send_verification")]
    async fn send(&self, flow: Data<&Arc<Flow>>, client: client::From, caller: Signed) -> Result<Accepted, Fault<SignedAsk>> {
        Ok(flow.send_verification(&caller.0, &client.0).await?.into())
    }
}
