//! A plain user service over login and password: `/user`, and `POST /`.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::{ApiResponse, Object, OpenApi, Union, param::Query, payload::Json};

use super::{
    body::{Credentials, Registration, UserPassword},
    caller::Signed,
    client,
    input::Input,
    problem::{AdminPath, Fault, Hashing, Open},
    view::{ChallengedView, SignedInView, UserView},
};
use crate::{
    flow::{Flow, challenge::Answer, register},
    model::UserId,
};

/// Somebody new.
#[derive(ApiResponse)]
enum Registered {
    /// The new user.
    #[oai(status = 201)]
    User(Json<UserView>),
    /// Where addresses must be verified: what a mail to the address says is asked for first.
    #[oai(status = 202)]
    Challenged(Json<ChallengedView>),
}

/// A user who is no more.
#[derive(Object)]
#[oai(rename = "Deleted")]
struct DeletedView {
    /// The id, which is never given again.
    id: i64,
    /// Always true.
    deleted: bool,
}

/// Somebody is signed in.
#[derive(Object)]
#[oai(rename = "SignedInByLogin")]
struct ByLoginView {
    /// Who.
    user: UserView,
    /// The access token: a JWT with `user_id`, `exp` and `iss`.
    token: String,
    /// The same.
    access_token: String,
    /// For `POST /auth/refresh`; works once.
    refresh_token: String,
    /// Always `Bearer`.
    token_type: String,
    /// Seconds that the access token lives.
    expires_in: i64,
}

/// Signed in, or asked for more.
#[derive(Union)]
#[oai(rename = "AnswerByLogin")]
enum ByLogin {
    /// Done.
    SignedIn(ByLoginView),
    /// More is needed.
    Challenged(ChallengedView),
}

impl From<Answer> for ByLogin {
    fn from(answer: Answer) -> Self {
        match answer {
            Answer::Challenge(challenge) => Self::Challenged((*challenge).into()),
            Answer::SignedIn(signed_in) => {
                let SignedInView { user, access_token, refresh_token, token_type, expires_in } = (*signed_in).into();
                Self::SignedIn(ByLoginView { user, token: access_token.clone(), access_token, refresh_token, token_type, expires_in })
            }
        }
    }
}

/// `/user` and `POST /`.
pub struct RegisterApi;

#[OpenApi(tag = "super::router::Tag::User")]
impl RegisterApi {
    /// Sign in by login and password
    ///
    /// The login is an e-mail address, or a name without an `@`.
    #[oai(path = "/", method = "post", operation_id = "signin_by_login")]
    async fn signin(&self, flow: Data<&Arc<Flow>>, client: client::From, input: Input<Credentials>) -> Result<Json<ByLogin>, Fault<Open>> {
        Ok(Json(flow.signin_by_login(&input.0.login, &input.0.password, &client.0).await?.into()))
    }

    /// Register
    ///
    /// The login is an e-mail address, or a name of 3 to 60 letters, digits, `.`, `_` and `-`.
    #[oai(path = "/user", method = "post", operation_id = "register_user")]
    async fn register(&self, flow: Data<&Arc<Flow>>, client: client::From, input: Input<Registration>) -> Result<Registered, Fault<Open>> {
        let Registration { credentials, invite } = input.0;
        Ok(match flow.register(&credentials.login, &credentials.password, invite.as_deref(), &client.0).await? {
            register::Registered::User(user) => Registered::User(Json(UserView::from(&*user))),
            register::Registered::Challenge(challenge) => Registered::Challenged(Json((*challenge).into())),
        })
    }

    /// A user's data
    ///
    /// One's own; for administrators everybody's.
    #[oai(path = "/user", method = "get", operation_id = "find_user")]
    async fn find(&self, flow: Data<&Arc<Flow>>, caller: Signed, id: Query<i64>) -> Result<Json<UserView>, Fault<AdminPath>> {
        Ok(Json(UserView::from(&flow.find_user(&caller.0, UserId(id.0)).await?)))
    }

    /// Delete a user
    ///
    /// Oneself; for administrators everybody. All sessions end, and everything personal is removed.
    #[oai(path = "/user", method = "delete", operation_id = "remove_user")]
    async fn remove(&self, flow: Data<&Arc<Flow>>, caller: Signed, id: Query<i64>) -> Result<Json<DeletedView>, Fault<AdminPath>> {
        flow.remove_user(&caller.0, UserId(id.0)).await?;
        Ok(Json(DeletedView { id: id.0, deleted: true }))
    }

    /// Set a password
    ///
    /// One's own, soon after a sign-in; for administrators everybody's. All other sessions end.
    #[oai(path = "/user", method = "patch", operation_id = "set_user_password")]
    async fn set_password(
        &self,
        flow: Data<&Arc<Flow>>,
        client: client::From,
        caller: Signed,
        input: Input<UserPassword>,
    ) -> Result<Json<UserView>, Fault<Hashing>> {
        let user = flow.set_password(&caller.0, UserId(input.0.id), &input.0.password, &client.0).await?;
        Ok(Json(UserView::from(&user)))
    }
}
