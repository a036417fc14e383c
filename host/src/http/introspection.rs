//! `POST /auth/introspect`: what a token stands for (RFC 7662).

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::{Object, OpenApi, payload::Json};

use super::{
    input::{Body, Input},
    problem::{Fault, Introspecting, Problem},
    service::{InBody, Named},
};
use crate::{
    flow::{Flow, introspection::Active},
    model::form::{Entries, Field, Form, Kind},
};

/// `POST /auth/introspect`, and what `POST /auth/revoke` takes as well.
pub struct TokenInQuestion {
    /// The token.
    pub token: String,
    /// What the caller takes it for.
    pub hint: Option<String>,
    /// Who asks, unless the header says it.
    pub asker: InBody,
}

impl Body for TokenInQuestion {
    const NAME: &'static str = "TokenInQuestion";
    const OAUTH: bool = true;

    fn form() -> Form {
        let token = Field::new("token", Kind::Token, "The token", 60_000).example("eyJ0eXAiOiJhdCtqd3QifQ.e30.c2ln");
        let hint = Field::new("token_type_hint", Kind::Text, "What it is: access_token or refresh_token", 100).optional();
        Form { fields: [token, hint.example("access_token")].into_iter().chain(InBody::fields()).collect() }
    }

    fn from_entries(entries: Entries) -> Self {
        let text = |name| entries.text(name).map(ToOwned::to_owned);
        Self { token: text("token").unwrap_or_default(), hint: text("token_type_hint"), asker: InBody::from_entries(&entries) }
    }
}

/// What a token stands for. Of one that is not good: `active` alone.
#[derive(Default, Object)]
#[oai(rename = "Introspection", skip_serializing_if_is_none)]
struct IntrospectionView {
    /// Whether it is good at this moment: genuine, in time, its session live, its user not disabled.
    active: bool,
    /// `Bearer` for an access token; `N_A` (RFC 8693, 2.2.1) for a refresh token, which opens nothing.
    token_type: Option<String>,
    /// The issuer.
    iss: Option<String>,
    /// The user's id, as text.
    sub: Option<String>,
    /// For whom it is meant.
    aud: Option<String>,
    /// When it ends, in seconds since 1970.
    exp: Option<i64>,
    /// When it was made, in seconds since 1970.
    iat: Option<i64>,
    /// The token's id.
    jti: Option<String>,
    /// The session's id.
    sid: Option<String>,
    /// The user's id, as a number.
    user_id: Option<i64>,
    /// The user's address, or else the login.
    username: Option<String>,
    /// Roles at this moment, not those of the token.
    roles: Option<Vec<String>>,
    /// The provider types used.
    amr: Option<Vec<String>>,
}

impl From<Active> for IntrospectionView {
    fn from(active: Active) -> Self {
        let (user, session) = (&active.caller.user, &active.caller.session);
        Self {
            active: true,
            token_type: Some(if active.is_refresh { "N_A" } else { "Bearer" }.to_owned()),
            iss: Some(active.issuer),
            sub: Some(user.id.to_string()),
            aud: Some(active.audience),
            exp: Some(active.expires_at.seconds()),
            iat: Some(active.issued_at.seconds()),
            jti: Some(active.jti),
            sid: Some(session.id.to_string()),
            user_id: Some(user.id.0),
            username: user.email.as_ref().map(ToString::to_string).or_else(|| user.login.clone()),
            roles: Some(user.roles.clone()),
            amr: Some(session.amr.clone()),
        }
    }
}

/// `/auth/introspect`.
pub struct IntrospectionApi;

#[OpenApi(tag = "super::router::Tag::Token")]
impl IntrospectionApi {
    /// What a token stands for (RFC 7662)
    ///
    /// For services that the operator named in `introspection_clients`, and for administrators. Looks at the session, its user and roles as
    /// they are now (at most a second old); writes nothing. A refresh token is told of only with `token_type_hint=refresh_token`.
    #[oai(path = "/auth/introspect", method = "post", operation_id = "introspect")]
    async fn introspect(
        &self,
        flow: Data<&Arc<Flow>>,
        asker: Named,
        input: Input<TokenInQuestion>,
    ) -> Result<Json<IntrospectionView>, Fault<Introspecting>> {
        let TokenInQuestion { token, hint, asker: body } = input.0;
        let active = flow.introspect(&asker.or_by(body)?, &token, hint.as_deref()).await;
        let active = active.map_err(|error| Problem::from(error).in_terms_of_oauth())?;
        Ok(Json(active.map(Into::into).unwrap_or_default()))
    }
}
