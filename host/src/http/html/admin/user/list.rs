//! Users, found by how their address begins.

use maud::{Markup, html};
use poem::{Request, Response, http::StatusCode};

use super::{
    super::{
        super::{pager, time, trouble::Stop, visit::Visit},
        Tab, act,
        filter::{Filter, Filters},
        list::{List, table},
    },
    path, roles, state, verified,
};
use crate::{
    flow::{Error, authenticate::Caller, user::Search},
    http::page,
    model::{
        page::{Page, PageRequest},
        user::User,
    },
};

const FILTERS: &[Filter] = &[Filter { name: "q", label: ("Address begins with", "Адрес начинается с"), options: &[] }];

/// `GET /admin/users`.
pub(super) async fn show(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    let caller = visit.administrator(&request)?;
    let filters = Filters::read(&request, Tab::Users.path(), FILTERS);
    let found = find(&visit, caller, &filters, pager::request(&request)).await;
    let language = visit.language;
    let above = html! {
        (act::note(&visit, &request))
        p { a href={ (visit.base) (Tab::Invitations.path()) } { (language.pick("Invite somebody", "Пригласить")) } }
    };
    let title = language.pick("Users", "Пользователи");
    let list = List { tab: Tab::Users, title, above, filters: &filters, status: StatusCode::OK };
    list.draw(&visit, found, |users| rows(&visit, title, users))
}

async fn find(
    visit: &Visit,
    caller: &Caller,
    filters: &Filters,
    asked: Result<PageRequest, Error>,
) -> Result<(PageRequest, Page<User>), Error> {
    let asked = asked?;
    let texts = page::texts([("q", 254, filters.get("q"))])?;
    let found = visit.flow.users(caller, &Search { email: None, q: texts.own("q") }, &asked).await?;
    Ok((asked, found))
}

fn rows(visit: &Visit, title: &str, users: &[User]) -> Markup {
    let language = visit.language;
    let columns = match language.tag() {
        "ru" => ["№", "Адрес", "Логин", "Имя", "Роли", "Состояние", "Создан"],
        _ => ["Id", "Address", "Login", "Name", "Roles", "State", "Created"],
    };
    let rows = html! {
        @for user in users {
            tr {
                td { a href={ (visit.base) (path(user.id)) } { (user.id) } }
                td {
                    @if let Some(email) = &user.email { a href={ (visit.base) (path(user.id)) } { (email) } " " } @else { "–" }
                    (verified(visit, user))
                }
                td { (user.login.as_deref().unwrap_or("–")) }
                td { (user.display_name.as_deref().unwrap_or("–")) }
                td { (roles(user)) }
                td { (state(visit, user)) }
                td { (time::draw(language, user.created_at)) }
            }
        }
    };
    table(title, &columns, &rows)
}
