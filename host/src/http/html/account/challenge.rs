//! What a provider asks while it is added to an account, until the answer is right.

use maud::{Markup, PreEscaped, html};
use poem::Response;
use serde::{Deserialize, Serialize};

use super::{
    super::{
        fields::{Typed, Use},
        language::Language,
        visit::Visit,
    },
    form::{Filled, buttons},
    way,
};
use crate::{
    flow::{Error, challenge::Challenge, qr},
    model::form::{Form, Raw, RawBody},
};

/// The field that names the pending step.
pub(super) const FLOW: &str = "flow";
/// The field that brings the question back, since it is kept nowhere and has to be shown again after a mistake.
const QUESTION: &str = "question";

/// What was asked. It comes back from the browser: everything of it is shown as text, and pictures are drawn anew.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Question {
    provider: String,
    message: String,
    pub(super) form: Form,
    data: Vec<(String, String)>,
}

/// The first time that it is asked.
pub(super) fn draw(visit: &Visit, path: &str, challenge: Challenge) -> Response {
    let Challenge { flow, provider, message, form, data, redirect, .. } = challenge;
    let data = data.into_iter().filter(|(name, _)| name != qr::DRAWING).collect();
    let question = Question { provider, message, form, data };
    question.write(visit, path, &flow, &Filled::with(Typed::default()), redirect.as_deref())
}

/// Takes the question out of an answer.
pub(super) fn taken_back(body: &mut RawBody) -> Result<Question, Error> {
    match body.remove(QUESTION) {
        Some(Raw::Text(text)) => serde_json::from_str(&text).map_err(|_| Error::UnknownFlow),
        _ => Ok(Question::default()),
    }
}

impl Question {
    /// Asks again.
    pub(super) fn draw(&self, visit: &Visit, path: &str, flow: &str, filled: &Filled) -> Response {
        self.write(visit, path, flow, filled, None)
    }

    fn write(&self, visit: &Visit, path: &str, flow: &str, filled: &Filled, redirect: Option<&str>) -> Response {
        let language = visit.language;
        let title = format!("{}: {}", language.pick("Add", "Добавить"), way::name(visit, &self.provider));
        let again = serde_json::to_string(self).unwrap_or_default();
        let more = html! {
            input type="hidden" name=(FLOW) value=(flow);
            input type="hidden" name=(QUESTION) value=(again);
            (buttons(visit, language.pick("Confirm", "Подтвердить"), None, way::PATH))
        };
        let content = html! {
            p { (self.message(language)) }
            @if let Some(address) = redirect {
                p { a class="button" href=(address) { (language.pick("Go on there", "Перейти")) } }
            }
            (self.drawing(language))
            (filled.draw(visit, path, &self.form, Use::Current, &more))
        };
        visit.page(filled.status, &title, &content)
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.data.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// Providers speak English, unless they heed the page's language.
    fn message(&self, language: Language) -> &str {
        if language == Language::Russian && self.get("otpauth_uri").is_some() && self.message.is_ascii() {
            return "Отсканируйте код приложением-аутентификатором или введите в него ключ, затем введите шесть цифр, которые оно показывает.";
        }
        &self.message
    }

    /// For an authenticator app: a code to scan, a link for the phone that shows the page, and the secret to type.
    fn drawing(&self, language: Language) -> Markup {
        let Some(uri) = self.get("otpauth_uri").filter(|uri| uri.starts_with("otpauth://")) else { return html! {} };
        let drawn = qr::with_code(vec![("otpauth_uri".to_owned(), uri.to_owned())]);
        let drawing = drawn.iter().find(|(name, _)| name == qr::DRAWING).map(|(_, svg)| svg.as_str());
        html! {
            @if let Some(svg) = drawing {
                // Drawn by the gateway a line above: shapes, and no text of anybody's.
                div class="qr" role="img" aria-label=(language.pick("QR code for the app", "QR-код для приложения")) { (PreEscaped(svg)) }
            }
            p { a href=(uri) { (language.pick("Open the app on this device", "Открыть приложение на этом устройстве")) } }
            @if let Some(secret) = self.get("secret") {
                dl { dt { (language.pick("Secret", "Ключ")) } dd { code { (secret) } } }
            }
        }
    }
}
