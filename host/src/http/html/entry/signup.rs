//! The sign-up page: a form for each way in that takes sign-ups.

use maud::html;
use poem::{Request, Response, http::StatusCode};

use super::{
    super::{query, trouble::Stop, visit::Visit},
    RETURN_TO, asked_back, challenge, read, take_own,
    ways::{self, Cards, Door, Tried},
    with_return,
};
use crate::{
    flow::{Error, policy::INVITE},
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
    Ok(draw(&visit, &return_to, &token_of(&query(&request, INVITE)), None))
}

/// `POST /sign-up`.
pub(super) async fn answer(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    let (body, return_to) = read(&visit, request, |body| take_own(body, RETURN_TO)).await?;
    let (provider, mut fields) = take("type", 60, body)?;
    if let Some(Raw::Text(invite)) = fields.get_mut(INVITE) {
        *invite = token_of(invite);
    }
    match visit.flow.signup(&provider, fields.clone(), &visit.client).await {
        Ok(answer) => challenge::go_on(&visit, answer, &return_to).await,
        Err(error) => {
            let invite = invite_of(&fields).to_owned();
            let tried = Tried::new(&visit, Door::SignUp, provider, &fields, beside_field(error))?.invited(&invite);
            Ok(draw(&visit, &return_to, &invite, Some(&tried)))
        }
    }
}

/// An invitation as it was copied: the token, or the whole link that it came in.
fn token_of(given: &str) -> String {
    let given = given.trim();
    let query = given.split_once('?').map(|(_, rest)| rest.split('#').next().unwrap_or_default());
    let token = query.and_then(|query| form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "token"));
    token.map_or_else(|| given.to_owned(), |(_, token)| token.into_owned())
}

/// An invitation that nobody wrote is a slip of who typed it in, and is told beside its field.
fn beside_field(error: Error) -> Error {
    match error {
        Error::InvalidToken => {
            Error::field(INVITE, "unknown_invitation", "is no invitation of ours: copy it whole from the mail, or ask for a new one")
        }
        other => other,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_taken_out_of_its_link() {
        for given in [" abc-_9 ", "https://gate.example/invite?token=abc-_9", "gate.example/auth/invite?x=y&token=abc-_9#top\n"] {
            assert_eq!(token_of(given), "abc-_9", "{given}");
        }
        for given in ["", "https://gate.example/invite", "https://gate.example/invite?other=x"] {
            assert_eq!(token_of(given), given);
        }
    }
}
