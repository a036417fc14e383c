//! What clients need to know before they know anything (OpenID Connect Discovery 1.0, RFC 8414): where the keys are, and how to ask.

#![expect(clippy::unused_async, reason = "poem-openapi takes async handlers only")]

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::{ApiResponse, Object, OpenApi, payload::Json};

use super::problem::{Fault, Plain};
use crate::flow::Flow;

/// Only what is there. No client is sent here to sign in: there is no authorization and no token endpoint, and so no list of
/// their response and grant types; an empty one says that, where none at all would mean a default.
#[derive(Object)]
#[oai(rename = "ServerMetadata")]
struct Metadata {
    /// The `iss` of tokens: `public_url`.
    issuer: String,
    /// Public keys (RFC 7517).
    jwks_uri: String,
    /// Claims of the user.
    userinfo_endpoint: String,
    /// What a token stands for (RFC 7662).
    introspection_endpoint: String,
    /// How to say there who one is.
    introspection_endpoint_auth_methods_supported: Vec<String>,
    /// Giving a token back (RFC 7009).
    revocation_endpoint: String,
    /// How to say there who one is.
    revocation_endpoint_auth_methods_supported: Vec<String>,
    /// None.
    response_types_supported: Vec<String>,
    /// None.
    grant_types_supported: Vec<String>,
    /// Everybody is told the same `sub`.
    subject_types_supported: Vec<String>,
    /// How access tokens are signed: verifiers look for it here, although there are no ID tokens.
    id_token_signing_alg_values_supported: Vec<String>,
    /// Claims of access tokens and of `/userinfo`.
    claims_supported: Vec<String>,
    /// Left out it would mean yes.
    request_uri_parameter_supported: bool,
    /// Languages of the pages.
    ui_locales_supported: Vec<String>,
    /// For developers.
    service_documentation: String,
}

const CLAIMS: [&str; 16] = [
    "iss",
    "sub",
    "user_id",
    "aud",
    "exp",
    "iat",
    "jti",
    "sid",
    "roles",
    "amr",
    "name",
    "preferred_username",
    "email",
    "email_verified",
    "locale",
    "ext",
];

impl Metadata {
    fn of(flow: &Flow) -> Self {
        let url = |path: &str| format!("{}{path}", flow.terms.public_url);
        let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        // By their names in the registries of RFC 8414, 7.2: an administrator's access token is one way too.
        let by_secret: &[&str] = if flow.has_services() { &["client_secret_basic", "client_secret_post"] } else { &[] };
        Self {
            issuer: flow.terms.public_url.clone(),
            jwks_uri: url("/.well-known/jwks.json"),
            userinfo_endpoint: url("/userinfo"),
            introspection_endpoint: url("/auth/introspect"),
            introspection_endpoint_auth_methods_supported: list(&[by_secret, &["Bearer"]].concat()),
            revocation_endpoint: url("/auth/revoke"),
            revocation_endpoint_auth_methods_supported: list(&[&["none"], by_secret].concat()),
            response_types_supported: Vec::new(),
            grant_types_supported: Vec::new(),
            subject_types_supported: list(&["public"]),
            id_token_signing_alg_values_supported: flow.signing_algorithms(),
            claims_supported: list(&CLAIMS),
            request_uri_parameter_supported: false,
            ui_locales_supported: list(&["en", "ru"]),
            service_documentation: url("/api/docs"),
        }
    }
}

/// What there is.
#[derive(ApiResponse)]
enum Described {
    /// The metadata.
    #[oai(status = 200)]
    Ok(
        Json<Metadata>,
        /// How long clients may keep it.
        #[oai(header = "Cache-Control")]
        String,
    ),
}

fn described(flow: &Flow) -> Described {
    Described::Ok(Json(Metadata::of(flow)), "public, max-age=300".to_owned())
}

/// `/.well-known/...`.
pub struct DiscoveryApi;

#[OpenApi(tag = "super::router::Tag::Token")]
impl DiscoveryApi {
    /// Where everything is (OpenID Connect Discovery 1.0)
    #[oai(path = "/.well-known/openid-configuration", method = "get", operation_id = "openid_configuration")]
    async fn openid(&self, flow: Data<&Arc<Flow>>) -> Result<Described, Fault<Plain>> {
        Ok::<_, Fault<Plain>>(described(&flow))
    }

    /// Where everything is (RFC 8414)
    #[oai(path = "/.well-known/oauth-authorization-server", method = "get", operation_id = "oauth_authorization_server")]
    async fn oauth(&self, flow: Data<&Arc<Flow>>) -> Result<Described, Fault<Plain>> {
        Ok::<_, Fault<Plain>>(described(&flow))
    }
}
