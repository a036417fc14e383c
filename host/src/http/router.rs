//! All routes together, inside their frame.

use std::{collections::BTreeSet, sync::Arc};

use poem::{Endpoint, EndpointExt, Response, Route};
use poem_openapi::{OpenApiService, Tags};

use super::{
    address::AddressApi,
    allow::Allow,
    audit::AuditApi,
    auth::AuthApi,
    check::CheckApi,
    discovery::DiscoveryApi,
    docs, document,
    frame::{Frame, Settings},
    health::HealthApi,
    history::HistoryApi,
    html,
    identity::IdentityApi,
    introspection::IntrospectionApi,
    invitation::InvitationsApi,
    me::MeApi,
    metrics::MetricsApi,
    outbox::OutboxApi,
    providers::ProvidersApi,
    recovery::RecoveryApi,
    register::RegisterApi,
    revocation::RevocationApi,
    role::RolesApi,
    session::SessionApi,
    user::UsersApi,
    userinfo::UserInfoApi,
    verification::VerificationApi,
};
use crate::flow::Flow;

/// Chapters of the document.
#[derive(Tags)]
pub enum Tag {
    /// Getting in.
    SignIn,
    /// Staying in and getting out.
    Session,
    /// For services that get our tokens: OpenID Connect Discovery, introspection, revocation.
    Token,
    /// One's own account.
    Me,
    /// A plain user service over login and password.
    User,
    /// For administrators: users, roles, invitations, history and audit.
    Users,
    /// For administrators: ways to sign in.
    Providers,
    /// For administrators: mails on their way out.
    Outbox,
    /// For operators.
    Operate,
}

type Apis = (
    (AuthApi, VerificationApi, RecoveryApi, SessionApi, CheckApi),
    (DiscoveryApi, IntrospectionApi, RevocationApi, UserInfoApi),
    (MeApi, AddressApi, IdentityApi, HistoryApi),
    (UsersApi, RolesApi, InvitationsApi, AuditApi, RegisterApi),
    (ProvidersApi, OutboxApi, HealthApi, MetricsApi),
);

const APIS: Apis = (
    (AuthApi, VerificationApi, RecoveryApi, SessionApi, CheckApi),
    (DiscoveryApi, IntrospectionApi, RevocationApi, UserInfoApi),
    (MeApi, AddressApi, IdentityApi, HistoryApi),
    (UsersApi, RolesApi, InvitationsApi, AuditApi, RegisterApi),
    (ProvidersApi, OutboxApi, HealthApi, MetricsApi),
);

fn service(public_url: &str) -> OpenApiService<Apis, ()> {
    OpenApiService::new(APIS, "Vestibule", env!("CARGO_PKG_VERSION"))
        .description(
            "An auth gateway whose ways to sign in are sandboxed WebAssembly components. A trailing slash is optional on every path.",
        )
        .server(public_url)
}

/// The document of our own routes, before providers add to it.
///
/// # Panics
/// Never: poem-openapi writes JSON.
#[must_use]
pub fn base_document(public_url: &str) -> serde_json::Value {
    let mut document = serde_json::from_str(&service(public_url).spec()).expect("poem-openapi writes JSON");
    document::mark_nullable(&mut document);
    document::add_start_page(&mut document);
    document
}

/// The first names of all paths of our own, which no service can have.
#[must_use]
pub fn own_names(public_url: &str) -> BTreeSet<String> {
    let document = base_document(public_url);
    let documented = document["paths"].as_object().into_iter().flatten().map(|(path, _)| path.as_str());
    let paths = documented.chain(html::paths().map(|(path, _)| path)).chain([docs::PATH]).chain([html::ASSETS]);
    paths.filter_map(|path| path.split('/').nth(1)).filter(|name| !name.is_empty()).map(ToOwned::to_owned).collect()
}

/// The gateway as an endpoint.
pub fn gateway(flow: &Arc<Flow>, settings: Settings) -> impl Endpoint<Output = Response> + use<> {
    let public_url = &flow.terms.public_url;
    let document = base_document(public_url);
    let allow = Allow::new(&document).with(html::paths());
    let routes = html::add(docs::add(Route::new().nest("/", service(public_url)), document)).around(html::or_start_page);
    Frame::new(routes.data(Arc::clone(flow)), allow, settings)
}
