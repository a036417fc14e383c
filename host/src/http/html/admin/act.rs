//! Acts: what is asked before one that cannot be undone, and what is said after one that was done.

use maud::{Markup, html};
use poem::{Request, Response, http::StatusCode};

use super::{
    super::{
        query,
        trouble::{self, Stop},
        visit::Visit,
    },
    Tab, frame_with,
};
use crate::flow::Error;

/// The parameter of an address that names what was done.
const DONE: &str = "done";

/// What may be said; nothing else from the address is.
const NOTES: &[(&str, &str, &str)] = &[
    ("created", "Created.", "Создано."),
    ("deleted", "Deleted.", "Удалено."),
    ("disabled", "Disabled and signed out everywhere.", "Учётная запись отключена, все сеансы завершены."),
    ("enabled", "Enabled.", "Учётная запись включена."),
    ("granted", "The role was given.", "Роль назначена."),
    ("invited", "Invited: the mail is on its way.", "Приглашение создано: письмо отправляется."),
    ("password", "The password is set; all sessions ended.", "Пароль задан, все сеансы завершены."),
    ("reloaded", "The directory was read.", "Каталог прочитан."),
    ("removed", "Removed.", "Удалено."),
    ("retried", "It is tried again now.", "Отправляется ещё раз."),
    ("revoked", "Taken back.", "Отозвано."),
    ("saved", "Saved.", "Сохранено."),
    ("sessions-ended", "The sessions ended.", "Сеансы завершены."),
    ("signed-out", "Signed out everywhere.", "Все сеансы завершены."),
    ("switched-off", "Switched off, on all gateways.", "Выключен на всех шлюзах."),
    ("switched-on", "Switched on, on all gateways.", "Включён на всех шлюзах."),
];

/// What was done before this page, if the address names it.
pub(super) fn note(visit: &Visit, request: &Request) -> Markup {
    let code = query(request, DONE);
    let note = NOTES.iter().find(|(known, _, _)| *known == code);
    html! {
        @if let Some((_, english, russian)) = note {
            p class="notice" role="status" { (visit.language.pick(english, russian)) }
        }
    }
}

/// On to a page that says what was done.
pub(super) fn done(visit: &Visit, path: &str, code: &str) -> Response {
    visit.see_other(&format!("{path}?{DONE}={code}"))
}

/// What is asked before an act.
pub(super) struct Ask<'a> {
    pub(super) tab: Tab,
    pub(super) title: &'a str,
    /// What will happen.
    pub(super) text: Markup,
    /// Where the form goes.
    pub(super) action: &'a str,
    /// What the button says.
    pub(super) button: &'a str,
    /// Where "Cancel" leads.
    pub(super) back: &'a str,
}

impl Ask<'_> {
    /// The page that asks.
    pub(super) fn draw(&self, visit: &Visit) -> Response {
        self.page(visit, StatusCode::OK, None)
    }

    /// The same after the act was refused; other trouble is drawn by the frame.
    pub(super) fn again(&self, visit: &Visit, error: Error) -> Result<Response, Stop> {
        let trouble = refused(visit, error)?;
        Ok(self.page(visit, StatusCode::BAD_REQUEST, Some(&trouble)))
    }

    fn page(&self, visit: &Visit, status: StatusCode, trouble: Option<&str>) -> Response {
        let content = html! {
            section class="card" aria-label=(self.title) {
                @if let Some(trouble) = trouble { p class="wrong" role="alert" { (trouble) } }
                (self.text)
                form method="post" action={ (visit.base) (self.action) } class="row" {
                    (visit.form_token())
                    button type="submit" class="danger" { (self.button) }
                    a class="button second" href={ (visit.base) (self.back) } { (visit.language.pick("Cancel", "Отмена")) }
                }
            }
        };
        frame_with(visit, status, self.tab, self.title, &content)
    }
}

/// Why an act was refused, as a sentence; the error back if it is no refusal.
pub(super) fn refused(visit: &Visit, error: Error) -> Result<String, Error> {
    match error {
        Error::InvitationUsed => Ok(visit
            .language
            .pick("This invitation was used already: it has made an account.", "Приглашение уже использовано: учётная запись создана.")
            .to_owned()),
        other => trouble::above_form(visit.language, other),
    }
}
