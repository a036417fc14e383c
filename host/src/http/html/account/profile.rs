//! Display name, and what providers keep about the user.

use poem::{Request, Response};

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
    flow::authenticate::Caller,
    model::form::{Field, Form},
};
use maud::html;

pub(super) const PATH: &str = "/account/profile";

pub(super) async fn show(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    let caller = visit.signed_in(&request)?;
    let form = form(&visit);
    let values = form.fields.iter().filter_map(|field| Some((field.name.as_str(), value(caller, &field.name)?)));
    Ok(draw(&visit, &form, &Filled::with(Typed::filled(values))))
}

pub(super) async fn change(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    let caller = visit.signed_in(&request)?;
    let body = visit.read(request).await?;
    match visit.flow.change_account(caller, body.clone()).await {
        Ok(_) => Ok(visit.see_other("/?done=profile")),
        Err(error) => {
            let form = form(&visit);
            Ok(draw(&visit, &form, &Filled::after(visit.language, &form, &body, error)?))
        }
    }
}

/// The language has buttons of its own on every page.
fn form(visit: &Visit) -> Form {
    let fields = visit.flow.account_form().fields.into_iter().filter(|field| field.name != "locale");
    let named = |field: Field| match field.name.as_str() {
        "display_name" => Field { label: "Display name".to_owned(), ..field },
        _ => field,
    };
    Form { fields: fields.map(named).collect() }
}

fn value(caller: &Caller, name: &str) -> Option<String> {
    match name {
        "display_name" => caller.user.display_name.clone(),
        _ => caller.user.profile.get(name).cloned(),
    }
}

fn draw(visit: &Visit, form: &Form, filled: &Filled) -> Response {
    let language = visit.language;
    let save = buttons(visit, language.pick("Save", "Сохранить"), None, "/");
    let content = html! { (way_back(visit)) (filled.draw(visit, PATH, form, Use::Current, &save)) };
    filled.page(visit, language.pick("Profile", "Профиль"), &content)
}
