//! Change of one's own address.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::{ApiResponse, Object, OpenApi, payload::Json};

use super::{
    body::AddressChange,
    caller::Signed,
    client,
    input::Input,
    problem::{Fault, Signed as SignedStatuses, SignedFresh},
    session::Done,
};
use crate::flow::{Error, Flow, address::ChangeSent};

/// The mails of a change of address.
#[derive(Object)]
#[oai(rename = "AddressChangeSent")]
struct ChangeView {
    /// Goes back together with the code of the mail to the new address.
    flow: String,
    /// Goes back together with the code of the mail to the old address, which must agree if it is verified.
    old_flow: Option<String>,
    /// Seconds that links and codes live.
    expires_in: u64,
}

impl From<ChangeSent> for ChangeView {
    fn from(sent: ChangeSent) -> Self {
        Self { flow: sent.new.flow, old_flow: sent.old.map(|old| old.flow), expires_in: sent.new.expires_in }
    }
}

/// The answer to whoever asks for a change.
#[derive(ApiResponse)]
enum Accepted {
    /// The mails leave after this answer.
    #[oai(status = 202)]
    Accepted(Json<ChangeView>),
}

/// `/me/email`.
pub struct AddressApi;

#[OpenApi(tag = "super::router::Tag::Me")]
impl AddressApi {
    /// Change my address
    ///
    /// The new address gets a mail, and so does the old one if it is verified; both are to be confirmed by
    /// `POST /auth/verify-email`, in any order. Needs a recent sign-in. The answer is the same if the new address has an account
    /// already; its owner is told.
    #[oai(path = "/me/email", method = "put", operation_id = "change_email")]
    async fn change(
        &self,
        flow: Data<&Arc<Flow>>,
        client: client::From,
        caller: Signed,
        input: Input<AddressChange>,
    ) -> Result<Accepted, Fault<SignedFresh>> {
        let email = input.0.email.ok_or_else(|| Error::field("email", "required", "is required"))?;
        Ok(Accepted::Accepted(Json(flow.request_address(&caller.0, &email, &client.0).await?.into())))
    }

    /// Give up a change of my address
    ///
    /// Also when none is pending.
    #[oai(path = "/me/email", method = "delete", operation_id = "cancel_email")]
    async fn cancel(&self, flow: Data<&Arc<Flow>>, caller: Signed) -> Result<Done, Fault<SignedStatuses>> {
        flow.cancel_address(&caller.0).await?;
        Ok(Done::Done)
    }
}
