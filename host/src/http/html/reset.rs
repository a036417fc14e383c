//! The page behind links that reset a password.

use maud::html;
use poem::{Request, Response, http::StatusCode};

use super::{Language, query, trouble::Stop, visit::Visit};
use crate::{
    flow::{Error, proof::Claim},
    model::{
        Secret,
        form::{Field, FieldError, Form, Kind},
        proof::Purpose,
    },
};

pub(super) const PATH: &str = "/reset";

/// A form for the new password. Nothing changes.
pub(super) async fn show(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    ask(&visit, StatusCode::OK, query(&request, "token"), None).await
}

/// Takes the new password.
pub(super) async fn answer(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    let form = Form {
        fields: vec![
            Field::new("token", Kind::Token, "Token", 100),
            // For password managers alone.
            Field::new("username", Kind::Text, "Address", 254).optional(),
            Field::new("new_password", Kind::Password, "New password", 1000),
        ],
    };
    let entries = visit.read_form(request, &form).await?;
    let token = entries.text("token").unwrap_or_default().to_owned();
    let new = entries.password("new_password").cloned().unwrap_or_else(|| Secret::new(String::new()));
    match visit.flow.reset_password(&Claim::Link(Secret::new(token.clone())), &new, &visit.client).await {
        Ok(()) => Ok(done(&visit)),
        Err(Error::Fields(errors)) => ask(&visit, StatusCode::BAD_REQUEST, token, errors.first()).await,
        Err(Error::InvalidToken) => Ok(visit.dead_link()),
        Err(Error::AccountDisabled) => Ok(disabled(&visit)),
        Err(other) => Err(other.into()),
    }
}

async fn ask(visit: &Visit, status: StatusCode, token: String, wrong: Option<&FieldError>) -> Result<Response, Stop> {
    let link = visit.flow.look_at_link(&Claim::Link(Secret::new(token.clone()))).await?;
    let Some((_, email)) = link.filter(|(purpose, _)| *purpose == Purpose::Reset) else { return Ok(visit.dead_link()) };
    let language = visit.language;
    let content = html! {
        p { (language.pick("For", "Для")) " " (email.as_str()) "." }
        form method="post" action={ (visit.base) (PATH) } {
            (visit.form_token())
            input type="hidden" name="token" value=(token);
            input type="email" name="username" value=(email.as_str()) autocomplete="username" readonly hidden;
            label for="new_password" { (language.pick("New password", "Новый пароль")) }
            input type="password" id="new_password" name="new_password" autocomplete="new-password" required minlength="8" maxlength="128" autofocus;
            @if let Some(wrong) = wrong {
                p class="wrong" role="alert" { (reason(language, wrong)) }
            }
            button type="submit" { (language.pick("Set the password", "Сохранить пароль")) }
        }
        p class="quiet" {
            (language.pick("8 to 128 characters; a few random words make a good one. You will be signed out on all devices.",
                           "От 8 до 128 символов; хорошо подходят несколько случайных слов. Все ваши сеансы будут завершены."))
        }
    };
    Ok(visit.page(status, language.pick("Set a new password", "Новый пароль"), &content))
}

/// The policy speaks English.
fn reason(language: Language, wrong: &FieldError) -> String {
    let russian = match wrong.code.as_str() {
        "too_short" => "Слишком короткий пароль: нужно не меньше 8 символов.",
        "too_long" => "Слишком длинный пароль: не больше 128 символов.",
        "control_characters" => "Пароль содержит недопустимые символы.",
        _ => "Такой пароль легко угадать. Добавьте ещё одно-два слова.",
    };
    match language {
        Language::English => wrong.message.clone(),
        Language::Russian => russian.to_owned(),
    }
}

fn done(visit: &Visit) -> Response {
    let title = visit.language.pick("Your password is set", "Пароль сохранён");
    let text = visit
        .language
        .pick("Sign in with it now. You were signed out on all devices.", "Теперь войдите с новым паролем. Все прежние сеансы завершены.");
    visit.say(StatusCode::OK, title, text)
}

fn disabled(visit: &Visit) -> Response {
    let title = visit.language.pick("This account is disabled", "Эта учётная запись отключена");
    let text = visit.language.pick("Ask the operator of this site.", "Обратитесь к администратору сайта.");
    visit.say(StatusCode::BAD_REQUEST, title, text)
}
