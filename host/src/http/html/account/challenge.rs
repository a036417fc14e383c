//! What a provider asks while it is added to an account, until the answer is right. The step waits in this browser, so that the
//! page can be loaded again: people go to their app, their mail or another site in between.

use std::time::Duration;

use maud::{Markup, PreEscaped, html};
use poem::{Request, Response, http::StatusCode};

use super::{
    super::{
        cookie,
        entry::{challenge::elsewhere, pending::Pending},
        fields::{Typed, Use},
        language::Language,
        shipped,
        trouble::Stop,
        visit::Visit,
    },
    form::{Filled, buttons},
    way,
};
use crate::{
    flow::{Error, authenticate::Caller, challenge::Challenge, identity::Attached, qr},
    http::auth::take,
    model::form::RawBody,
};

pub(in super::super) const PATH: &str = "/account/continue";
const FLOW: &str = "flow";

/// On to the question, or it is done.
pub(super) async fn go_on(visit: &Visit, caller: &Caller, attached: Attached) -> Result<Response, Stop> {
    match attached {
        Attached::Identity { recovery_codes, .. } => Ok(visit.drop(cookie::ADDING, way::added(visit, recovery_codes))),
        Attached::Challenge(challenge) => {
            visit.flow.show_challenge(&challenge).await?;
            let life = Duration::from_secs(challenge.seconds.into());
            // The session is named, so that nobody who signs in here next is shown it.
            let pending = Pending::new(&challenge.flow, &caller.session.id.to_string());
            Ok(pending.keep(visit, cookie::ADDING, life, visit.see_other(PATH)))
        }
    }
}

/// The step that this browser is in.
pub(super) async fn show(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    let caller = visit.signed_in(&request)?;
    let session = caller.session.id.to_string();
    let own = Pending::read(&visit, &request, cookie::ADDING).filter(|pending| pending.return_to == session);
    let challenge = match own {
        Some(own) => visit.flow.shown_challenge(&own.flow).await?,
        None => None,
    };
    Ok(challenge.map_or_else(|| gone(&visit), |challenge| draw(&visit, &challenge, &Filled::with(Typed::default()))))
}

pub(super) async fn answer(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    let caller = visit.signed_in(&request)?;
    let (flow, fields) = take(FLOW, 100, visit.read(request).await?)?;
    match visit.flow.continue_attach(caller, &flow, fields.clone(), &visit.client).await {
        Ok(attached) => {
            visit.flow.hide_challenge(&flow).await?;
            go_on(&visit, caller, attached).await
        }
        Err(error) => again(&visit, &flow, &fields, error).await,
    }
}

/// The same question where it can still be answered, or a way back.
async fn again(visit: &Visit, flow: &str, body: &RawBody, error: Error) -> Result<Response, Stop> {
    let goes_on = matches!(error, Error::Fields(_) | Error::RateLimited(_) | Error::Hashing(_) | Error::Provider { .. });
    if matches!(error, Error::UnknownFlow) {
        return Ok(visit.drop(cookie::ADDING, gone(visit)));
    }
    let Some(challenge) = visit.flow.shown_challenge(flow).await? else { return Ok(gone(visit)) };
    let filled = Filled::after(visit.language, &challenge.form, body, way::for_accounts(visit, error)?)?;
    if goes_on {
        return Ok(draw(visit, &challenge, &filled));
    }
    visit.flow.hide_challenge(flow).await?;
    let content = html! { (filled.trouble()) (begin_again(visit)) };
    Ok(visit.drop(cookie::ADDING, filled.page(visit, failed(visit), &content)))
}

/// Answered, too old, or of another session.
fn gone(visit: &Visit) -> Response {
    let text = visit.language.pick(
        "This step was answered already, took too long, or was begun elsewhere.",
        "Этот шаг уже пройден, занял слишком много времени или начат в другом месте.",
    );
    visit.page(StatusCode::BAD_REQUEST, failed(visit), &html! { p role="alert" { (text) } (begin_again(visit)) })
}

fn failed(visit: &Visit) -> &'static str {
    visit.language.pick("This did not work", "Не получилось")
}

fn begin_again(visit: &Visit) -> Markup {
    html! { p { a class="button" href={ (visit.base) (way::PATH) } { (visit.language.pick("Begin again", "Начать сначала")) } } }
}

fn draw(visit: &Visit, challenge: &Challenge, filled: &Filled) -> Response {
    let language = visit.language;
    let title = format!("{}: {}", language.pick("Add", "Добавить"), way::name(visit, &challenge.provider));
    let more = html! {
        input type="hidden" name=(FLOW) value=(challenge.flow);
        (buttons(visit, language.pick("Confirm", "Подтвердить"), None, way::PATH))
    };
    let content = html! {
        @if !challenge.message.is_empty() { p { (shipped::say(language, &challenge.message)) } }
        (drawing(language, challenge))
        @match challenge.redirect.as_deref().and_then(elsewhere) {
            Some((address, host)) => {
                p { (language.pick("You go on at", "Вы продолжите на сайте")) " " strong { (host) } ", " (language.pick("and then come back here.", "а затем вернётесь сюда.")) }
                p { a class="button" href=(address) rel="noreferrer" { (language.pick("Go on", "Продолжить")) } }
            }
            None => (filled.draw(visit, PATH, &challenge.form, Use::Current, &more)),
        }
    };
    filled.page(visit, &title, &content)
}

fn get<'a>(challenge: &'a Challenge, name: &str) -> Option<&'a str> {
    challenge.data.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
}

/// For an authenticator app: a code to scan, a link for the phone that shows the page, and the secret to type.
fn drawing(language: Language, challenge: &Challenge) -> Markup {
    html! {
        @if let Some(svg) = get(challenge, qr::DRAWING) {
            // Drawn by the gateway, which throws away a provider's own: shapes, and no text of anybody's.
            div class="qr" role="img" aria-label=(language.pick("QR code for the app", "QR-код для приложения")) { (PreEscaped(svg)) }
        }
        @if let Some(uri) = get(challenge, "otpauth_uri").filter(|uri| uri.starts_with("otpauth://")) {
            p { a href=(uri) { (language.pick("Open the app on this device", "Открыть приложение на этом устройстве")) } }
        }
        @if let Some(secret) = get(challenge, "secret") {
            dl { dt { (language.pick("Secret", "Ключ")) } dd { code { (secret) } } }
        }
    }
}
