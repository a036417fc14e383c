//! The page of who is signed in.

use maud::html;
use poem::{Request, Response, http::StatusCode};

use super::{trouble::Stop, visit::Visit};
use crate::flow::authenticate::Caller;

/// `GET /` for who is signed in.
#[expect(clippy::unused_async, reason = "the lists on the page come from the store")]
pub(super) async fn show(visit: &Visit, caller: &Caller, _request: &Request) -> Result<Response, Stop> {
    let email = caller.user.email.as_ref().map(ToString::to_string).unwrap_or_default();
    let content = html! { p { (visit.language.pick("Signed in as", "Вы вошли как")) " " (email) } };
    Ok(visit.wide_page(StatusCode::OK, visit.language.pick("My account", "Мой профиль"), &content))
}
