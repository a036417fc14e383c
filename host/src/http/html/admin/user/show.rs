//! All about a user, on one page.

mod tables;

use maud::{Markup, html};
use poem::{Request, Response, http::StatusCode};

use super::{
    super::{
        super::{
            choice::Choice,
            fields::{self, Typed, Use},
            time,
            trouble::Stop,
            visit::Visit,
        },
        Tab, act, frame_with, number,
    },
    change, name, path, state, verified,
};
use crate::{
    flow::{Error, authenticate::Caller},
    model::{
        UserId,
        audit::{AuditEntry, AuditFilter},
        identity::Identity,
        page::{From, PageRequest},
        role::Role,
        session::Session,
        signin::SignIn,
        user::User,
    },
};

/// How many of the latest entries the page shows.
const LATEST: PageRequest = PageRequest { from: From::Number(1), size: 5 };

/// What is on the page besides the user: what was done, what went wrong.
#[derive(Default)]
pub(super) struct Shown {
    pub(super) note: Option<Markup>,
    pub(super) trouble: Option<String>,
    pub(super) change: Option<Typed>,
    pub(super) password: Typed,
}

/// `GET /admin/users/{id}`.
pub(super) async fn show(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    let caller = visit.administrator(&request)?;
    let id = UserId(number(&request, "id")?);
    let shown = Shown { note: Some(act::note(&visit, &request)), ..Shown::default() };
    draw(&visit, caller, id, StatusCode::OK, shown).await
}

/// What the page tells.
struct Told {
    user: User,
    roles: Vec<Role>,
    sessions: Vec<Session>,
    ways: Vec<Identity>,
    signins: Vec<SignIn>,
    audit: Vec<AuditEntry>,
}

async fn ask(visit: &Visit, caller: &Caller, id: UserId) -> Result<Told, Error> {
    let about = AuditFilter { target: Some(format!("user:{id}")), ..AuditFilter::default() };
    Ok(Told {
        user: visit.flow.user(caller, id).await?,
        roles: visit.flow.roles(caller).await?,
        sessions: visit.flow.sessions_of(caller, id).await?,
        ways: visit.flow.identities_of(id).await?,
        signins: visit.flow.signins_of(caller, id, &LATEST).await?.items,
        audit: visit.flow.audit_log(caller, &about, &LATEST).await?.items,
    })
}

/// The page.
pub(super) async fn draw(visit: &Visit, caller: &Caller, id: UserId, status: StatusCode, shown: Shown) -> Result<Response, Stop> {
    let told = ask(visit, caller, id).await?;
    let content = html! {
        @if let Some(note) = &shown.note { (note) }
        @if let Some(trouble) = &shown.trouble { p class="wrong" role="alert" { (trouble) } }
        div class="cards" {
            (account(visit, &told.user))
            (changing(visit, &told.user, shown.change.as_ref()))
            (roles(visit, &told.user, &told.roles))
            (password(visit, &told.user, &shown.password))
            (acts(visit, &told.user))
        }
        (tables::sessions(visit, id, &told.sessions))
        (tables::ways(visit, id, &told.ways))
        (tables::signins(visit, id, &told.signins))
        (tables::audit(visit, id, &told.audit))
    };
    Ok(frame_with(visit, status, Tab::Users, &name(visit, &told.user), &content))
}

fn account(visit: &Visit, user: &User) -> Markup {
    let language = visit.language;
    html! {
        section class="card" aria-labelledby="account" {
            h2 #account { (language.pick("Account", "Учётная запись")) }
            dl {
                dt { (language.pick("Id", "№")) } dd { (user.id) }
                dt { (language.pick("State", "Состояние")) } dd { (state(visit, user)) }
                dt { (language.pick("Address", "Адрес")) }
                dd { @if let Some(email) = &user.email { (email) " " (verified(visit, user)) } @else { "–" } }
                dt { (language.pick("Login", "Логин")) } dd { (user.login.as_deref().unwrap_or("–")) }
                dt { (language.pick("Name", "Имя")) } dd { (user.display_name.as_deref().unwrap_or("–")) }
                dt { (language.pick("Language", "Язык")) } dd { (user.locale.as_deref().unwrap_or("–")) }
                dt { (language.pick("Created", "Создана")) } dd { (time::draw(language, user.created_at)) }
                @if let Some(invitation) = user.invitation {
                    dt { (language.pick("Invitation", "Приглашение")) }
                    dd { (invitation) }
                }
                @for (name, value) in &user.profile { dt { (name) } dd { (value) } }
            }
        }
    }
}

fn changing(visit: &Visit, user: &User, typed: Option<&Typed>) -> Markup {
    let language = visit.language;
    let form = change::change_form(visit);
    let filled = change::filled(&form, user);
    let typed = typed.unwrap_or(&filled);
    html! {
        section class="card" aria-labelledby="change" {
            h2 #change { (language.pick("Change", "Изменить")) }
            @for error in typed.elsewhere(&form) { p class="wrong" role="alert" { (fields::reason(language, error)) } }
            form method="post" action={ (visit.base) (path(user.id)) } {
                (visit.form_token())
                (fields::draw(language, "change", &form, typed, Use::Current))
                button type="submit" { (language.pick("Save", "Сохранить")) }
            }
        }
    }
}

fn roles(visit: &Visit, user: &User, all: &[Role]) -> Markup {
    let language = visit.language;
    let free = all.iter().filter(|role| !user.has_role(&role.name));
    let free: Vec<(String, String)> = free.map(|role| (role.name.clone(), role.name.clone())).collect();
    let label = language.pick("Another role", "Ещё одна роль");
    let choice = Choice { id: "grant-role", name: "role", label, options: &free, chosen: "", wrong: Vec::new() };
    html! {
        section class="card" aria-labelledby="roles" {
            h2 #roles { (language.pick("Roles", "Роли")) }
            @if user.roles.is_empty() { p class="quiet" { (language.pick("None.", "Нет.")) } }
            ul class="plain" {
                @for role in &user.roles {
                    li {
                        (role) " "
                        a href={ (visit.base) (path(user.id)) "/roles/" (role) }
                            aria-label={ (language.pick("Take away", "Забрать")) " " (role) } { (language.pick("Take away", "Забрать")) }
                    }
                }
            }
            @if !free.is_empty() {
                form method="post" action={ (visit.base) (path(user.id)) "/roles" } class="row" {
                    (visit.form_token())
                    (choice.draw(language))
                    button type="submit" class="second" { (language.pick("Give", "Назначить")) }
                }
            }
        }
    }
}

fn password(visit: &Visit, user: &User, typed: &Typed) -> Markup {
    let language = visit.language;
    html! {
        section class="card" aria-labelledby="password" {
            h2 #password { (language.pick("Password", "Пароль")) }
            form method="post" action={ (visit.base) (path(user.id)) "/password" } {
                (visit.form_token())
                (fields::draw(language, "set", &change::password_form(), typed, Use::New))
                button type="submit" class="second" { (language.pick("Set the password", "Задать пароль")) }
            }
            p class="help" {
                (language.pick("8 to 128 characters. The user is signed out everywhere.",
                               "От 8 до 128 символов. Все сеансы пользователя завершатся."))
            }
        }
    }
}

fn acts(visit: &Visit, user: &User) -> Markup {
    let (language, path) = (visit.language, path(user.id));
    html! {
        section class="card" aria-labelledby="acts" {
            h2 #acts { (language.pick("This account", "Действия")) }
            div class="row" {
                @if user.disabled {
                    form method="post" action={ (visit.base) (path) "/enable" } {
                        (visit.form_token())
                        button type="submit" class="second" { (language.pick("Enable", "Включить")) }
                    }
                } @else {
                    a class="button second" href={ (visit.base) (path) "/disable" } { (language.pick("Disable…", "Отключить…")) }
                }
                a class="button second" href={ (visit.base) (path) "/delete" } { (language.pick("Delete…", "Удалить…")) }
            }
        }
    }
}
