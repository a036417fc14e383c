//! What an administrator does to a user that cannot be undone, or that everybody would notice: each asks first.

use maud::{Markup, html};
use poem::{Request, Response};

use super::{
    super::{
        super::{trouble::Stop, visit::Visit},
        Tab,
        act::{self, Ask},
        number, text,
    },
    change::amend,
    name, path,
};
use crate::{
    flow::Error,
    model::{IdentityId, UserId, form::Form, user::User},
};

/// What is asked of a user.
struct Question<'a> {
    /// After the user's path.
    act: &'a str,
    title: (&'static str, &'static str),
    text: (&'static str, &'static str),
    /// What it is about, if not the whole user.
    about: String,
    button: (&'static str, &'static str),
}

const DISABLE: Question<'_> = Question {
    act: "/disable",
    title: ("Disable this user?", "Отключить пользователя?"),
    text: (
        "Nobody can sign in to the account any more, and all its sessions end. It can be enabled again.",
        "Войти в учётную запись будет нельзя, все её сеансы завершатся. Её можно будет снова включить.",
    ),
    about: String::new(),
    button: ("Disable", "Отключить"),
};

const SIGN_OUT: Question<'_> = Question {
    act: "/sign-out",
    title: ("Sign this user out everywhere?", "Завершить все сеансы пользователя?"),
    text: ("All sessions end. The user can sign in again.", "Все сеансы завершатся. Пользователь сможет войти снова."),
    about: String::new(),
    button: ("Sign out everywhere", "Завершить все сеансы"),
};

const DELETE: Question<'_> = Question {
    act: "/delete",
    title: ("Delete this user?", "Удалить пользователя?"),
    text: (
        "All sessions end, and the account goes for good: address, password, ways in, roles and profile. Its audit entries stay.",
        "Все сеансы завершатся, и учётная запись будет удалена навсегда: адрес, пароль, способы входа, роли и профиль. Записи журнала останутся.",
    ),
    about: String::new(),
    button: ("Delete", "Удалить"),
};

fn revoking<'a>(role: &str, act: &'a str) -> Question<'a> {
    Question {
        act,
        title: ("Take this role away?", "Забрать роль?"),
        text: (
            "Checks know at once, tokens after their next refresh. The role:",
            "Проверки узнают об этом сразу, токены — при следующем обновлении. Роль:",
        ),
        about: role.to_owned(),
        button: ("Take it away", "Забрать"),
    }
}

fn detaching(about: String, act: &str) -> Question<'_> {
    Question {
        act,
        title: ("Remove this way in?", "Удалить способ входа?"),
        text: (
            "The user is told by mail; sessions go on. The way in:",
            "Пользователь узнает об этом из письма; сеансы продолжатся. Способ входа:",
        ),
        about,
        button: ("Remove", "Удалить"),
    }
}

impl Question<'_> {
    fn ask(&self, visit: &Visit, user: &User, error: Option<Error>) -> Result<Response, Stop> {
        let pick = |(english, russian): (&'static str, &'static str)| visit.language.pick(english, russian);
        let back = path(user.id);
        let ask = Ask {
            tab: Tab::Users,
            title: pick(self.title),
            text: self.about(visit, user, pick(self.text)),
            action: &format!("{back}{}", self.act),
            button: pick(self.button),
            back: &back,
        };
        match error {
            None => Ok(ask.draw(visit)),
            Some(error) => ask.again(visit, error),
        }
    }

    fn about(&self, visit: &Visit, user: &User, text: &str) -> Markup {
        html! {
            p { strong { (name(visit, user)) } " (" (visit.language.pick("id", "№")) " " (user.id) ")" }
            p { (text) @if !self.about.is_empty() { " " strong { (self.about) } } }
        }
    }
}

/// An administrator before a user.
async fn arrive(request: &Request) -> Result<(Visit, User), Stop> {
    let visit = Visit::new(request).await?;
    let caller = visit.administrator(request)?;
    let user = visit.flow.user(caller, UserId(number(request, "id")?)).await?;
    Ok((visit, user))
}

/// To the user's page, for acts that have none of their own.
pub(super) async fn to_user(request: Request) -> Result<Response, Stop> {
    let (visit, user) = arrive(&request).await?;
    Ok(visit.see_other(&path(user.id)))
}

/// `GET /admin/users/{id}/disable`.
pub(super) async fn ask_disable(request: Request) -> Result<Response, Stop> {
    let (visit, user) = arrive(&request).await?;
    DISABLE.ask(&visit, &user, None)
}

/// `POST /admin/users/{id}/disable`.
pub(super) async fn disable(request: Request) -> Result<Response, Stop> {
    let (visit, user) = arrive(&request).await?;
    let caller = visit.administrator(&request)?;
    visit.read_form(request, &Form::default()).await?;
    match visit.flow.amend_user(caller, user.id, amend("disabled", "true"), &visit.client).await {
        Ok(_) => Ok(act::done(&visit, &path(user.id), "disabled")),
        Err(error) => DISABLE.ask(&visit, &user, Some(error)),
    }
}

/// `POST /admin/users/{id}/enable`.
pub(super) async fn enable(request: Request) -> Result<Response, Stop> {
    let (visit, user) = arrive(&request).await?;
    let caller = visit.administrator(&request)?;
    visit.read_form(request, &Form::default()).await?;
    visit.flow.amend_user(caller, user.id, amend("disabled", "false"), &visit.client).await?;
    Ok(act::done(&visit, &path(user.id), "enabled"))
}

/// `GET /admin/users/{id}/sign-out`.
pub(super) async fn ask_sign_out(request: Request) -> Result<Response, Stop> {
    let (visit, user) = arrive(&request).await?;
    SIGN_OUT.ask(&visit, &user, None)
}

/// `POST /admin/users/{id}/sign-out`.
pub(super) async fn sign_out(request: Request) -> Result<Response, Stop> {
    let (visit, user) = arrive(&request).await?;
    let caller = visit.administrator(&request)?;
    visit.read_form(request, &Form::default()).await?;
    visit.flow.logout_user(caller, user.id).await?;
    Ok(act::done(&visit, &path(user.id), "signed-out"))
}

/// `GET /admin/users/{id}/delete`.
pub(super) async fn ask_delete(request: Request) -> Result<Response, Stop> {
    let (visit, user) = arrive(&request).await?;
    DELETE.ask(&visit, &user, None)
}

/// `POST /admin/users/{id}/delete`.
pub(super) async fn delete(request: Request) -> Result<Response, Stop> {
    let (visit, user) = arrive(&request).await?;
    let caller = visit.administrator(&request)?;
    visit.read_form(request, &Form::default()).await?;
    match visit.flow.delete_user(caller, user.id).await {
        Ok(()) => Ok(act::done(&visit, Tab::Users.path(), "deleted")),
        Err(error) => DELETE.ask(&visit, &user, Some(error)),
    }
}

/// `GET /admin/users/{id}/roles/{name}`.
pub(super) async fn ask_revoke(request: Request) -> Result<Response, Stop> {
    let (visit, user) = arrive(&request).await?;
    let role = text(&request, "name");
    if !user.has_role(&role) {
        return Err(Error::NotFound("role").into());
    }
    revoking(&role, &format!("/roles/{role}")).ask(&visit, &user, None)
}

/// `POST /admin/users/{id}/roles/{name}`.
pub(super) async fn revoke(request: Request) -> Result<Response, Stop> {
    let (visit, user) = arrive(&request).await?;
    let caller = visit.administrator(&request)?;
    let role = text(&request, "name");
    visit.read_form(request, &Form::default()).await?;
    match visit.flow.revoke_role(caller, user.id, &role).await {
        Ok(()) => Ok(act::done(&visit, &path(user.id), "revoked")),
        Err(error) => revoking(&role, &format!("/roles/{role}")).ask(&visit, &user, Some(error)),
    }
}

/// `GET /admin/users/{id}/identities/{identity}`.
pub(super) async fn ask_detach(request: Request) -> Result<Response, Stop> {
    let (visit, user) = arrive(&request).await?;
    let id = IdentityId(number(&request, "identity")?);
    ask_detaching(&visit, &user, id, None).await
}

/// `POST /admin/users/{id}/identities/{identity}`.
pub(super) async fn detach(request: Request) -> Result<Response, Stop> {
    let (visit, user) = arrive(&request).await?;
    let caller = visit.administrator(&request)?;
    let id = IdentityId(number(&request, "identity")?);
    visit.read_form(request, &Form::default()).await?;
    match visit.flow.detach_for(caller, user.id, id, &visit.client).await {
        Ok(()) => Ok(act::done(&visit, &path(user.id), "removed")),
        Err(error) => ask_detaching(&visit, &user, id, Some(error)).await,
    }
}

async fn ask_detaching(visit: &Visit, user: &User, id: IdentityId, error: Option<Error>) -> Result<Response, Stop> {
    let ways = visit.flow.identities_of(user.id).await?;
    let way = ways.iter().find(|way| way.id == id).ok_or(Error::NotFound("identity"))?;
    detaching(format!("{} {}", way.provider, way.subject), &format!("/identities/{id}")).ask(visit, user, error)
}
