//! Deletion of the account.

use maud::html;
use poem::{Request, Response, http::StatusCode};

use super::{
    super::{
        fields::{Typed, Use},
        trouble::Stop,
        visit::Visit,
    },
    form::{Filled, buttons},
    way_back,
};
use crate::{
    flow::{Error, authenticate::Caller},
    model::form::{Field, Form, Kind},
};

pub(super) const PATH: &str = "/account/delete";
/// What is left to be said.
pub(super) const DONE: &str = "/account/deleted";
const CONFIRM: &str = "confirm";

pub(super) async fn ask(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    let caller = visit.signed_in(&request)?;
    Ok(draw(&visit, caller, &Filled::with(Typed::default())))
}

pub(super) async fn delete(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    let caller = visit.signed_in(&request)?;
    let body = visit.read(request).await?;
    let form = form(&visit, caller);
    let deleted = match form.read(body.clone()) {
        Err(errors) => Err(Error::Fields(errors)),
        // It asks again, so that nobody deletes an account by a slip; the text is no proof of anything.
        Ok(entries) if entries.text(CONFIRM).is_none_or(|typed| typed.to_lowercase() != word(caller).to_lowercase()) => {
            Err(Error::field(CONFIRM, "mismatch", "is not what was asked for"))
        }
        Ok(_) => visit.flow.delete_account(caller).await,
    };
    match deleted {
        Ok(()) => Ok(visit.let_out(visit.see_other(DONE))),
        Err(error) => Ok(draw(&visit, caller, &Filled::after(visit.language, &form, &body, error)?)),
    }
}

pub(super) async fn gone(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    if visit.caller.is_some() {
        return Ok(visit.see_other("/"));
    }
    let language = visit.language;
    let text =
        language.pick("All its sessions ended, and everything personal was removed.", "Все сеансы завершены, личные данные удалены.");
    Ok(visit.say(StatusCode::OK, language.pick("The account is deleted", "Учётная запись удалена"), text))
}

/// What has to be typed: what the person signs in by.
fn word(caller: &Caller) -> String {
    let user = &caller.user;
    user.email.as_ref().map(ToString::to_string).or_else(|| user.login.clone()).unwrap_or_else(|| "DELETE".to_owned())
}

fn form(visit: &Visit, caller: &Caller) -> Form {
    let label = format!("{} {}", visit.language.pick("To confirm, type", "Для подтверждения введите"), word(caller));
    Form { fields: vec![Field::new(CONFIRM, Kind::Text, &label, 300)] }
}

fn draw(visit: &Visit, caller: &Caller, filled: &Filled) -> Response {
    let language = visit.language;
    let delete = buttons(visit, language.pick("Delete my account", "Удалить мою учётную запись"), Some("danger"), "/");
    let content = html! {
        (way_back(visit))
        p {
            (language.pick(
                "All your devices will be signed out, and everything personal will be removed. This cannot be undone.",
                "Все ваши сеансы будут завершены, личные данные — удалены. Отменить это нельзя."
            ))
        }
        (filled.draw(visit, PATH, &form(visit, caller), Use::Current, &delete))
    };
    filled.page(visit, language.pick("Delete the account?", "Удалить учётную запись?"), &content)
}
