//! Ways to sign in, for administrators: what is live, what was refused and why, and the switch.
#![expect(clippy::unused_async, reason = "poem-openapi takes async handlers only")]

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::{Object, OpenApi, param::Path, payload::Json};

use super::{
    body::{ProviderLogout, ProviderSwitch},
    caller::Signed,
    input::{Input, OptionalInput},
    problem::{Admin, AdminBody, Fault},
};
use crate::{
    flow::{Flow, provider::ProviderState},
    model::user::ADMIN,
};

/// A provider type as it stands.
#[derive(Object)]
#[oai(rename = "ProviderState")]
pub struct StateView {
    /// The provider type.
    #[oai(rename = "type")]
    kind: String,
    /// `live`, `disabled` or `refused`.
    status: String,
    /// For people; empty if it was never live.
    name: String,
    /// The provider's own version.
    version: String,
    /// SHA-256 of the component that is live.
    sha256: Option<String>,
    /// The component's file.
    file: String,
    /// Why the file in the directory was refused, or who switched it off.
    reason: Option<String>,
    /// What it asks for: `vouch`, `factor`, `mail`, `signup`, `http` or `host NAME`, `secret NAME`, `setting NAME`; empty if it
    /// is not live.
    asks: Vec<String>,
    /// What it was given, in the same words; names alone.
    grants: Vec<String>,
    /// Live since (RFC 3339, UTC).
    since: Option<String>,
}

impl From<ProviderState> for StateView {
    fn from(state: ProviderState) -> Self {
        Self {
            kind: state.type_name,
            status: state.status.as_str().to_owned(),
            name: state.name,
            version: state.version,
            sha256: state.digest,
            file: state.file,
            reason: state.reason,
            asks: state.asks,
            grants: state.grants,
            since: state.since.map(crate::model::Timestamp::rfc3339),
        }
    }
}

/// Sessions that were ended.
#[derive(Object)]
#[oai(rename = "Ended")]
struct EndedView {
    /// How many.
    ended: u64,
}

/// `/providers`.
pub struct ProvidersApi;

#[OpenApi(tag = "super::router::Tag::Providers")]
impl ProvidersApi {
    /// All provider types
    ///
    /// Also those that are switched off, and files that were refused, with the reason.
    #[oai(path = "/providers", method = "get", operation_id = "provider_states")]
    async fn list(&self, flow: Data<&Arc<Flow>>, caller: Signed) -> Result<Json<Vec<StateView>>, Fault<Admin>> {
        caller.0.require(ADMIN)?;
        Ok::<_, Fault<Admin>>(Json(flow.provider_states().into_iter().map(Into::into).collect()))
    }

    /// Switch a provider on or off
    ///
    /// For all gateways of this store, within a second.
    #[oai(path = "/providers/:type", method = "put", operation_id = "switch_provider")]
    async fn switch(
        &self,
        flow: Data<&Arc<Flow>>,
        caller: Signed,
        #[oai(name = "type", validator(max_length = 60))] kind: Path<String>,
        input: Input<ProviderSwitch>,
    ) -> Result<Json<StateView>, Fault<AdminBody>> {
        caller.0.require(ADMIN)?;
        Ok(Json(flow.switch_provider(&caller.0, &kind.0, input.0.enabled).await?.into()))
    }

    /// End the sessions of a provider
    ///
    /// After a compromise: all in which it took part, or those that one version of its component began. Without a body, all.
    #[oai(path = "/providers/:type/logout-all", method = "post", operation_id = "logout_provider")]
    async fn logout(
        &self,
        flow: Data<&Arc<Flow>>,
        caller: Signed,
        #[oai(name = "type", validator(max_length = 60))] kind: Path<String>,
        input: OptionalInput<ProviderLogout>,
    ) -> Result<Json<EndedView>, Fault<AdminBody>> {
        let ended = flow.logout_provider(&caller.0, &kind.0, input.0.digest.as_deref()).await?;
        Ok(Json(EndedView { ended: u64::try_from(ended).unwrap_or(u64::MAX) }))
    }

    /// Read the directory now
    ///
    /// Answers when everything in it is live or refused.
    #[oai(path = "/providers/reload", method = "post", operation_id = "reload_providers")]
    async fn reload(&self, flow: Data<&Arc<Flow>>, caller: Signed) -> Result<Json<Vec<StateView>>, Fault<Admin>> {
        caller.0.require(ADMIN)?;
        Ok(Json(flow.reload_providers(&caller.0).await?.into_iter().map(Into::into).collect()))
    }
}
