//! The address: proving it, changing it, giving up the change.

use maud::{Markup, html};
use poem::{Request, Response};

use super::{
    super::{
        fields::{Typed, Use},
        trouble::Stop,
        visit::Visit,
    },
    again,
    form::{Filled, buttons},
    note, way_back,
};
use crate::{
    flow::{Error, address::Pending, authenticate::Caller, verification::Side},
    model::{
        Email,
        form::{Field, Form, Kind, Raw, RawBody},
        user::User,
    },
};

pub(super) const PATH: &str = "/account/email";
/// What a form of the page is for.
const ACTION: &str = "action";
const VERIFY: &str = "verify";
const CANCEL: &str = "cancel";

pub(super) async fn show(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    let caller = visit.signed_in(&request)?;
    draw(&visit, caller, &note(&visit, &request), &Filled::with(Typed::default())).await
}

pub(super) async fn change(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    let caller = visit.signed_in(&request)?;
    let mut body = visit.read(request).await?;
    let action = match body.remove(ACTION) {
        Some(Raw::Text(action)) => action,
        _ => String::new(),
    };
    let done = match action.as_str() {
        VERIFY => visit.flow.send_verification(caller, &visit.client).await.map(|_| "letter"),
        CANCEL => visit.flow.cancel_address(caller).await.map(|()| "address_kept"),
        _ => ask_for(&visit, caller, &body).await.map(|()| "address"),
    };
    match done {
        Ok(done) => Ok(visit.see_other(&format!("{PATH}?done={done}"))),
        Err(Error::ReauthenticationRequired) => {
            super::demand_fresh(&visit, caller, PATH)?;
            Err(Error::ReauthenticationRequired.into())
        }
        Err(error) => draw(&visit, caller, &html! {}, &Filled::after(visit.language, &form(), &body, error)?).await,
    }
}

async fn ask_for(visit: &Visit, caller: &Caller, body: &RawBody) -> Result<(), Error> {
    let entries = form().read(body.clone()).map_err(Error::Fields)?;
    let email = entries.text("email").and_then(|text| Email::parse(text).ok());
    let email = email.ok_or_else(|| Error::field("email", "required", "is required"))?;
    visit.flow.request_address(caller, &email, &visit.client).await.map(drop)
}

fn form() -> Form {
    Form { fields: vec![Field::new("email", Kind::Email, "New address", 254)] }
}

async fn draw(visit: &Visit, caller: &Caller, note: &Markup, filled: &Filled) -> Result<Response, Stop> {
    let language = visit.language;
    let pending = visit.flow.pending_address(caller).await?;
    let ask = language.pick("Change the address", "Изменить адрес");
    let content = html! {
        (way_back(visit))
        (note)
        p { (address(visit, &caller.user)) }
        (to_verify(visit, &caller.user))
        @if let Some(pending) = &pending { (under_way(visit, pending)) }
        section class="card" aria-labelledby="change" {
            h2 id="change" { (ask) }
            @if visit.flow.is_fresh(caller) {
                p { (language.pick(
                    "The new address gets a letter, and so does the old one if it is verified. The address changes when the links in both were followed.",
                    "Письмо придёт на новый адрес, а если прежний подтверждён, то и на него. Адрес изменится, когда вы перейдёте по ссылкам из обоих."
                )) }
                (filled.draw(visit, PATH, &form(), Use::Current, &buttons(visit, ask, None, "/")))
            } @else {
                (again(visit, PATH))
            }
        }
    };
    Ok(filled.page(visit, language.pick("E-mail address", "Адрес электронной почты"), &content))
}

/// The address, and whether it is known to be the user's.
pub(super) fn address(visit: &Visit, user: &User) -> Markup {
    let language = visit.language;
    html! {
        @match &user.email {
            None => span class="quiet" { (language.pick("Your account has no address.", "У вашей учётной записи нет адреса.")) },
            Some(email) => {
                (email.as_str()) " "
                @if user.email_verified { span class="badge good" { (language.pick("verified", "подтверждён")) } }
                @else { span class="badge warn" { (language.pick("not verified", "не подтверждён")) } }
            },
        }
    }
}

/// "Send the letter again".
pub(super) fn to_verify(visit: &Visit, user: &User) -> Markup {
    html! {
        @if user.email.is_some() && !user.email_verified {
            form method="post" action={ (visit.base) (PATH) } {
                (visit.form_token())
                button type="submit" name=(ACTION) value=(VERIFY) class="second" {
                    (visit.language.pick("Send the letter again", "Отправить письмо ещё раз"))
                }
            }
        }
    }
}

/// A change that waits for somebody's word.
pub(super) fn under_way(visit: &Visit, pending: &Pending) -> Markup {
    let language = visit.language;
    html! {
        div class="notice" {
            p { (language.pick("Your address is to become", "Новый адрес:")) " " (pending.email.as_str()) "." }
            p {
                @for side in &pending.missing {
                    (match side {
                        Side::Old => language.pick("The link in the letter to your old address was not followed yet.", "Ссылка из письма на прежний адрес ещё не открыта."),
                        Side::New => language.pick("The link in the letter to the new address was not followed yet.", "Ссылка из письма на новый адрес ещё не открыта."),
                    }) " "
                }
            }
            form method="post" action={ (visit.base) (PATH) } {
                (visit.form_token())
                button type="submit" name=(ACTION) value=(CANCEL) class="second" { (language.pick("Keep the address", "Оставить прежний адрес")) }
            }
        }
    }
}
