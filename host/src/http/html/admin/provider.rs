//! Ways to sign in: what is live, what was refused and why, and the switch.

mod act;
mod card;

use maud::{Markup, html};
use poem::{Request, Response, Route, get};

use super::{
    super::{
        BOTH,
        trouble::{Stop, page},
        visit::Visit,
    },
    READ, Tab,
    act::note,
    frame,
    list::table,
    overview::{grouped, latency},
    text,
};
use crate::flow::{
    Error,
    overview::Calls,
    provider::{ProviderState, Status},
};

/// See [`super::PATHS`].
pub(super) const PATHS: &[(&str, &str)] = &[
    ("/admin/providers", BOTH),
    ("/admin/providers/{type}", READ),
    ("/admin/providers/{type}/on", BOTH),
    ("/admin/providers/{type}/off", BOTH),
    ("/admin/providers/{type}/sign-out", BOTH),
    ("/admin/providers/{type}/sign-out/{digest}", BOTH),
];

/// Adds these pages to the routes.
pub(super) fn add(routes: Route) -> Route {
    routes
        .at("/admin/providers", get(page(show)).post(page(act::reload)))
        .at("/admin/providers/:type", get(page(card::show)))
        .at("/admin/providers/:type/on", get(page(act::to_card)).post(page(act::switch_on)))
        .at("/admin/providers/:type/off", get(page(act::ask_off)).post(page(act::switch_off)))
        .at("/admin/providers/:type/sign-out", get(page(act::ask_sign_out)).post(page(act::sign_out)))
        .at("/admin/providers/:type/sign-out/:digest", get(page(act::ask_sign_out)).post(page(act::sign_out)))
}

/// The page of a provider type.
fn path(type_name: &str) -> String {
    format!("/admin/providers/{type_name}")
}

fn is_plain(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// The type that the path names, if it can be one.
fn named(request: &Request) -> Result<String, Error> {
    Some(text(request, "type")).filter(|name| is_plain(name)).ok_or(Error::NotFound("provider"))
}

/// A type that leads to its page. A file with a name that is no type's has none: nothing can be done to it here.
fn linked(visit: &Visit, type_name: &str) -> Markup {
    html! {
        @if is_plain(type_name) { a href={ (visit.base) (path(type_name)) } { (type_name) } } @else { (type_name) }
    }
}

/// `GET /admin/providers`.
async fn show(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    visit.administrator(&request)?;
    let language = visit.language;
    let providers: Vec<_> = visit.flow.provider_states().into_iter().map(|state| (visit.flow.calls_of(&state.type_name), state)).collect();
    let title = language.pick("Providers", "Провайдеры");
    let columns = match language.tag() {
        "ru" => ["Тип", "Состояние", "Название", "Версия", "SHA-256", "Вызовы", "Ошибки", "p50 / p95"],
        _ => ["Type", "State", "Name", "Version", "SHA-256", "Calls", "Errors", "p50 / p95"],
    };
    let rows = html! { @for (calls, state) in &providers { (row(&visit, state, calls)) } };
    let content = html! {
        (note(&visit, &request))
        div class="card" {
            @if providers.is_empty() {
                p { (language.pick("There is nothing in the plugins directory.", "Каталог плагинов пуст.")) }
            } @else {
                (table(title, &columns, &rows))
                p class="quiet" { (since(&visit)) }
            }
            form method="post" action={ (visit.base) "/admin/providers" } {
                (visit.form_token())
                button type="submit" class="second" { (language.pick("Read the directory now", "Перечитать каталог")) }
            }
        }
    };
    Ok(frame(&visit, Tab::Providers, title, &content))
}

fn row(visit: &Visit, state: &ProviderState, calls: &Calls) -> Markup {
    html! {
        tr {
            th scope="row" { (linked(visit, &state.type_name)) }
            td { (badges(visit, state)) @if let Some(reason) = &state.reason { p class="help" { (reason) } } }
            td { (or_dash(&state.name)) }
            td { (or_dash(&state.version)) }
            td { @if let Some(digest) = &state.digest { code title=(digest) { (digest[..12.min(digest.len())]) } } @else { "–" } }
            (figures(visit, calls))
        }
    }
}

/// How a type stands, in a word; two if a new file of it was refused.
fn badges(visit: &Visit, state: &ProviderState) -> Markup {
    let language = visit.language;
    html! {
        @match state.status {
            Status::Live => span class="badge good" { (language.pick("live", "работает")) },
            Status::Disabled => span class="badge quiet" { (language.pick("switched off", "выключен")) },
            Status::Refused => span class="badge bad" { (language.pick("refused", "отклонён")) },
        }
        @if state.status == Status::Live && state.file_refused {
            " " span class="badge warn" { (language.pick("new file refused, the version before stays live", "новый файл отклонён, работает прежняя версия")) }
        }
    }
}

/// The cells that tell of calls.
fn figures(visit: &Visit, calls: &Calls) -> Markup {
    html! {
        td { (grouped(calls.calls)) }
        td { (grouped(calls.errors)) }
        td class="short" {
            @match calls.latency {
                Some([half, most, _]) => { (latency(visit.language, half)) " / " (latency(visit.language, most)) }
                None => "–",
            }
        }
    }
}

/// What the figures are of.
fn since(visit: &Visit) -> Markup {
    let language = visit.language;
    html! {
        (language.pick("Calls by this gateway alone, since ", "Вызовы считает только этот процесс шлюза, с "))
        (super::super::time::draw(language, visit.flow.running_since())) "."
    }
}

/// Calls of every provider, as a table.
pub(super) fn calls_table(visit: &Visit, providers: &[(ProviderState, Calls)]) -> Markup {
    let (columns, title) = match visit.language.tag() {
        "ru" => (["Провайдер", "Состояние", "Вызовы", "Ошибки", "p50 / p95"], "Вызовы провайдеров"),
        _ => (["Provider", "State", "Calls", "Errors", "p50 / p95"], "Calls of providers"),
    };
    let rows = html! {
        @for (state, calls) in providers {
            tr {
                th scope="row" { (linked(visit, &state.type_name)) }
                td { (badges(visit, state)) }
                (figures(visit, calls))
            }
        }
    };
    table(title, &columns, &rows)
}

fn or_dash(text: &str) -> &str {
    if text.is_empty() { "–" } else { text }
}
