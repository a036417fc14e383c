//! The pages of who is signed in. `/` shows everything at a glance; whatever can be changed has a page of its own below
//! `/account`, with one form on it.

mod agent;
pub(super) mod challenge;
mod delete;
mod email;
mod form;
mod history;
mod overview;
mod password;
mod profile;
mod recovery_code;
mod session;
mod unlink;
mod way;

use maud::{Markup, html};
use poem::{Request, Response, Route, get, http::StatusCode};

use super::{
    entry::signin,
    query,
    trouble::{Stop, page},
    visit::Visit,
};
use crate::flow::{Error, authenticate::Caller};

const SHOWN: &str = "GET, HEAD";
const BOTH: &str = "GET, HEAD, POST";

/// See the list of the whole site.
pub(super) const PATHS: &[(&str, &str)] = &[
    (profile::PATH, BOTH),
    (email::PATH, BOTH),
    (password::PATH, BOTH),
    (session::PATH, SHOWN),
    (session::END, BOTH),
    ("/account/sessions/{id}", BOTH),
    (history::PATH, SHOWN),
    (way::PATH, SHOWN),
    ("/account/identities/{id}", BOTH),
    ("/account/add/{type}", BOTH),
    (challenge::PATH, BOTH),
    (recovery_code::PATH, BOTH),
    (delete::PATH, BOTH),
    (delete::DONE, SHOWN),
    (AGAIN, SHOWN),
];

/// Where somebody who is signed in signs in again.
const AGAIN: &str = "/reauthenticate";

pub(super) fn add(routes: Route) -> Route {
    routes
        .at(profile::PATH, get(page(profile::show)).post(page(profile::change)))
        .at(email::PATH, get(page(email::show)).post(page(email::change)))
        .at(password::PATH, get(page(password::show)).post(page(password::change)))
        .at(session::PATH, get(page(session::list)))
        .at(session::END, get(page(session::ask_many)).post(page(session::end_many)))
        .at("/account/sessions/:id", get(page(session::ask)).post(page(session::end)))
        .at(history::PATH, get(page(history::show)))
        .at(way::PATH, get(page(way::list)))
        .at("/account/identities/:id", get(page(unlink::ask)).post(page(unlink::remove)))
        .at("/account/add/:type", get(page(way::ask)).post(page(way::add)))
        .at(challenge::PATH, get(page(challenge::show)).post(page(challenge::answer)))
        .at(recovery_code::PATH, get(page(recovery_code::ask)).post(page(recovery_code::renew)))
        .at(delete::PATH, get(page(delete::ask)).post(page(delete::delete)))
        .at(delete::DONE, get(page(delete::gone)))
        .at(AGAIN, get(page(sign_in_again)))
}

/// `GET /` for who is signed in.
pub(super) async fn show(visit: &Visit, caller: &Caller, request: &Request) -> Result<Response, Stop> {
    overview::show(visit, caller, request).await
}

/// The sign-in page for somebody who is signed in. Their session goes on until the next one begins.
async fn sign_in_again(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    if visit.caller.is_none() {
        let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
        return Ok(visit.see_other(&format!("/{query}")));
    }
    Ok(signin::show(&visit, &request))
}

/// Demands a recent sign-in, before anything is typed that would be lost. `path` is where to come back to.
fn demand_fresh(visit: &Visit, caller: &Caller, path: &str) -> Result<(), Stop> {
    if visit.flow.is_fresh(caller) {
        return Ok(());
    }
    let title = visit.language.pick("Sign in again", "Войдите ещё раз");
    Err(Stop::Instead(Box::new(visit.page(StatusCode::FORBIDDEN, title, &again(visit, path)))))
}

/// Why to sign in again, and the way to it.
fn again(visit: &Visit, path: &str) -> Markup {
    let language = visit.language;
    let back: String = form_urlencoded::byte_serialize(format!("{}{path}", visit.base).as_bytes()).collect();
    html! {
        p {
            (language.pick(
                "To protect your account, this needs a recent sign-in. You come back here afterwards.",
                "Чтобы защитить вашу учётную запись, для этого нужно войти недавно. Потом вы вернётесь сюда."
            ))
        }
        p class="actions" {
            a class="button" href={ (visit.base) (AGAIN) "?return_to=" (back) } { (language.pick("Sign in again", "Войти ещё раз")) }
            a class="button second" href={ (visit.base) "/" } { (language.pick("Cancel", "Отмена")) }
        }
    }
}

/// The way back, above what a page is about.
fn way_back(visit: &Visit) -> Markup {
    html! { p { a href={ (visit.base) "/" } { "← " (visit.language.pick("My account", "Мой профиль")) } } }
}

/// What was done on the page before, as the address says by a code.
fn note(visit: &Visit, request: &Request) -> Markup {
    let language = visit.language;
    let text = match query(request, "done").as_str() {
        "welcome" => language.pick(
            "Welcome! Your account is made. Your login and password are on their way to you by mail.",
            "Добро пожаловать! Учётная запись создана. Логин и пароль отправлены вам письмом.",
        ),
        "profile" => language.pick("Your profile is saved.", "Профиль сохранён."),
        "password" => {
            language.pick("Your password is changed. All other devices were signed out.", "Пароль изменён. Остальные сеансы завершены.")
        }
        "letter" => {
            language.pick("A letter is under way to you: follow the link in it.", "Письмо отправлено: перейдите по ссылке из него.")
        }
        "address" => language.pick(
            "Letters are under way: follow the links in them, then the address changes.",
            "Письма отправлены: перейдите по ссылкам из них, и адрес изменится.",
        ),
        "address_kept" => language.pick("The change of your address is given up.", "Смена адреса отменена."),
        "session" => language.pick("The device is signed out.", "Сеанс завершён."),
        "sessions" => language.pick("All other devices are signed out.", "Все остальные сеансы завершены."),
        "added" => language.pick("It is added to your account.", "Добавлено к вашей учётной записи."),
        "removed" => language.pick("It is removed from your account.", "Удалено из вашей учётной записи."),
        _ => return html! {},
    };
    html! { p class="notice" role="status" { (text) } }
}

/// A part of a page under a heading.
fn card(id: &str, title: &str, content: &Markup) -> Markup {
    html! { section class="card" aria-labelledby=(id) { h2 id=(id) { (title) } (content) } }
}

/// The number in a path; what is none names nothing.
fn number(request: &Request, what: &'static str) -> Result<i64, Error> {
    request.raw_path_param("id").and_then(|text| text.parse().ok()).ok_or(Error::NotFound(what))
}
