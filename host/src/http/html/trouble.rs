//! What stands in for an error where a person reads it.

use maud::html;
use poem::{
    Endpoint, IntoResponse as _, Request, Response,
    endpoint::make,
    http::{HeaderValue, StatusCode, header},
};

use super::{
    super::problem::{Problem, Told},
    language::Language,
    layout::{Sheet, Width},
    visit,
};
use crate::flow::Error;

/// Why a page is not what was asked for.
pub(super) enum Stop {
    /// Trouble: the frame draws it.
    Problem(Box<Problem>),
    /// Another answer.
    Instead(Box<Response>),
}

impl<E: Into<Problem>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Problem(Box::new(error.into()))
    }
}

/// A page as an endpoint.
pub(super) fn page<F, A>(answer: F) -> impl Endpoint<Output = Response>
where
    F: Fn(Request) -> A + Send + Sync,
    A: Future<Output = Result<Response, Stop>> + Send,
{
    make(move |request| {
        let answer = answer(request);
        async move {
            match answer.await {
                Ok(response) => Ok(response),
                Err(Stop::Instead(response)) => Ok(*response),
                Err(Stop::Problem(problem)) => Err(poem::Error::from(*problem)),
            }
        }
    })
}

/// The page in place of a problem document.
#[must_use]
pub fn in_place_of(problem: &Response, language: Language, public_url: &str) -> Response {
    let status = problem.status();
    let code = problem.data::<Told>().map_or("", |told| told.code.as_str());
    let (title, text) = words(language, status, code);
    let base = visit::base(public_url);
    let content = html! { p { (text) } p { a href={ (base) "/" } { (language.pick("To the start page", "На главную")) } } };
    let sheet = Sheet {
        status,
        language,
        base: &base,
        title,
        width: Width::Narrow,
        header: None,
        content: &content,
        footer: None,
        script: None,
        trusted: &[],
    };
    let mut response = sheet.write();
    for name in [header::RETRY_AFTER, header::ALLOW] {
        if let Some(value) = problem.headers().get(&name) {
            response.headers_mut().insert(name, value.clone());
        }
    }
    response
}

fn words(language: Language, status: StatusCode, code: &str) -> (&'static str, &'static str) {
    match (status, code) {
        (StatusCode::TOO_MANY_REQUESTS, _) => (
            language.pick("Too many tries", "Слишком много попыток"),
            language.pick("Wait a little, then try again.", "Подождите немного и попробуйте ещё раз."),
        ),
        (_, "cross_origin") => (
            language.pick("This came from another site", "Запрос пришёл с другого сайта"),
            language.pick("Open the page here and use the button there.", "Откройте страницу у нас и нажмите кнопку на ней."),
        ),
        (_, "form_expired") => (
            language.pick("This page was open too long", "Страница была открыта слишком долго"),
            language.pick(
                "Go back, reload it and try again. If that does not help, allow cookies for this site.",
                "Вернитесь назад, обновите страницу и попробуйте ещё раз. Если не поможет, разрешите cookie для этого сайта.",
            ),
        ),
        (_, "reauthentication_required") => (
            language.pick("Sign in again", "Войдите ещё раз"),
            language.pick(
                "This needs a recent sign-in. Sign out, sign in again, and repeat it.",
                "Для этого нужно войти недавно. Выйдите, войдите снова и повторите.",
            ),
        ),
        (StatusCode::FORBIDDEN, _) => (
            language.pick("Not for you", "Нет доступа"),
            language.pick("This page is for administrators only.", "Эта страница только для администраторов."),
        ),
        (StatusCode::NOT_FOUND, _) => (
            language.pick("Nothing here", "Здесь ничего нет"),
            language.pick("There is no such page, or what it showed is gone.", "Такой страницы нет, или то, что на ней было, удалено."),
        ),
        (status, _) if status.is_server_error() => (
            language.pick("Out of order for a moment", "Временная неполадка"),
            language.pick(
                "Try again in a minute. Nothing was lost, and links in mails go on working.",
                "Попробуйте через минуту. Ничего не потеряно, ссылки из писем продолжают действовать.",
            ),
        ),
        _ => (
            language.pick("This did not work", "Не получилось"),
            language.pick("Go back and try again.", "Вернитесь назад и попробуйте ещё раз."),
        ),
    }
}

/// What went wrong, where it belongs above a form; the error back if it belongs to the whole page.
pub(super) fn above_form(language: Language, error: Error) -> Result<String, Error> {
    text(language, &error).ok_or(error)
}

/// Trouble that stands beside a form, with the status that goes with it.
pub(super) struct Beside {
    pub(super) text: String,
    status: StatusCode,
    retry: Option<HeaderValue>,
}

impl Beside {
    /// Trouble with the store too: what was typed must not be lost by it.
    pub(super) fn form(language: Language, error: Error) -> Result<Self, Stop> {
        let text = match &error {
            Error::Store(_) => language
                .pick("Out of order for a moment. Try again in a minute.", "Временная неполадка. Попробуйте через минуту.")
                .to_owned(),
            other => match text(language, other) {
                Some(text) => text,
                None => return Err(error.into()),
            },
        };
        let problem = Problem::from(error).into_response();
        Ok(Self { text, status: problem.status(), retry: problem.headers().get(header::RETRY_AFTER).cloned() })
    }

    pub(super) const fn status(&self) -> StatusCode {
        self.status
    }

    /// Says when to try again.
    pub(super) fn answer(&self, mut page: Response) -> Response {
        if let Some(retry) = &self.retry {
            page.headers_mut().insert(header::RETRY_AFTER, retry.clone());
        }
        page
    }
}

fn text(language: Language, error: &Error) -> Option<String> {
    let english = error.to_string();
    let (more, russian) = match error {
        Error::InvalidCredentials => ("", "Неверные данные для входа."),
        Error::AccountDisabled => ("Ask the operator of this site.", "Эта учётная запись отключена. Обратитесь к администратору сайта."),
        Error::NoAccount => ("Sign up first.", "Такой учётной записи ещё нет. Сначала зарегистрируйтесь."),
        Error::EmailTaken | Error::MustSignInFirst => (
            "Sign in instead; if the password is forgotten, ask for a new one.",
            "У этого адреса уже есть учётная запись. Войдите; если пароль забыт, запросите новый.",
        ),
        Error::IdentityTaken | Error::LoginTaken => ("Sign in instead.", "Такая учётная запись уже есть. Войдите в неё."),
        Error::UnknownFlow => ("Begin again.", "Этот шаг уже пройден или устарел. Начните сначала."),
        Error::UnknownType { .. } | Error::ProviderDisabled(_) | Error::NotOffered { .. } => {
            ("Choose another way.", "Этот способ сейчас недоступен. Выберите другой.")
        }
        Error::InvalidCode => ("", "Код неверен, уже использован или устарел."),
        Error::VerifiedAddressRequired => ("", "Нужна учётная запись с адресом электронной почты."),
        Error::NothingToVerify => ("", "Подтверждать нечего."),
        Error::LastIdentity => ("Add another one first.", "Последний способ входа удалить нельзя. Сначала добавьте другой."),
        Error::LastAdministrator => ("", "Последнего администратора удалить нельзя."),
        Error::RoleTaken => ("", "Роль с таким именем уже есть."),
        Error::BuiltInRole(_) => ("", "Эту роль удалить нельзя: она встроенная."),
        Error::ProviderRefused { message, .. } => ("", message.as_str()),
        Error::RateLimited(_) => ("Wait a little, then try again.", "Слишком много попыток. Подождите немного и попробуйте ещё раз."),
        Error::DisabledInFile(_) => ("", "Это запрещено в файле настроек."),
        Error::Provider { .. } => {
            ("Try again later, or choose another way.", "Этот способ сейчас не работает. Попробуйте позже или выберите другой.")
        }
        Error::Hashing(_) => ("Try again in a moment.", "Сейчас слишком много запросов. Попробуйте через минуту."),
        Error::NoFactor => ("", "Сначала добавьте второй фактор."),
        Error::SignupClosed => ("", "Регистрация закрыта. Администратор может пригласить вас."),
        Error::InvalidToken => ("Ask for a new one.", "Эта ссылка больше не действует. Попросите новую."),
        Error::InvitationUsed => ("", "Это приглашение уже использовано."),
        Error::InvitationExpired => ("Ask for a new one.", "Срок этого приглашения истёк. Попросите новое."),
        Error::InvitationRevoked => ("", "Это приглашение отозвано."),
        _ => return None,
    };
    Some(match language {
        Language::Russian => russian.to_owned(),
        Language::English => sentence(&english, more),
    })
}

fn sentence(text: &str, more: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    let end = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{end} {more}", letters.as_str()).trim_end().to_owned()
}
