//! Ways in and second factors of an account.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::{Object, OpenApi, Union, param::Path, payload::Json};

use super::{
    auth::take,
    body::{Continue, NewIdentity},
    caller::Signed,
    client,
    input::OpenInput,
    problem::{Checked, Fault, FreshBody, FreshPath, Signed as SignedStatuses},
    session::Done,
    view::ChallengedView,
};
use crate::{
    flow::{Flow, identity::Attached},
    model::{IdentityId, UserId, identity::Identity, user::ADMIN},
};

/// A way in, or a second factor.
#[derive(Object)]
#[oai(rename = "Identity")]
struct IdentityView {
    /// Its id.
    id: i64,
    /// The provider type.
    #[oai(rename = "type")]
    kind: String,
    /// Who this is within the provider: an address, the id of an account elsewhere.
    subject: String,
    /// Whether it is a second factor: asked for after a way in, and none of its own.
    factor: bool,
    /// RFC 3339, UTC.
    created_at: String,
}

impl From<Identity> for IdentityView {
    fn from(identity: Identity) -> Self {
        Self {
            id: identity.id.0,
            kind: identity.provider,
            subject: identity.subject,
            factor: identity.is_factor,
            created_at: identity.created_at.rfc3339(),
        }
    }
}

/// A way in was added.
#[derive(Object)]
#[oai(rename = "Added")]
struct AddedView {
    /// The new one.
    identity: IdentityView,
    /// With the first second factor: codes that stand in for it, each once. They are not shown again.
    #[oai(skip_serializing_if_is_none)]
    recovery_codes: Option<Vec<String>>,
}

/// Added, or asked for more.
#[derive(Union)]
#[oai(rename = "Attached")]
enum AttachedView {
    /// Done.
    Added(AddedView),
    /// More is needed.
    Challenged(ChallengedView),
}

impl From<Attached> for AttachedView {
    fn from(attached: Attached) -> Self {
        match attached {
            Attached::Identity { identity, recovery_codes } => Self::Added(AddedView { identity: identity.into(), recovery_codes }),
            Attached::Challenge(challenge) => Self::Challenged((*challenge).into()),
        }
    }
}

/// New recovery codes.
#[derive(Object)]
#[oai(rename = "RecoveryCodes")]
struct CodesView {
    /// Each works once; they are not shown again.
    recovery_codes: Vec<String>,
}

/// How many recovery codes are left.
#[derive(Object)]
#[oai(rename = "RecoveryCodesLeft")]
struct LeftView {
    /// Codes that were not used yet.
    left: u64,
}

/// `/me/identities`, `/me/recovery-codes`, `/users/{id}/identities`.
pub struct IdentityApi;

#[OpenApi]
impl IdentityApi {
    /// My ways in
    ///
    /// And my second factors, oldest first.
    #[oai(path = "/me/identities", method = "get", operation_id = "my_identities", tag = "super::router::Tag::Me")]
    async fn list(&self, flow: Data<&Arc<Flow>>, caller: Signed) -> Result<Json<Vec<IdentityView>>, Fault<SignedStatuses>> {
        Ok(Json(flow.identities(&caller.0).await?.into_iter().map(Into::into).collect()))
    }

    /// Add a way in
    ///
    /// Or a second factor. The fields are those of the provider's sign-up, or of its sign-in if it signs nobody up. Needs a recent
    /// sign-in.
    #[oai(path = "/me/identities", method = "post", operation_id = "add_identity", tag = "super::router::Tag::Me")]
    async fn add(
        &self,
        flow: Data<&Arc<Flow>>,
        client: client::From,
        caller: Signed,
        input: OpenInput<NewIdentity>,
    ) -> Result<Json<AttachedView>, Fault<FreshBody>> {
        let (kind, fields) = take("type", 60, input.fields)?;
        Ok(Json(flow.attach(&caller.0, &kind, fields, &client.0).await?.into()))
    }

    /// Answer what adding a way in asked
    ///
    /// In the session that began it. After a mistake it may be answered again, five times at most.
    #[oai(path = "/me/identities/continue", method = "post", operation_id = "continue_identity", tag = "super::router::Tag::Me")]
    async fn resume(
        &self,
        flow: Data<&Arc<Flow>>,
        client: client::From,
        caller: Signed,
        input: OpenInput<Continue>,
    ) -> Result<Json<AttachedView>, Fault<FreshBody>> {
        let (id, fields) = take("flow", 100, input.fields)?;
        Ok(Json(flow.continue_attach(&caller.0, &id, fields, &client.0).await?.into()))
    }

    /// Remove one of my ways in
    ///
    /// Never the last one. Sessions go on. Needs a recent sign-in.
    #[oai(path = "/me/identities/:id", method = "delete", operation_id = "remove_identity", tag = "super::router::Tag::Me")]
    async fn remove(&self, flow: Data<&Arc<Flow>>, client: client::From, caller: Signed, id: Path<i64>) -> Result<Done, Fault<FreshPath>> {
        flow.detach(&caller.0, IdentityId(id.0), &client.0).await?;
        Ok(Done::Done)
    }

    /// My recovery codes
    ///
    /// How many are left; what they are was shown when they were made.
    #[oai(path = "/me/recovery-codes", method = "get", operation_id = "recovery_codes_left", tag = "super::router::Tag::Me")]
    async fn codes_left(&self, flow: Data<&Arc<Flow>>, caller: Signed) -> Result<Json<LeftView>, Fault<SignedStatuses>> {
        Ok(Json(LeftView { left: flow.recovery_codes_left(&caller.0).await? }))
    }

    /// Make new recovery codes
    ///
    /// Those before are good for nothing any more. Needs a second factor and a recent sign-in.
    #[oai(path = "/me/recovery-codes", method = "post", operation_id = "renew_recovery_codes", tag = "super::router::Tag::Me")]
    async fn renew_codes(&self, flow: Data<&Arc<Flow>>, caller: Signed) -> Result<Json<CodesView>, Fault<Checked>> {
        Ok(Json(CodesView { recovery_codes: flow.renew_recovery_codes(&caller.0).await? }))
    }

    /// A user's ways in
    ///
    /// And second factors, oldest first. For administrators.
    #[oai(path = "/users/:id/identities", method = "get", operation_id = "user_identities", tag = "super::router::Tag::Users")]
    async fn of_user(&self, flow: Data<&Arc<Flow>>, caller: Signed, id: Path<i64>) -> Result<Json<Vec<IdentityView>>, Fault<FreshPath>> {
        caller.0.require(ADMIN)?;
        Ok(Json(flow.identities_of(UserId(id.0)).await?.into_iter().map(Into::into).collect()))
    }

    /// Remove a user's way in
    ///
    /// Or a second factor that was lost. Never the last way in. For administrators.
    #[oai(
        path = "/users/:id/identities/:identity",
        method = "delete",
        operation_id = "remove_user_identity",
        tag = "super::router::Tag::Users"
    )]
    async fn remove_of_user(
        &self,
        flow: Data<&Arc<Flow>>,
        client: client::From,
        caller: Signed,
        id: Path<i64>,
        identity: Path<i64>,
    ) -> Result<Done, Fault<FreshPath>> {
        caller.0.require(ADMIN)?;
        flow.detach_for(&caller.0, UserId(id.0), IdentityId(identity.0), &client.0).await?;
        Ok(Done::Done)
    }
}
