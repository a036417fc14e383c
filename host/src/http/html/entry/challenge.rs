//! The steps between: whatever a sign-up or sign-in asks for next, drawn as a page that can be loaded again.

use std::time::Duration;

use maud::{Markup, PreEscaped, html};
use poem::{Request, Response, http::StatusCode};
use url::Url;

use super::{
    super::{
        cookie,
        fields::{self, Typed, Use},
        shipped,
        trouble::{Beside, Stop},
        visit::Visit,
    },
    pending::Pending,
    read,
};
use crate::{
    flow::{
        Error,
        challenge::{Answer, Challenge},
    },
    http::auth::take,
    model::form::{Form, RawBody},
};

/// What the gateway draws itself; a provider's own is thrown away before.
const DRAWING: &str = "qr_svg";
/// Instead of a second factor.
const RECOVERY_CODE: &str = "recovery_code";

/// On to the next step, or in.
pub(super) async fn go_on(visit: &Visit, answer: Answer, return_to: &str) -> Result<Response, Stop> {
    match answer {
        Answer::SignedIn(signed_in) => {
            let response = visit.let_in(&signed_in, visit.go_back_to(Some(return_to))).await?;
            Ok(visit.drop(cookie::FLOW, response))
        }
        Answer::Challenge(challenge) => {
            visit.flow.show_challenge(&challenge).await?;
            let life = Duration::from_secs(challenge.seconds.into());
            let pending = Pending::new(&challenge.flow, return_to);
            Ok(pending.keep(visit, cookie::FLOW, life, visit.see_other("/continue")))
        }
    }
}

/// `GET /continue`: the step that this browser is in.
pub(super) async fn show(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    let challenge = match Pending::read(&visit, &request, cookie::FLOW) {
        Some(pending) => visit.flow.shown_challenge(&pending.flow).await?,
        None => None,
    };
    match challenge {
        // Also to somebody who is signed in, and signs in again.
        Some(challenge) => Ok(draw(&visit, StatusCode::OK, &challenge, &Typed::default(), None)),
        None if visit.caller.is_some() => Ok(visit.see_other("/")),
        None => Ok(gone(&visit)),
    }
}

/// `POST /continue`.
pub(super) async fn answer(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    let cookies = Pending::read(&visit, &request, cookie::FLOW).unwrap_or_default();
    let (body, _) = read(&visit, request, |_| cookies.return_to.clone()).await?;
    let (id, fields) = take("flow", 100, body)?;
    let return_to = if cookies.flow == id { cookies.return_to } else { String::new() };
    match visit.flow.resume(&id, fields.clone(), &visit.client).await {
        Ok(answer) => {
            visit.flow.hide_challenge(&id).await?;
            go_on(&visit, answer, &return_to).await
        }
        Err(error) => again(&visit, &id, &fields, error).await,
    }
}

/// After an error: the same step again where it can still be answered, or a way back.
async fn again(visit: &Visit, id: &str, body: &RawBody, error: Error) -> Result<Response, Stop> {
    let goes_on = matches!(error, Error::Fields(_) | Error::RateLimited(_) | Error::Hashing(_) | Error::Provider { .. });
    let challenge = visit.flow.shown_challenge(id).await?;
    match (challenge, error) {
        (None, _) | (_, Error::UnknownFlow) => Ok(visit.drop(cookie::FLOW, gone(visit))),
        (Some(challenge), Error::Fields(errors)) => {
            Ok(draw(visit, StatusCode::BAD_REQUEST, &challenge, &Typed::again(&challenge.form, body, errors), None))
        }
        (Some(challenge), other) => {
            let trouble = Beside::form(visit.language, other)?;
            if goes_on {
                let typed = Typed::again(&challenge.form, body, Vec::new());
                return Ok(trouble.answer(draw(visit, trouble.status(), &challenge, &typed, Some(&trouble.text))));
            }
            visit.flow.hide_challenge(id).await?;
            Ok(visit.drop(cookie::FLOW, trouble.answer(ended(visit, trouble.status(), &trouble.text))))
        }
    }
}

/// The step was answered, expired, or belongs to another browser.
pub(super) fn gone(visit: &Visit) -> Response {
    let text = visit.language.pick(
        "This step was answered already, took too long, or was begun in another browser.",
        "Этот шаг уже пройден, занял слишком много времени или начат в другом браузере.",
    );
    ended(visit, StatusCode::BAD_REQUEST, text)
}

pub(super) fn ended(visit: &Visit, status: StatusCode, text: &str) -> Response {
    let content = html! {
        p role="alert" { (text) }
        p { a class="button" href={ (visit.base) "/" } { (visit.language.pick("Begin again", "Начать сначала")) } }
    };
    visit.page(status, visit.language.pick("This did not work", "Не получилось"), &content)
}

fn draw(visit: &Visit, status: StatusCode, challenge: &Challenge, typed: &Typed, trouble: Option<&str>) -> Response {
    let language = visit.language;
    let content = html! {
        @if !challenge.message.is_empty() { p { (shipped::say(language, &challenge.message)) } }
        (data(challenge))
        @if let Some(trouble) = trouble { p class="wrong" role="alert" { (trouble) } }
        @for error in typed.elsewhere(&challenge.form) { p class="wrong" role="alert" { (fields::reason(language, error)) } }
        @match challenge.redirect.as_deref().and_then(elsewhere) {
            Some((address, host)) => {
                // The other site filled the fields in.
                @if !typed.errors().is_empty() {
                    p class="wrong" role="alert" { (language.pick("That site's answer was not good.", "Ответ того сайта не подошёл.")) }
                }
                p { (language.pick("You go on at", "Вы продолжите на сайте")) " " strong { (host) } ", " (language.pick("and then come back here.", "а затем вернётесь сюда.")) }
                p { a class="button" href=(address) rel="noreferrer" { (language.pick("Go on", "Продолжить")) } }
            }
            None => (form(visit, challenge, typed)),
        }
        p { a href={ (visit.base) "/" } { (language.pick("Begin again", "Начать сначала")) } }
    };
    visit.page(status, language.pick("One more step", "Ещё один шаг"), &content)
}

fn form(visit: &Visit, challenge: &Challenge, typed: &Typed) -> Markup {
    let language = visit.language;
    let (mut code, mut others): (Vec<_>, Vec<_>) = challenge.form.fields.iter().cloned().partition(|field| field.name == RECOVERY_CODE);
    if code.is_empty() || others.is_empty() {
        // Where it stands alone there is nothing to use it instead of.
        return one_of(visit, challenge, typed, "step", &challenge.form, language.pick("Go on", "Продолжить"));
    }
    // The flow takes one or the other, so it demands neither; here each has a form of its own.
    if let [only] = others.as_mut_slice() {
        only.required = true;
    }
    for field in &mut code {
        field.required = true;
    }
    let (asked, instead) = (Form { fields: others }, Form { fields: code });
    html! {
        (one_of(visit, challenge, typed, "step", &asked, language.pick("Go on", "Продолжить")))
        details open[typed.is_wrong(RECOVERY_CODE)] {
            summary { (language.pick("Use a recovery code instead", "Использовать код восстановления")) }
            (one_of(visit, challenge, typed, "instead", &instead, language.pick("Go on with this code", "Продолжить с этим кодом")))
        }
    }
}

fn one_of(visit: &Visit, challenge: &Challenge, typed: &Typed, prefix: &str, form: &Form, button: &str) -> Markup {
    html! {
        form method="post" action={ (visit.base) "/continue" } {
            (visit.form_token())
            input type="hidden" name="flow" value=(challenge.flow);
            (fields::draw(visit.language, prefix, form, typed, Use::Current))
            button type="submit" { (button) }
        }
    }
}

/// A provider's public data, and the gateway's drawing of it.
fn data(challenge: &Challenge) -> Markup {
    let shown = challenge.data.iter().filter(|(name, _)| name != DRAWING);
    html! {
        @for (_, svg) in challenge.data.iter().filter(|(name, _)| name == DRAWING) {
            div class="card" { (PreEscaped(svg)) }
        }
        @if challenge.data.iter().any(|(name, _)| name != DRAWING) {
            dl { @for (name, value) in shown { dt { (name) } dd class="code" { (value) } } }
        }
    }
}

/// An address at another site that a link may lead to, and the site's name.
pub(in super::super) fn elsewhere(address: &str) -> Option<(String, String)> {
    let url = Url::parse(address).ok().filter(|url| matches!(url.scheme(), "https" | "http"))?;
    let host = url.host_str()?.to_owned();
    Some((url.into(), host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_the_web_alone() {
        assert_eq!(elsewhere("https://id.example/a?b=c"), Some(("https://id.example/a?b=c".to_owned(), "id.example".to_owned())));
        for bad in ["javascript:alert(1)", "data:text/html,x", "//id.example", "id.example", "ftp://id.example/"] {
            assert_eq!(elsewhere(bad), None, "{bad}");
        }
    }
}
