//! The page behind links that prove an address.

use maud::html;
use poem::{Request, Response, http::StatusCode};

use super::{query, trouble::Stop, visit::Visit};
use crate::{
    flow::{
        Error,
        proof::Claim,
        verification::{Side, Verified},
    },
    model::{
        Email, Secret,
        form::{Field, Form, Kind},
        proof::Purpose,
    },
};

pub(super) const PATH: &str = "/verify-email";
/// The value of `action` that says "this was not me".
const DISOWN: &str = "disown";

/// What the link is about, and a button. Nothing changes.
pub(super) async fn show(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    let token = query(&request, "token");
    let link = visit.flow.look_at_link(&Claim::Link(Secret::new(token.clone()))).await?;
    let Some((purpose, email)) = link.filter(|(purpose, _)| *purpose != Purpose::Reset) else { return Ok(visit.dead_link()) };
    let (title, text, button) = words(&visit, purpose, &email);
    let content = html! {
        p { (text) }
        form method="post" action={ (visit.base) (PATH) } {
            (visit.form_token())
            input type="hidden" name="token" value=(token);
            button type="submit" name="action" value="confirm" { (button) }
            @if purpose == Purpose::EmailOld {
                button type="submit" name="action" value=(DISOWN) class="second" { (visit.language.pick("This was not me", "Это не я")) }
            }
        }
        p class="quiet" {
            @if purpose == Purpose::EmailOld {
                (visit.language.pick(
                    "“This was not me” keeps your address and signs you out on all devices.",
                    "«Это не я» оставит ваш адрес прежним и завершит все сеансы."
                ))
            } @else {
                (visit.language.pick("If you did not ask for this, close this page.", "Если вы этого не запрашивали, закройте эту страницу."))
            }
        }
    };
    Ok(visit.page(StatusCode::OK, title, &content))
}

/// Takes the button.
pub(super) async fn answer(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    let form =
        Form { fields: vec![Field::new("token", Kind::Token, "Token", 100), Field::new("action", Kind::Text, "Action", 20).optional()] };
    let entries = visit.read_form(request, &form).await?;
    let claim = Claim::Link(Secret::new(entries.text("token").unwrap_or_default().to_owned()));
    if entries.text("action") == Some(DISOWN) {
        return match visit.flow.disown_address(&claim, &visit.client).await {
            Ok(()) => Ok(disowned(&visit)),
            Err(Error::InvalidToken) => Ok(visit.dead_link()),
            Err(other) => Err(other.into()),
        };
    }
    match visit.flow.verify_email(&claim, &visit.client).await {
        Ok(verified) => Ok(done(&visit, &verified)),
        Err(Error::InvalidToken) => Ok(visit.dead_link()),
        Err(Error::EmailTaken | Error::IdentityTaken) => Ok(taken(&visit)),
        Err(other) => Err(other.into()),
    }
}

/// Title, text and button.
fn words(visit: &Visit, purpose: Purpose, email: &Email) -> (&'static str, String, &'static str) {
    let language = visit.language;
    let confirm = language.pick("Confirm", "Подтвердить");
    match purpose {
        Purpose::Signup => (
            language.pick("Finish signing up", "Завершите регистрацию"),
            format!("{} {email}.", language.pick("There will be an account for", "Будет создана учётная запись для")),
            language.pick("Make my account", "Создать учётную запись"),
        ),
        Purpose::EmailOld => (
            language.pick("Your address is to change", "Смена адреса"),
            format!("{} {email}.", language.pick("Your account is to have the address", "Новый адрес вашей учётной записи:")),
            language.pick("I agree", "Согласен"),
        ),
        Purpose::EmailNew => (
            language.pick("Confirm your new address", "Подтвердите новый адрес"),
            format!("{} {email}.", language.pick("Your account is to have the address", "Новый адрес вашей учётной записи:")),
            confirm,
        ),
        Purpose::Verify | Purpose::Reset => (
            language.pick("Confirm your address", "Подтвердите адрес"),
            format!("{} {email}.", language.pick("This confirms that you have the address", "Это подтвердит, что вам принадлежит адрес")),
            confirm,
        ),
    }
}

fn done(visit: &Visit, verified: &Verified) -> Response {
    let language = visit.language;
    let text = match verified.pending.first() {
        None => format!(
            "{} {}",
            verified.email,
            language.pick("is confirmed. You can sign in now.", "— адрес подтверждён. Теперь можно войти.")
        ),
        Some(Side::Old) => language
            .pick(
                "One more step: follow the link in the mail to your old address.",
                "Ещё один шаг: откройте ссылку из письма на ваш прежний адрес.",
            )
            .to_owned(),
        Some(Side::New) => language
            .pick(
                "One more step: follow the link in the mail to your new address.",
                "Ещё один шаг: откройте ссылку из письма на ваш новый адрес.",
            )
            .to_owned(),
    };
    visit.say(StatusCode::OK, language.pick("Thank you", "Спасибо"), &text)
}

fn disowned(visit: &Visit) -> Response {
    let title = visit.language.pick("Your address stays", "Ваш адрес не изменён");
    let text = visit.language.pick(
        "The change was given up, and you were signed out on all devices. Set a new password: somebody may know the old one.",
        "Смена адреса отменена, все сеансы завершены. Задайте новый пароль: прежний мог стать кому-то известен.",
    );
    visit.say(StatusCode::OK, title, text)
}

fn taken(visit: &Visit) -> Response {
    let title = visit.language.pick("This address has an account", "У этого адреса уже есть учётная запись");
    let text = visit.language.pick(
        "Sign in to it; if you have forgotten its password, ask for a new one.",
        "Войдите в неё; если пароль забыт, запросите новый.",
    );
    visit.say(StatusCode::BAD_REQUEST, title, text)
}
