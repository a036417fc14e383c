//! Headers on their way through (security rule 25; RFC 9110, 7.6.1).

use poem::{
    Request,
    http::{HeaderMap, HeaderName, HeaderValue, header},
};

use super::{credential, is_forwarded, scheme};
use crate::{
    flow::authenticate::Caller,
    http::client::{self, RequestId},
    model::{header::HOP_BY_HOP, proxy::Route},
};

/// What the request carries, without what was for us, and with what the service should know of its way.
pub(super) fn for_service(request: &Request, public_url: &str, route: &Route) -> HeaderMap {
    let mut headers = request.headers().clone();
    drop_hop_by_hop(&mut headers);
    let trusted = is_forwarded(request);
    // Some frameworks take underscores for dashes.
    let says_who = |name: &str| name.starts_with("x-auth-");
    let says_where = |name: &str| name.starts_with("x-forwarded-") || matches!(name, "forwarded" | "x-real-ip");
    let unwanted: Vec<HeaderName> = headers
        .keys()
        .filter(|name| {
            let plain = name.as_str().replace('_', "-");
            says_who(&plain) || (says_where(&plain) && (!trusted || plain != name.as_str()))
        })
        .cloned()
        .collect();
    for name in unwanted {
        headers.remove(name);
    }
    // The host is the upstream's; a body is asked for when it is read.
    let host = headers.remove(header::HOST);
    headers.remove(header::EXPECT);
    say_way(&mut headers, request, (public_url, host));
    if route.strip_prefix {
        set(&mut headers, "x-forwarded-prefix", &route.prefix);
    }
    if let Some(RequestId(id)) = request.data::<RequestId>() {
        set(&mut headers, "x-request-id", id);
    }
    headers
}

/// The way here: what trusted proxies have said of it goes on.
fn say_way(headers: &mut HeaderMap, request: &Request, (public_url, host): (&str, Option<HeaderValue>)) {
    let before: Vec<&str> = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok()).collect();
    let chain = before.into_iter().map(ToOwned::to_owned).chain([client::peer(request).to_string()]).collect::<Vec<_>>().join(", ");
    set(headers, "x-forwarded-for", &chain);
    if !headers.contains_key("x-forwarded-proto") {
        set(headers, "x-forwarded-proto", scheme(public_url));
    }
    // HTTP/2 has it in the address.
    let authority = || request.uri().authority().and_then(|authority| HeaderValue::from_str(authority.as_str()).ok());
    if let Some(host) = host.or_else(authority) {
        headers.entry(HeaderName::from_static("x-forwarded-host")).or_insert(host);
    }
}

/// Who calls, in words for services that trust their network, and signed for those that do not.
pub(super) fn name_caller(headers: &mut HeaderMap, caller: &Caller, passport: &str) {
    let user = &caller.user;
    set(headers, "x-auth-user-id", &user.id.to_string());
    set(headers, "x-auth-email", &user.email.as_ref().map(ToString::to_string).unwrap_or_default());
    set(headers, "x-auth-roles", &user.roles.join(","));
    set(headers, "x-auth-identity", passport);
}

/// What the service answered, without what was for us.
pub(super) fn for_client(headers: &HeaderMap) -> HeaderMap {
    let mut headers = headers.clone();
    drop_hop_by_hop(&mut headers);
    credential::drop_set_cookies(&mut headers);
    headers
}

fn drop_hop_by_hop(headers: &mut HeaderMap) {
    let named: Vec<String> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|name| name.trim().to_ascii_lowercase())
        .collect();
    for name in named.iter().map(String::as_str).chain(HOP_BY_HOP) {
        headers.remove(name);
    }
}

fn set(headers: &mut HeaderMap, name: &'static str, value: &str) {
    // Bytes: an address may hold letters beyond ASCII before the @.
    if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
        headers.insert(HeaderName::from_static(name), value);
    }
}
