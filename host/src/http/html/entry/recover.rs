//! Forgotten passwords: a letter, then its code and a new password. The link in the letter leads to a page of its own.

use std::time::Duration;

use maud::html;
use poem::{Request, Response, http::StatusCode};

use super::{
    super::{
        cookie,
        fields::{self, Typed, Use},
        trouble::{Beside, Stop},
        visit::Visit,
    },
    RETURN_TO, asked_back,
    pending::Pending,
    read, take_own, with_return,
};
use crate::{
    flow::{Error, proof::Claim},
    model::{
        Email, Secret,
        form::{Entries, Field, FieldError, Form, Kind},
    },
};

fn address_form() -> Form {
    Form { fields: vec![Field::new("email", Kind::Email, "E-mail", 254)] }
}

fn code_form() -> Form {
    let code = Field::new("code", Kind::Token, "The code in the mail", 20);
    let password = Field::new("new_password", Kind::Password, "New password", 1000);
    let help = "8 to 128 characters; a few random words make a good one.".to_owned();
    Form { fields: vec![code, Field { help, ..password }] }
}

/// `GET /recover`.
pub(super) async fn show(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    if visit.caller.is_some() {
        return Ok(visit.see_other("/"));
    }
    Ok(ask_address(&visit, StatusCode::OK, &asked_back(&visit, &request), &Typed::default(), None))
}

/// `POST /recover`. The answer is the same whether or not the address has an account (security rule 23).
pub(super) async fn answer(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    let (body, return_to) = read(&visit, request, |body| take_own(body, RETURN_TO)).await?;
    let asked = async {
        let entries = address_form().read(body.clone()).map_err(Error::Fields)?;
        let email = entries.text("email").and_then(|text| Email::parse(text).ok());
        visit.flow.recover(&email.ok_or_else(|| Error::field("email", "required", "is required"))?, &visit.client).await
    };
    match asked.await {
        Ok(sent) => {
            let pending = Pending::new(&sent.flow, &return_to);
            Ok(pending.keep(&visit, cookie::RECOVERY, Duration::from_secs(sent.expires_in), visit.see_other("/recover/code")))
        }
        Err(Error::Fields(errors)) => {
            let typed = Typed::again(&address_form(), &body, errors);
            Ok(ask_address(&visit, StatusCode::BAD_REQUEST, &return_to, &typed, None))
        }
        Err(other) => {
            let trouble = Beside::form(visit.language, other)?;
            let typed = Typed::again(&address_form(), &body, Vec::new());
            Ok(trouble.answer(ask_address(&visit, trouble.status(), &return_to, &typed, Some(&trouble.text))))
        }
    }
}

fn ask_address(visit: &Visit, status: StatusCode, return_to: &str, typed: &Typed, trouble: Option<&str>) -> Response {
    let language = visit.language;
    let content = html! {
        p { (language.pick("We send you a mail with a link and a code.", "Мы отправим вам письмо со ссылкой и кодом.")) }
        @if let Some(trouble) = trouble { p class="wrong" role="alert" { (trouble) } }
        form method="post" action={ (visit.base) "/recover" } {
            (visit.form_token())
            @if !return_to.is_empty() { input type="hidden" name=(RETURN_TO) value=(return_to); }
            (fields::draw(language, "recover", &address_form(), typed, Use::Current))
            button type="submit" { (language.pick("Send the mail", "Отправить письмо")) }
        }
        p { a href={ (visit.base) (with_return("/", return_to)) } { (language.pick("Back to the sign-in", "Вернуться ко входу")) } }
    };
    visit.page(status, language.pick("Forgot password?", "Забыли пароль?"), &content)
}

/// `GET /recover/code`: for the browser that asked for the letter.
pub(super) async fn show_code(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    if visit.caller.is_some() {
        return Ok(visit.see_other("/"));
    }
    match Pending::read(&visit, &request, cookie::RECOVERY) {
        Some(pending) => Ok(ask_code(&visit, StatusCode::OK, &pending.flow, &Typed::default(), None)),
        None => Ok(visit.see_other("/recover")),
    }
}

/// `POST /recover/code`.
pub(super) async fn answer_code(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    let pending = Pending::read(&visit, &request, cookie::RECOVERY).unwrap_or_default();
    let (mut body, _) = read(&visit, request, |_| pending.return_to.clone()).await?;
    let flow = take_own(&mut body, "flow");
    let reset = async {
        let entries = code_form().read(body.clone()).map_err(Error::Fields)?;
        let claim = Claim::read(None, Some(&flow), entries.text("code"))?;
        visit.flow.reset_password(&claim, &new_password(&entries), &visit.client).await
    };
    match reset.await {
        Ok(()) => {
            let return_to = if pending.flow == flow { pending.return_to.as_str() } else { "" };
            Ok(visit.drop(cookie::RECOVERY, visit.see_other(&with_return("/?done=password", return_to))))
        }
        Err(Error::InvalidCode) => {
            let wrong = FieldError::new("code", "invalid_code", "is wrong, was used, or is too old: take that of the latest mail");
            Ok(ask_code(&visit, StatusCode::BAD_REQUEST, &flow, &Typed::again(&code_form(), &body, vec![wrong]), None))
        }
        Err(Error::Fields(errors)) => {
            Ok(ask_code(&visit, StatusCode::BAD_REQUEST, &flow, &Typed::again(&code_form(), &body, errors), None))
        }
        Err(other) => {
            let trouble = Beside::form(visit.language, other)?;
            let typed = Typed::again(&code_form(), &body, Vec::new());
            Ok(trouble.answer(ask_code(&visit, trouble.status(), &flow, &typed, Some(&trouble.text))))
        }
    }
}

fn new_password(entries: &Entries) -> Secret<String> {
    entries.password("new_password").cloned().unwrap_or_else(|| Secret::new(String::new()))
}

fn ask_code(visit: &Visit, status: StatusCode, flow: &str, typed: &Typed, trouble: Option<&str>) -> Response {
    let language = visit.language;
    let content = html! {
        p {
            (language.pick(
                "If the address has an account, a mail is under way to it. Follow its link, or enter its code here.",
                "Если у этого адреса есть учётная запись, письмо уже отправлено. Откройте ссылку из него или введите код здесь.",
            ))
        }
        @if let Some(trouble) = trouble { p class="wrong" role="alert" { (trouble) } }
        form method="post" action={ (visit.base) "/recover/code" } {
            (visit.form_token())
            input type="hidden" name="flow" value=(flow);
            (fields::draw(language, "reset", &code_form(), typed, Use::New))
            button type="submit" { (language.pick("Set the password", "Сохранить пароль")) }
        }
        p { a href={ (visit.base) "/recover" } { (language.pick("Send another mail", "Отправить ещё одно письмо")) } }
    };
    visit.page(status, language.pick("Set a new password", "Новый пароль"), &content)
}
