//! Roles: made and deleted here, given to users on their pages.

use maud::{Markup, html};
use poem::{Request, Response, Route, get, http::StatusCode};

use super::{
    super::{
        BOTH,
        fields::{self, Typed, Use},
        trouble::{Stop, page},
        visit::Visit,
    },
    Tab,
    act::{self, Ask},
    frame_with,
    list::table,
    text,
};
use crate::{
    flow::{Error, authenticate::Caller, role::role_form},
    model::{form::Form, role::Role},
};

/// See [`super::PATHS`].
pub(super) const PATHS: &[(&str, &str)] = &[("/admin/roles", BOTH), ("/admin/roles/{name}", BOTH)];

/// Adds these pages to the routes.
pub(super) fn add(routes: Route) -> Route {
    routes.at("/admin/roles", get(page(show)).post(page(create))).at("/admin/roles/:name", get(page(ask_delete)).post(page(delete)))
}

/// `GET /admin/roles`.
async fn show(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    let caller = visit.administrator(&request)?;
    let note = act::note(&visit, &request);
    draw(&visit, caller, StatusCode::OK, &note, &Typed::default()).await
}

/// `POST /admin/roles`.
async fn create(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    let caller = visit.administrator(&request)?;
    let body = visit.read(request).await?;
    let (note, errors) = match visit.flow.create_role(caller, body.clone()).await {
        Ok(_) => return Ok(act::done(&visit, Tab::Roles.path(), "created")),
        Err(Error::Fields(errors)) => (html! {}, errors),
        Err(other) => {
            let trouble = act::refused(&visit, other)?;
            (html! { p class="wrong" role="alert" { (trouble) } }, Vec::new())
        }
    };
    let typed = Typed::again(&form(), &body, errors);
    draw(&visit, caller, StatusCode::BAD_REQUEST, &note, &typed).await
}

/// Labelled for people.
fn form() -> Form {
    let mut form = role_form();
    for field in &mut form.fields {
        let (label, help) = match field.name.as_str() {
            "name" => ("Name", "A lower-case letter, then letters, digits, _ and -"),
            _ => ("Description", ""),
        };
        label.clone_into(&mut field.label);
        help.clone_into(&mut field.help);
    }
    form
}

async fn draw(visit: &Visit, caller: &Caller, status: StatusCode, note: &Markup, typed: &Typed) -> Result<Response, Stop> {
    let language = visit.language;
    let (roles, form) = (visit.flow.roles(caller).await?, form());
    let title = language.pick("Roles", "Роли");
    let content = html! {
        (note)
        section class="card" aria-labelledby="all" {
            h2 #all { (language.pick("All roles", "Все роли")) }
            (rows(visit, title, &roles))
        }
        section class="card" aria-labelledby="new" {
            h2 #new { (language.pick("New role", "Новая роль")) }
            @for error in typed.elsewhere(&form) { p class="wrong" role="alert" { (fields::reason(language, error)) } }
            form method="post" action={ (visit.base) (Tab::Roles.path()) } {
                (visit.form_token())
                (fields::draw(language, "role", &form, typed, Use::New))
                button type="submit" { (language.pick("Create", "Создать")) }
            }
        }
    };
    Ok(frame_with(visit, status, Tab::Roles, title, &content))
}

fn rows(visit: &Visit, title: &str, roles: &[Role]) -> Markup {
    let language = visit.language;
    let columns = match language.tag() {
        "ru" => ["Название", "Описание", "Действие"],
        _ => ["Name", "Description", "Action"],
    };
    let rows = html! {
        @for role in roles {
            tr {
                td { (role.name) }
                td class="long" { (role.description) }
                td {
                    @if role.built_in {
                        span class="badge quiet" { (language.pick("built in", "встроенная")) }
                    } @else {
                        a href={ (visit.base) (Tab::Roles.path()) "/" (role.name) }
                            aria-label={ (language.pick("Delete", "Удалить")) " " (role.name) } { (language.pick("Delete", "Удалить")) }
                    }
                }
            }
        }
    };
    table(title, &columns, &rows)
}

/// `GET /admin/roles/{name}`: asks before it is deleted.
async fn ask_delete(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    let caller = visit.administrator(&request)?;
    let name = text(&request, "name");
    if visit.flow.roles(caller).await?.iter().all(|role| role.name != name) {
        return Err(Error::NotFound("role").into());
    }
    asking(&visit, &name, None)
}

/// `POST /admin/roles/{name}`.
async fn delete(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    let caller = visit.administrator(&request)?;
    let name = text(&request, "name");
    visit.read_form(request, &Form::default()).await?;
    match visit.flow.delete_role(caller, &name).await {
        Ok(()) => Ok(act::done(&visit, Tab::Roles.path(), "deleted")),
        Err(error) => asking(&visit, &name, Some(error)),
    }
}

fn asking(visit: &Visit, name: &str, error: Option<Error>) -> Result<Response, Stop> {
    let language = visit.language;
    let ask = Ask {
        tab: Tab::Roles,
        title: language.pick("Delete this role?", "Удалить роль?"),
        text: html! {
            p { strong { (name) } }
            p { (language.pick("Everybody who has it loses it.", "Её потеряют все, у кого она есть.")) }
        },
        action: &format!("{}/{name}", Tab::Roles.path()),
        button: language.pick("Delete", "Удалить"),
        back: Tab::Roles.path(),
    };
    match error {
        None => Ok(ask.draw(visit)),
        Some(error) => ask.again(visit, error),
    }
}
