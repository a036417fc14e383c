//! Sign-up and sign-in, by whatever provider is live.
#![expect(clippy::unused_async, reason = "poem-openapi takes async handlers only")]

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::{OpenApi, payload::Json, types::Any};
use serde_json::json;

use super::{
    body::{Continue, SignIn, SignUp},
    client,
    input::OpenInput,
    problem::{Fault, Open, Plain},
    schema,
    view::{AnswerView, ProviderView},
};
use crate::{
    flow::{Error, Flow, policy::signup_form, provider::LiveProvider},
    model::{
        form::{Field, Form, Kind, RawBody},
        signup::SignupPolicy,
    },
};

/// `/auth/...`: getting in.
pub struct AuthApi;

#[OpenApi(tag = "super::router::Tag::SignIn")]
impl AuthApi {
    /// Sign up
    ///
    /// Makes an account and signs it in. The fields depend on `type`; `GET /auth/providers` lists them. `invite` is the token of an invitation, which some
    /// gateways demand.
    #[oai(path = "/auth/signup", method = "post", operation_id = "signup")]
    async fn signup(
        &self,
        flow: Data<&Arc<Flow>>,
        client: client::From,
        input: OpenInput<SignUp>,
    ) -> Result<Json<AnswerView>, Fault<Open>> {
        let (kind, fields) = take("type", 60, input.fields)?;
        Ok(Json(flow.signup(&kind, fields, &client.0).await?.into()))
    }

    /// Sign in
    ///
    /// An unknown address and a wrong password are answered alike. The fields depend on `type`. While somebody guesses at an account, tries from
    /// where it is not known are answered with a challenge for a code from its mailbox.
    #[oai(path = "/auth/signin", method = "post", operation_id = "signin")]
    async fn signin(
        &self,
        flow: Data<&Arc<Flow>>,
        client: client::From,
        input: OpenInput<SignIn>,
    ) -> Result<Json<AnswerView>, Fault<Open>> {
        let (kind, fields) = take("type", 60, input.fields)?;
        Ok(Json(flow.signin(&kind, fields, &client.0).await?.into()))
    }

    /// Answer a challenge
    ///
    /// Goes on with the sign-up or sign-in that asked for more. After a mistake it may be answered again, five times at most.
    #[oai(path = "/auth/continue", method = "post", operation_id = "continue")]
    async fn resume(
        &self,
        flow: Data<&Arc<Flow>>,
        client: client::From,
        input: OpenInput<Continue>,
    ) -> Result<Json<AnswerView>, Fault<Open>> {
        let (id, fields) = take("flow", 100, input.fields)?;
        Ok(Json(flow.resume(&id, fields, &client.0).await?.into()))
    }

    /// Ways to sign in
    ///
    /// What is live at this moment, with the fields that each takes.
    #[oai(path = "/auth/providers", method = "get", operation_id = "providers")]
    async fn providers(&self, flow: Data<&Arc<Flow>>) -> Result<Json<Vec<ProviderView>>, Fault<Plain>> {
        Ok(Json(flow.live_providers().iter().map(|provider| view(provider, flow.terms.signup)).collect()))
    }
}

/// Takes out the field that says where the others go.
pub(super) fn take(name: &str, max_length: u32, mut fields: RawBody) -> Result<(String, RawBody), Error> {
    let form = Form { fields: vec![Field::new(name, Kind::Text, name, max_length)] };
    let own = fields.remove_entry(name).into_iter().collect();
    let entries = form.read(own).map_err(Error::Fields)?;
    Ok((entries.text(name).unwrap_or_default().to_owned(), fields))
}

fn view(provider: &LiveProvider, signup: SignupPolicy) -> ProviderView {
    let manifest = provider.live.manifest();
    let body = |form: &Form| Any(schema::of(form, &[("type", json!({ "type": "string", "enum": [provider.type_name] }))]));
    ProviderView {
        kind: provider.type_name.clone(),
        name: manifest.name.clone(),
        summary: manifest.summary.clone(),
        version: manifest.version.clone(),
        signup: signup_form(provider, signup).as_ref().map(body),
        signin: manifest.signin.as_ref().filter(|_| !manifest.factor).map(body),
        factor: manifest.factor,
    }
}
