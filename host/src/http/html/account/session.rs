//! Devices: the sessions of the user, and their ends.

use maud::{Markup, html};
use poem::{Request, Response, http::StatusCode};

use super::{
    super::{language::Language, time, trouble::Stop, visit::Visit},
    agent,
    form::buttons,
    note, number, way_back,
};
use crate::{
    flow::{Error, authenticate::Caller},
    model::{
        SessionId,
        form::{Field, Form, Kind},
        session::Session,
    },
};

pub(super) const PATH: &str = "/account/sessions";
/// Ends more than one.
pub(super) const END: &str = "/account/sessions/end";

const OTHERS: &str = "others";
const ALL: &str = "all";

pub(super) async fn list(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    let caller = visit.signed_in(&request)?;
    let sessions = visit.flow.sessions(caller).await?;
    let content = html! {
        (way_back(&visit))
        (note(&visit, &request))
        section class="card" { (draw(&visit, caller, &sessions)) }
        p { a class="button second" href={ (visit.base) (END) } { (visit.language.pick("Sign out on several devices", "Завершить несколько сеансов")) } }
    };
    Ok(visit.page(StatusCode::OK, visit.language.pick("Devices", "Устройства"), &content))
}

/// Where somebody is signed in, and a way to end each but this one, for which there is "Sign out".
pub(super) fn draw(visit: &Visit, caller: &Caller, sessions: &[Session]) -> Markup {
    let language = visit.language;
    html! {
        ul class="plain" {
            @for session in sessions {
                li {
                    (agent::name(language, &session.user_agent))
                    @if session.id == caller.session.id {
                        " " span class="badge good" { (language.pick("this one", "этот сеанс")) }
                    }
                    div class="quiet" { (details(language, session)) }
                    @if session.id != caller.session.id {
                        a href={ (visit.base) (PATH) "/" (session.id) }
                            aria-label={ (language.pick("Sign out", "Завершить сеанс")) ": " (agent::name(language, &session.user_agent)) } {
                            (language.pick("Sign out", "Завершить сеанс"))
                        }
                    }
                }
            }
        }
    }
}

fn details(language: Language, session: &Session) -> Markup {
    html! { (session.address) " · " (language.pick("since", "с")) " " (time::draw(language, session.created_at)) }
}

pub(super) async fn ask(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    let caller = visit.signed_in(&request)?;
    let id = number(&request, "session")?;
    let sessions = visit.flow.sessions(caller).await?;
    let session = sessions.iter().find(|session| session.id.0 == id).ok_or(Error::NotFound("session"))?;
    let language = visit.language;
    let content = html! {
        p { (agent::name(language, &session.user_agent)) br; span class="quiet" { (details(language, session)) } }
        form method="post" action={ (visit.base) (PATH) "/" (id) } {
            (visit.form_token())
            (buttons(&visit, language.pick("Sign out", "Завершить сеанс"), Some("danger"), PATH))
        }
    };
    Ok(visit.page(StatusCode::OK, language.pick("Sign out this device?", "Завершить этот сеанс?"), &content))
}

pub(super) async fn end(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    let caller = visit.signed_in(&request)?;
    let id = SessionId(number(&request, "session")?);
    visit.read_form(request, &Form::default()).await?;
    if id == caller.session.id {
        visit.flow.logout(caller).await?;
        return Ok(visit.let_out(visit.see_other("/")));
    }
    visit.flow.end_own_session(caller, id).await?;
    Ok(visit.see_other("/account/sessions?done=session"))
}

pub(super) async fn ask_many(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    visit.signed_in(&request)?;
    let language = visit.language;
    let content = html! {
        p {
            (language.pick(
                "If you do not know one of your devices, change your password, too.",
                "Если какое-то из устройств вам незнакомо, смените и пароль."
            ))
        }
        form method="post" action={ (visit.base) (END) } {
            (visit.form_token())
            button type="submit" name="scope" value=(OTHERS) { (language.pick("Sign out on all other devices", "Завершить все остальные сеансы")) }
            button type="submit" name="scope" value=(ALL) class="danger" { (language.pick("Sign out everywhere, here too", "Завершить все сеансы и этот")) }
            p { a href={ (visit.base) (PATH) } { (language.pick("Cancel", "Отмена")) } }
        }
    };
    Ok(visit.page(StatusCode::OK, language.pick("Sign out on several devices?", "Завершить несколько сеансов?"), &content))
}

pub(super) async fn end_many(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    let caller = visit.signed_in(&request)?;
    let form = Form { fields: vec![Field::new("scope", Kind::Text, "Which", 10)] };
    match visit.read_form(request, &form).await?.text("scope") {
        Some(OTHERS) => {
            visit.flow.logout_others(caller).await?;
            Ok(visit.see_other("/account/sessions?done=sessions"))
        }
        Some(ALL) => {
            visit.flow.logout_all(caller).await?;
            Ok(visit.let_out(visit.see_other("/")))
        }
        _ => Err(Error::field("scope", "invalid_choice", "is neither others nor all").into()),
    }
}
