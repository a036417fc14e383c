//! The caller: what the gateway says, and what the shop knows itself.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::{Object, OpenApi, payload::Json};

use super::{
    caller::Signed,
    problem::{Fault, Plain},
};
use crate::flow::Flow;

/// The caller.
#[derive(Object)]
#[oai(rename = "Me")]
struct MeView {
    /// The gateway's number of the user.
    user_id: i64,
    /// The address; null if the account has none.
    email: Option<String>,
    /// The name to show; null if there is none.
    name: Option<String>,
    /// Roles, as the gateway's administrators gave them.
    roles: Vec<String>,
    /// Orders so far.
    orders: i64,
    /// The first cart or order, RFC 3339; null before.
    customer_since: Option<String>,
}

/// `/shop/me`.
pub struct UserApi;

#[OpenApi(tag = "super::router::Tag::Me")]
impl UserApi {
    /// Who I am
    #[oai(path = "/shop/me", method = "get", operation_id = "me")]
    async fn me(&self, caller: Signed, flow: Data<&Arc<Flow>>) -> Result<Json<MeView>, Fault<Plain>> {
        let identity = caller.0;
        let customer = flow.customer(identity.user).await?;
        Ok(Json(MeView {
            user_id: identity.user.0,
            email: identity.email,
            name: identity.name,
            roles: identity.roles,
            orders: customer.orders,
            customer_since: customer.since.map(crate::model::Timestamp::rfc3339),
        }))
    }
}
