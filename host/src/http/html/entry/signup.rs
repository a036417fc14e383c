//! The sign-up page: a form for each way in that takes sign-ups.

use maud::html;
use poem::{Request, Response, http::StatusCode};

use super::{
    super::{query, trouble::Stop, visit::Visit},
    RETURN_TO, asked_back, challenge, take_own,
    ways::{self, Cards, Door, Tried},
    with_return,
};
use crate::{
    flow::policy::INVITE,
    http::auth::take,
    model::form::{Raw, RawBody},
};

/// `GET /sign-up?invite=`. Whoever is signed in has an account.
pub(super) async fn show(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    let return_to = asked_back(&visit, &request);
    if visit.caller.is_some() {
        return Ok(visit.go_back_to(Some(&return_to)));
    }
    Ok(draw(&visit, &return_to, &query(&request, INVITE), None))
}

/// `POST /sign-up`.
pub(super) async fn answer(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    let mut body = visit.read(request).await?;
    let return_to = take_own(&mut body, RETURN_TO);
    let (provider, fields) = take("type", 60, body)?;
    match visit.flow.signup(&provider, fields.clone(), &visit.client).await {
        Ok(answer) => challenge::go_on(&visit, answer, &return_to).await,
        Err(error) => {
            let invite = invite_of(&fields).to_owned();
            let tried = Tried::new(&visit, Door::SignUp, provider, &fields, error)?.invited(&invite);
            Ok(draw(&visit, &return_to, &invite, Some(&tried)))
        }
    }
}

fn invite_of(fields: &RawBody) -> &str {
    match fields.get(INVITE) {
        Some(Raw::Text(token)) => token,
        _ => "",
    }
}

fn draw(visit: &Visit, return_to: &str, invite: &str, tried: Option<&Tried>) -> Response {
    let language = visit.language;
    let cards = Cards { door: Door::SignUp, return_to, invite, tried };
    let content = html! {
        @if ways::of(visit, Door::SignUp).is_empty() {
            p { (language.pick("Nobody can sign up here at the moment.", "Сейчас зарегистрироваться нельзя.")) }
        }
        (cards.draw(visit))
        p {
            (language.pick("You have an account?", "Уже есть учётная запись?")) " "
            a href={ (visit.base) (with_return("/", return_to)) } { (language.pick("Sign in", "Войти")) }
        }
    };
    let page = visit.page(tried.map_or(StatusCode::OK, Tried::status), language.pick("Sign up", "Регистрация"), &content);
    match tried.and_then(|tried| tried.trouble.as_ref()) {
        Some(trouble) => trouble.answer(page),
        None => page,
    }
}
