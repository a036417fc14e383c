//! The sign-in page: a form for each way in that is live.

use maud::{Markup, html};
use poem::{Request, Response, http::StatusCode};

use super::{
    fields::{self, Typed, Use},
    query,
    trouble::{self, Stop},
    visit::Visit,
};
use crate::{
    flow::{Error, challenge::Answer, provider::LiveProvider},
    http::auth::take,
    model::form::{Form, Raw, RawBody},
};

/// The field that says where to go afterwards.
const RETURN_TO: &str = "return_to";

/// What was tried, and what came of it.
struct Tried {
    provider: String,
    typed: Typed,
    trouble: Option<String>,
}

/// `GET /` for who is not signed in.
pub(super) fn show(visit: &Visit, request: &Request) -> Result<Response, Stop> {
    Ok(draw(visit, StatusCode::OK, &query(request, RETURN_TO), None))
}

/// `POST /sign-in`.
pub(super) async fn answer(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    let mut body = visit.read(request).await?;
    let return_to = match body.remove(RETURN_TO) {
        Some(Raw::Text(text)) => text,
        _ => String::new(),
    };
    let (provider, fields) = take("type", 60, body)?;
    match visit.flow.signin(&provider, fields.clone(), &visit.client).await {
        Ok(Answer::SignedIn(signed_in)) => Ok(visit.let_in(&signed_in, visit.go_back_to(Some(&return_to))).await?),
        Ok(Answer::Challenge(_)) => Err(Error::UnknownFlow.into()),
        Err(error) => {
            let tried = tried(&visit, provider, &fields, error)?;
            Ok(draw(&visit, StatusCode::BAD_REQUEST, &return_to, Some(&tried)))
        }
    }
}

fn tried(visit: &Visit, provider: String, fields: &RawBody, error: Error) -> Result<Tried, Stop> {
    let live = visit.flow.live_providers();
    let form = live.iter().find(|live| live.type_name == provider).and_then(form).cloned().unwrap_or_default();
    let (errors, trouble) = match error {
        Error::Fields(errors) => (errors, None),
        other => (Vec::new(), Some(trouble::above_form(visit.language, other)?)),
    };
    Ok(Tried { provider, typed: Typed::again(&form, fields, errors), trouble })
}

fn draw(visit: &Visit, status: StatusCode, return_to: &str, tried: Option<&Tried>) -> Response {
    let language = visit.language;
    let live = visit.flow.live_providers();
    let content = html! {
        @for provider in &live {
            @if let Some(form) = form(provider) {
                (card(visit, provider, form, return_to, tried.filter(|tried| tried.provider == provider.type_name)))
            }
        }
    };
    visit.page(status, language.pick("Sign in", "Вход"), &content)
}

fn card(visit: &Visit, provider: &LiveProvider, form: &Form, return_to: &str, tried: Option<&Tried>) -> Markup {
    let (type_name, language) = (&provider.type_name, visit.language);
    let nothing = Typed::default();
    let typed = tried.map_or(&nothing, |tried| &tried.typed);
    html! {
        section class="card" aria-labelledby={ "way-" (type_name) } {
            h2 id={ "way-" (type_name) } { (provider.live.manifest().name) }
            @if let Some(trouble) = tried.and_then(|tried| tried.trouble.as_ref()) { p class="wrong" role="alert" { (trouble) } }
            @for error in typed.elsewhere(form) { p class="wrong" role="alert" { (fields::reason(language, error)) } }
            form method="post" action={ (visit.base) "/sign-in" } {
                (visit.form_token())
                input type="hidden" name="type" value=(type_name);
                @if !return_to.is_empty() { input type="hidden" name=(RETURN_TO) value=(return_to); }
                (fields::draw(language, type_name, form, typed, Use::Current))
                button type="submit" { (language.pick("Sign in", "Войти")) }
            }
        }
    }
}

/// What a way in asks for; second factors are none.
fn form(provider: &LiveProvider) -> Option<&Form> {
    let manifest = provider.live.manifest();
    manifest.signin.as_ref().filter(|_| !manifest.factor)
}
