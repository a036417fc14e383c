//! Change of the password.

use maud::{Markup, html};
use poem::{Request, Response, http::StatusCode};

use super::{
    super::{
        fields::{Typed, Use},
        shipped,
        trouble::Stop,
        visit::Visit,
    },
    form::{Filled, buttons},
    way, way_back,
};
use crate::{
    flow::{Error, authenticate::Caller},
    model::{
        Secret,
        form::{Entries, Field, Form, Kind},
    },
};

pub(super) const PATH: &str = "/account/password";

pub(super) async fn show(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    let caller = visit.signed_in(&request)?;
    if visit.flow.has_password(caller).await? {
        return Ok(draw(&visit, caller, &Filled::with(Typed::default())));
    }
    let title = visit.language.pick("Set a password", "Задать пароль");
    Ok(visit.page(StatusCode::OK, title, &none(&visit, caller).await?))
}

pub(super) async fn change(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    let caller = visit.signed_in(&request)?;
    let body = visit.read(request).await?;
    let changed = match form().read(body.clone()) {
        Err(errors) => Err(Error::Fields(errors)),
        Ok(entries) => {
            let (current, new) = (password(&entries, "current_password"), password(&entries, "new_password"));
            visit.flow.change_password(caller, &current, &new, &visit.client).await
        }
    };
    match changed {
        Ok(()) => Ok(visit.see_other("/?done=password")),
        Err(error) => Ok(draw(&visit, caller, &Filled::after(visit.language, &form(), &body, error)?)),
    }
}

fn form() -> Form {
    let current = Field::new("current_password", Kind::Password, "Current password", 128);
    let new = Field::new("new_password", Kind::Password, "New password", 128);
    Form { fields: vec![current, Field { help: "8 to 128 characters; a few random words make a good one.".to_owned(), ..new }] }
}

fn password(entries: &Entries, name: &str) -> Secret<String> {
    entries.password(name).cloned().unwrap_or_else(|| Secret::new(String::new()))
}

fn draw(visit: &Visit, caller: &Caller, filled: &Filled) -> Response {
    let language = visit.language;
    let name = caller.user.email.as_ref().map(ToString::to_string).or_else(|| caller.user.login.clone()).unwrap_or_default();
    let more = html! {
        // Without a name it is not sent: password managers alone look at it.
        input type="text" value=(name) autocomplete="username" aria-label=(language.pick("Account", "Учётная запись")) readonly hidden;
        (buttons(visit, language.pick("Change the password", "Изменить пароль"), None, "/"))
    };
    let content = html! {
        (way_back(visit))
        p { (language.pick("All your other devices will be signed out.", "Все остальные ваши сеансы будут завершены.")) }
        (filled.draw(visit, PATH, &form(), Use::Current, &more))
    };
    filled.page(visit, language.pick("Change the password", "Изменить пароль"), &content)
}

/// A password comes with a way in that asks for one.
async fn none(visit: &Visit, caller: &Caller) -> Result<Markup, Error> {
    let language = visit.language;
    let by_password = |form: &Form| form.fields.iter().any(|field| field.kind == Kind::Password);
    let ways = way::offered(visit, &visit.flow.identities(caller).await?);
    Ok(html! {
        (way_back(visit))
        p { (language.pick("Your account has no password: you sign in by other ways.", "У вашей учётной записи нет пароля: вы входите другими способами.")) }
        @for (provider, _) in ways.iter().filter(|(provider, form)| !provider.live.manifest().factor && by_password(form)) {
            p {
                a class="button" href={ (visit.base) "/account/add/" (provider.type_name) } {
                    (language.pick("Add", "Добавить")) ": " (shipped::say(language, &provider.live.manifest().name))
                }
            }
        }
    })
}
