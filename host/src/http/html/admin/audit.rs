//! The audit log.

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
    http::{audit::read_actor, page},
    model::{
        UserId,
        audit::{Actor, AuditEntry, AuditFilter},
        page::{Page, PageRequest},
    },
};

/// See [`super::PATHS`].
pub(super) const PATHS: &[(&str, &str)] = &[("/admin/audit", READ)];

const FILTERS: &[Filter] = &[
    Filter { name: "actor", label: ("By (id, operator, gateway)", "Кто (№, operator, gateway)"), options: &[] },
    Filter { name: "action", label: ("Action", "Действие"), options: &[] },
    Filter { name: "target", label: ("Target", "Объект"), options: &[] },
];

/// Adds this page to the routes.
pub(super) fn add(routes: Route) -> Route {
    routes.at("/admin/audit", get(page(show)))
}

/// `GET /admin/audit`.
async fn show(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    let caller = visit.administrator(&request)?;
    let filters = Filters::read(&request, Tab::Audit.path(), FILTERS);
    let found = find(&visit, caller, &filters, pager::request(&request)).await;
    let title = visit.language.pick("Audit log", "Журнал изменений");
    let list = List { tab: Tab::Audit, title, above: html! {}, filters: &filters, status: StatusCode::OK };
    list.draw(&visit, found, |entries| rows(&visit, title, entries))
}

async fn find(
    visit: &Visit,
    caller: &Caller,
    filters: &Filters,
    asked: Result<PageRequest, Error>,
) -> Result<(PageRequest, Page<AuditEntry>), Error> {
    let asked = asked?;
    let [actor, action, target] = ["actor", "action", "target"].map(|name| filters.get(name));
    let texts = page::texts([("actor", 20, actor), ("action", 100, action), ("target", 100, target)])?;
    let actor = texts.own("actor").map(|text| read_actor(&text)).transpose()?;
    let filter = AuditFilter { actor, action: texts.own("action"), target: texts.own("target") };
    let found = visit.flow.audit_log(caller, &filter, &asked).await?;
    Ok((asked, found))
}

/// A table of changes.
pub(super) fn rows(visit: &Visit, title: &str, entries: &[AuditEntry]) -> Markup {
    let language = visit.language;
    let columns = match language.tag() {
        "ru" => ["Когда", "Кто", "Действие", "Объект", "Подробности"],
        _ => ["When", "By", "Action", "Target", "Details"],
    };
    let rows = html! {
        @for entry in entries {
            tr {
                td { (time::draw(language, entry.at)) }
                td class="short" { (actor(visit, entry.actor)) }
                td { code { (entry.action) } }
                td class="short" { (target(visit, &entry.target)) }
                td class="long" { (entry.detail) }
            }
        }
    };
    table(title, &columns, &rows)
}

fn actor(visit: &Visit, actor: Actor) -> Markup {
    html! {
        @match actor {
            Actor::User(id) => a href={ (visit.base) (user::path(id)) } { (visit.language.pick("user", "пользователь")) " " (id) },
            Actor::Operator => (visit.language.pick("operator", "оператор")),
            Actor::Gateway => (visit.language.pick("gateway", "шлюз")),
        }
    }
}

fn target(visit: &Visit, target: &str) -> Markup {
    let user = target.strip_prefix("user:").and_then(|id| id.parse().ok()).map(UserId);
    html! {
        @match user {
            Some(id) => a href={ (visit.base) (user::path(id)) } { (target) },
            None => (target),
        }
    }
}
