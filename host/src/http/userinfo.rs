//! `/userinfo`: who signed in, in the claims of OpenID Connect (Core 1.0, 5.3).
#![expect(clippy::unused_async, reason = "poem-openapi takes async handlers only")]

use poem_openapi::{Object, OpenApi, payload::Json};

use super::{
    caller::Signed,
    problem::{Fault, Signed as SignedStatuses},
};
use crate::model::user::User;

/// Standard claims (OpenID Connect Core 1.0, 5.1), and the roles. What an account does not have is left out.
#[derive(Object)]
#[oai(rename = "UserInfo", skip_serializing_if_is_none)]
struct UserInfoView {
    /// The user's id, as in tokens.
    sub: String,
    /// Chosen by the user.
    name: Option<String>,
    /// The login, if the account has one.
    preferred_username: Option<String>,
    /// The address.
    email: Option<String>,
    /// Whether the address is known to belong to the person; beside `email` only.
    email_verified: Option<bool>,
    /// The language that the user chose (BCP 47).
    locale: Option<String>,
    /// Roles at this moment.
    roles: Vec<String>,
}

impl From<&User> for UserInfoView {
    fn from(user: &User) -> Self {
        Self {
            sub: user.id.to_string(),
            name: user.display_name.clone(),
            preferred_username: user.login.clone(),
            email: user.email.as_ref().map(ToString::to_string),
            email_verified: user.email.is_some().then_some(user.email_verified),
            locale: user.locale.clone(),
            roles: user.roles.clone(),
        }
    }
}

/// `/userinfo`.
pub struct UserInfoApi;

#[OpenApi(tag = "super::router::Tag::Token")]
impl UserInfoApi {
    /// Who signed in (OpenID Connect Core 1.0, 5.3)
    #[oai(path = "/userinfo", method = "get", operation_id = "userinfo")]
    async fn get(&self, caller: Signed) -> Result<Json<UserInfoView>, Fault<SignedStatuses>> {
        Ok::<_, Fault<SignedStatuses>>(Json(UserInfoView::from(&*caller.0.user)))
    }

    /// Who signed in, for clients that post
    #[oai(path = "/userinfo", method = "post", operation_id = "post_userinfo")]
    async fn post(&self, caller: Signed) -> Result<Json<UserInfoView>, Fault<SignedStatuses>> {
        Ok::<_, Fault<SignedStatuses>>(Json(UserInfoView::from(&*caller.0.user)))
    }
}
