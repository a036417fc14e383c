//! Pages for people, written on the server: the start page with its two faces, what links in mails lead to, administration.
//! They work without scripts, and a `GET` changes nothing: mail scanners follow links.

mod account;
mod admin;
mod chart;
mod choice;
mod cookie;
mod entry;
mod fields;
mod home;
mod invitation;
mod language;
mod layout;
mod pager;
mod reset;
mod shipped;
mod time;
mod trouble;
mod verify_email;
mod visit;

use std::sync::Arc;

use poem::{Endpoint, IntoResponse, PathPattern, Request, Response, Route, endpoint::make_sync, get, http::Method, post};

pub use language::Language;
pub use trouble::in_place_of;
pub(super) use visit::base;

use trouble::page;

/// Files of the pages are below it.
pub const ASSETS: &str = "/assets";

const BOTH: &str = "GET, HEAD, POST";
const FORM: &str = "POST";

const PATHS: &[(&str, &str)] =
    &[("/", BOTH), ("/sign-out", FORM), ("/language", FORM), (verify_email::PATH, BOTH), (reset::PATH, BOTH), (invitation::PATH, BOTH)];

/// The paths of all pages as the document would write them, with the methods that each takes. `POST /` belongs to the API.
pub fn paths() -> impl Iterator<Item = (&'static str, &'static str)> + Clone {
    [PATHS, entry::PATHS, account::PATHS].into_iter().chain(admin::PATHS.iter().copied()).flatten().copied()
}

/// Adds the pages to the routes; the start page is the only one whose path the API shares.
#[must_use]
pub fn add(routes: Route) -> Route {
    entry::add(account::add(admin::add(routes)))
        .at("/sign-out", post(page(home::sign_out)))
        .at("/language", post(page(home::choose_language)))
        .at(verify_email::PATH, get(page(verify_email::show)).post(page(verify_email::answer)))
        .at(reset::PATH, get(page(reset::show)).post(page(reset::answer)))
        .at(invitation::PATH, get(page(invitation::show)).post(page(invitation::answer)))
        .at("/assets/style.css", get(make_sync(|_| asset("text/css; charset=utf-8", include_str!("../../assets/style.css")))))
}

/// The start page for a `GET /`, and the routes for everything else: the API has a path of the same name, and the router
/// could not tell their methods apart.
///
/// # Errors
/// Those of the routes.
pub async fn or_start_page<E: Endpoint>(routes: Arc<E>, request: Request) -> poem::Result<Response> {
    if request.uri().path() != "/" || request.method() != Method::GET {
        return routes.call(request).await.map(IntoResponse::into_response);
    }
    let mut response = page(home::show).call(request).await?;
    response.set_data(PathPattern("/".into()));
    Ok(response)
}

/// Whether a template of [`paths`] is seen by a person.
#[must_use]
pub fn is_page(method: &Method, template: &str) -> bool {
    paths().any(|(path, _)| path == template) && (template != "/" || *method == Method::GET)
}

/// The cookie that stands for a session, if the browser has one.
pub(super) fn session_cookie(request: &Request, public_url: &str) -> Option<String> {
    cookie::read(request, cookie::SESSION, public_url.starts_with("https://"))
}

fn asset(content_type: &'static str, text: &'static str) -> Response {
    Response::builder().content_type(content_type).header("Cache-Control", "public, max-age=3600").body(text)
}

/// A parameter of the address; empty if it is not there.
fn query(request: &Request, name: &str) -> String {
    let query = request.uri().query().unwrap_or_default();
    form_urlencoded::parse(query.as_bytes()).find(|(given, _)| given == name).map(|(_, value)| value.into_owned()).unwrap_or_default()
}
