//! The page behind the link of an invitation. It submits itself, so that a person clicks once, and a scanner that follows the
//! link changes nothing.

use maud::{Markup, html};
use poem::{Request, Response, http::StatusCode};

use super::{entry::SUBMIT, query, trouble::Stop, visit::Visit};
use crate::{
    flow::Error,
    model::{
        Secret,
        form::{Field, Form, Kind},
        invitation::Invitation,
    },
};

pub(super) const PATH: &str = "/invite";

/// What the invitation is, and a form that accepts it.
pub(super) async fn show(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    let token = query(&request, "token");
    match visit.flow.look_at_invitation(&Secret::new(token.clone())).await {
        Ok(invitation) => Ok(ask(&visit, &invitation, &token)),
        Err(error) => refused(&visit, error),
    }
}

/// Accepts it: the account is made, and the browser signed in.
pub(super) async fn answer(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    let form = Form { fields: vec![Field::new("token", Kind::Token, "Token", 100)] };
    let entries = visit.read_form(request, &form).await?;
    let token = Secret::new(entries.text("token").unwrap_or_default().to_owned());
    match visit.flow.accept_invitation(&token, &visit.client).await {
        Ok(signed_in) => Ok(visit.let_in(&signed_in, visit.see_other("/?done=welcome")).await?),
        Err(error) => refused(&visit, error),
    }
}

fn ask(visit: &Visit, invitation: &Invitation, token: &str) -> Response {
    let language = visit.language;
    let title = language.pick("You are invited", "Вас пригласили");
    let other = visit.caller.as_ref();
    let content = html! {
        p { (language.pick("There will be an account for", "Будет создана учётная запись для")) " " strong { (invitation.email) } "." }
        @if let Some(caller) = other {
            @let name = caller.user.email.as_ref().map(ToString::to_string).or_else(|| caller.user.login.clone()).unwrap_or_default();
            p class="notice" {
                (language.pick("You are signed in as", "Вы вошли как")) " " strong { (name) } ". "
                (language.pick("Accepting signs you out of that account here.", "Приняв приглашение, вы выйдете из этой учётной записи."))
            }
        }
        form method="post" action={ (visit.base) (PATH) } data-submit[other.is_none()] {
            (visit.form_token())
            input type="hidden" name="token" value=(token);
            button type="submit" { (language.pick("Accept the invitation", "Принять приглашение")) }
        }
        p class="quiet" {
            (language.pick("A mail with login and password follows.", "Логин и пароль придут следующим письмом."))
        }
    };
    // Whoever is somebody else here decides for themselves.
    if other.is_some() { visit.page(StatusCode::OK, title, &content) } else { visit.page_with_script(title, &content, SUBMIT) }
}

/// What to do instead.
fn refused(visit: &Visit, error: Error) -> Result<Response, Stop> {
    let language = visit.language;
    let (title, text) = match error {
        Error::InvitationUsed => (
            language.pick("This invitation was used already", "Приглашение уже использовано"),
            language.pick(
                "Your account is there. Sign in with the login and password that came in the next mail; if they are lost, ask for a new password.",
                "Ваша учётная запись уже создана. Войдите с логином и паролем из следующего письма; если они утеряны, запросите новый пароль.",
            ),
        ),
        Error::EmailTaken => (
            language.pick("You have an account already", "У вас уже есть учётная запись"),
            language.pick(
                "Sign in to it; if its password is forgotten, ask for a new one.",
                "Войдите в неё; если пароль забыт, запросите новый.",
            ),
        ),
        Error::InvitationExpired => (
            language.pick("This invitation has expired", "Срок приглашения истёк"),
            ask_again(visit),
        ),
        Error::InvitationRevoked => (
            language.pick("This invitation was taken back", "Приглашение отозвано"),
            ask_again(visit),
        ),
        Error::InvalidToken => (
            language.pick("This invitation is not known", "Такого приглашения нет"),
            language.pick(
                "Perhaps the link was not copied whole. Open it from the mail again, or ask whoever invited you for a new one.",
                "Возможно, ссылка скопирована не полностью. Откройте её из письма ещё раз или попросите новое приглашение.",
            ),
        ),
        other => return Err(other.into()),
    };
    Ok(visit.page(StatusCode::BAD_REQUEST, title, &html! { p { (text) } (ways_on(visit)) }))
}

fn ask_again(visit: &Visit) -> &'static str {
    visit.language.pick("Ask whoever invited you for a new one.", "Попросите новое приглашение у того, кто вас пригласил.")
}

fn ways_on(visit: &Visit) -> Markup {
    html! {
        p {
            a href={ (visit.base) "/" } { (visit.language.pick("Sign in", "Войти")) } " · "
            a href={ (visit.base) "/recover" } { (visit.language.pick("Forgot your password?", "Забыли пароль?")) }
        }
    }
}
