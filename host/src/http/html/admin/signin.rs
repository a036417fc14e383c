//! The history of sign-ins.

use maud::{Markup, html};
use poem::{Request, Response, Route, get, http::StatusCode};

use super::{
    super::{
        pager, time,
        trouble::{Stop, page},
        visit::Visit,
    },
    READ, Tab,
    filter::{Filter, Filters},
    list::{List, table},
    user,
};
use crate::{
    flow::{Error, authenticate::Caller},
    http::page,
    model::{
        UserId,
        page::{Page, PageRequest},
        signin::{SignIn, SignInFilter},
    },
};

/// See [`super::PATHS`].
pub(super) const PATHS: &[(&str, &str)] = &[("/admin/signins", READ)];

const FILTERS: &[Filter] = &[
    Filter { name: "user", label: ("User's id", "№ пользователя"), options: &[] },
    Filter { name: "provider", label: ("Provider", "Провайдер"), options: &[] },
    Filter { name: "result", label: ("Result", "Результат"), options: &[] },
];

/// Adds this page to the routes.
pub(super) fn add(routes: Route) -> Route {
    routes.at("/admin/signins", get(page(show)))
}

/// `GET /admin/signins`.
async fn show(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    let caller = visit.administrator(&request)?;
    let filters = Filters::read(&request, Tab::SignIns.path(), FILTERS);
    let found = find(&visit, caller, &filters, pager::request(&request)).await;
    let title = visit.language.pick("Sign-ins", "Входы");
    let list = List { tab: Tab::SignIns, title, above: html! {}, filters: &filters, status: StatusCode::OK };
    list.draw(&visit, found, |entries| rows(&visit, title, entries))
}

async fn find(
    visit: &Visit,
    caller: &Caller,
    filters: &Filters,
    asked: Result<PageRequest, Error>,
) -> Result<(PageRequest, Page<SignIn>), Error> {
    let asked = asked?;
    let texts = page::texts([("provider", 60, filters.get("provider")), ("result", 100, filters.get("result"))])?;
    let number = |text: String| text.trim().parse().map(UserId).map_err(|_| Error::field("user", "wrong_type", "must be a user's id"));
    let user = filters.get("user").map(number).transpose()?;
    let filter = SignInFilter { user, provider: texts.own("provider"), result: texts.own("result") };
    let found = visit.flow.signins(caller, &filter, &asked).await?;
    Ok((asked, found))
}

/// A table of attempts.
pub(super) fn rows(visit: &Visit, title: &str, entries: &[SignIn]) -> Markup {
    let language = visit.language;
    let columns = match language.tag() {
        "ru" => ["Когда", "Пользователь", "Провайдер", "Результат", "Адрес", "Программа"],
        _ => ["When", "User", "Provider", "Result", "Address", "Software"],
    };
    let rows = html! {
        @for entry in entries {
            tr {
                td { (time::draw(language, entry.at)) }
                td { @if let Some(id) = entry.user { a href={ (visit.base) (user::path(id)) } { (id) } } @else { "–" } }
                td class="short" { (entry.provider) }
                td { span class=(badge(&entry.result)) { (entry.result) } }
                td class="short" { (entry.address) }
                td class="long" { (entry.user_agent) }
            }
        }
    };
    table(title, &columns, &rows)
}

fn badge(result: &str) -> &'static str {
    match result {
        "ok" => "badge good",
        // What came of it is an entry of its own.
        "factor_required" => "badge quiet",
        _ => "badge bad",
    }
}
