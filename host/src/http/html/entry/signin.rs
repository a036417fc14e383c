//! The start page of visitors: a form for each way in that is live.

use maud::html;
use poem::{Request, Response, http::StatusCode};

use super::{
    super::{query, trouble::Stop, visit::Visit},
    RETURN_TO, asked_back, challenge, read, take_own,
    ways::{self, Cards, Door, Tried},
    with_return,
};
use crate::http::auth::take;

/// `GET /` for who is not signed in.
pub(in super::super) fn show(visit: &Visit, request: &Request) -> Response {
    let language = visit.language;
    let notice = match query(request, "done").as_str() {
        "password" => Some(language.pick(
            "Your password is set. Sign in with it now; you were signed out on all devices.",
            "Пароль сохранён. Теперь войдите с ним; все прежние сеансы завершены.",
        )),
        _ => None,
    };
    draw(visit, &asked_back(visit, request), notice, None)
}

/// `GET /sign-in`: where other services send people who are not signed in. Who is signed in already is not sent back at once: a
/// service that takes no notice of the sign-in would send them here again.
pub(super) async fn open(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    if visit.caller.is_none() {
        return Ok(show(&visit, &request));
    }
    let asked = Some(asked_back(&visit, &request)).filter(|asked| !asked.is_empty());
    let Some(address) = asked.and_then(|asked| visit.flow.return_address(&asked)) else { return Ok(visit.see_other("/")) };
    let language = visit.language;
    let content = html! { p { a href=(address) { (language.pick("Go on", "Продолжить")) } } };
    Ok(visit.page(StatusCode::OK, language.pick("You are signed in", "Вы вошли"), &content))
}

/// `POST /sign-in`.
pub(super) async fn answer(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    let (body, return_to) = read(&visit, request, |body| take_own(body, RETURN_TO)).await?;
    let (provider, fields) = take("type", 60, body)?;
    match visit.flow.signin(&provider, fields.clone(), &visit.client).await {
        Ok(answer) => challenge::go_on(&visit, answer, &return_to).await,
        Err(error) => {
            let tried = Tried::new(&visit, Door::SignIn, provider, &fields, error)?;
            Ok(draw(&visit, &return_to, None, Some(&tried)))
        }
    }
}

fn draw(visit: &Visit, return_to: &str, notice: Option<&str>, tried: Option<&Tried>) -> Response {
    let (language, base) = (visit.language, &visit.base);
    let cards = Cards { door: Door::SignIn, return_to, invite: "", tried };
    let content = html! {
        @if let Some(notice) = notice { p class="notice" role="status" { (notice) } }
        @if ways::of(visit, Door::SignIn).is_empty() {
            p {
                (language.pick(
                    "Nobody can sign in at the moment: no way to sign in is switched on. Come back later.",
                    "Сейчас войти нельзя: ни один способ входа не включён. Зайдите позже.",
                ))
            }
        }
        (cards.draw(visit))
        ul class="plain" {
            @if !ways::of(visit, Door::SignUp).is_empty() {
                li { a href={ (base) (with_return("/sign-up", return_to)) } { (language.pick("Sign up", "Зарегистрироваться")) } }
            }
            li { a href={ (base) (with_return("/recover", return_to)) } { (language.pick("Forgot password?", "Забыли пароль?")) } }
        }
    };
    let page = visit.page(tried.map_or(StatusCode::OK, Tried::status), language.pick("Sign in", "Вход"), &content);
    match tried.and_then(|tried| tried.trouble.as_ref()) {
        Some(trouble) => trouble.answer(page),
        None => page,
    }
}
