//! The pages on the way in: sign-in, sign-up, the steps between, and forgotten passwords.

mod callback;
pub(super) mod challenge;
pub(super) mod pending;
mod recover;
pub(super) mod signin;
mod signup;
mod ways;

use poem::{Request, Route, endpoint::make_sync, get};

use super::{
    BOTH, asset, query,
    trouble::{Stop, page},
    visit::{Sent, Visit, form_expired},
};
use crate::model::form::{Raw, RawBody};

/// The field, and the parameter of addresses, that says where to go afterwards.
pub(super) const RETURN_TO: &str = "return_to";
/// Submits a form that holds nothing to fill in.
pub(super) const SUBMIT: &str = "/assets/submit.js";

pub(super) const PATHS: &[(&str, &str)] =
    &[("/sign-in", BOTH), ("/sign-up", BOTH), ("/continue", BOTH), ("/callback", "GET, HEAD"), ("/recover", BOTH), ("/recover/code", BOTH)];

pub(super) fn add(routes: Route) -> Route {
    routes
        .at("/sign-in", get(page(signin::open)).post(page(signin::answer)))
        .at("/sign-up", get(page(signup::show)).post(page(signup::answer)))
        .at("/continue", get(page(challenge::show)).post(page(challenge::answer)))
        .at("/callback", get(page(callback::show)))
        .at("/recover", get(page(recover::show)).post(page(recover::answer)))
        .at("/recover/code", get(page(recover::show_code)).post(page(recover::answer_code)))
        .at(SUBMIT, get(make_sync(|_| asset("text/javascript; charset=utf-8", include_str!("../../../assets/submit.js")))))
}

/// Reads a form for visitors, and where it leads. Whoever has signed in meanwhile, in another tab, is led there at once: an old
/// form does nothing.
async fn read(visit: &Visit, request: Request, leads: impl FnOnce(&mut RawBody) -> String) -> Result<(RawBody, String), Stop> {
    match visit.receive(request).await? {
        Sent::Own(mut body) => {
            let return_to = leads(&mut body);
            Ok((body, return_to))
        }
        Sent::Old(mut body) if visit.caller.is_some() => Err(Stop::Instead(Box::new(visit.go_back_to(Some(&leads(&mut body)))))),
        Sent::Old(_) => Err(form_expired().into()),
    }
}

/// Takes a text out of a body that belongs to the page, not to the flow.
pub(super) fn take_own(body: &mut RawBody, name: &str) -> String {
    match body.remove(name) {
        Some(Raw::Text(text)) => text,
        _ => String::new(),
    }
}

/// A path of ours that remembers where to go afterwards.
fn with_return(path: &str, return_to: &str) -> String {
    if return_to.is_empty() {
        return path.to_owned();
    }
    let joint = if path.contains('?') { '&' } else { '?' };
    let given: String = form_urlencoded::byte_serialize(return_to.as_bytes()).collect();
    format!("{path}{joint}{RETURN_TO}={given}")
}

/// Where an address asks to be led back to; empty if that is nowhere, or not allowed (security rule 21).
fn asked_back(visit: &Visit, request: &Request) -> String {
    let given = query(request, RETURN_TO);
    if visit.flow.return_address(&given).is_some() { given } else { String::new() }
}
