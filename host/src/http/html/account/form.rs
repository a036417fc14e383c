//! A form on a page of its own: as it is, and again after a mistake.

use maud::{Markup, html};
use poem::{Response, http::StatusCode};

use super::super::{
    fields::{self, Typed, Use},
    language::Language,
    trouble::{Beside, Stop},
    visit::Visit,
};
use crate::{
    flow::Error,
    model::form::{Form, RawBody},
};

/// What stands in a form, and what was wrong with it.
pub(super) struct Filled {
    typed: Typed,
    wrong: Wrong,
}

enum Wrong {
    Nothing,
    Fields,
    All(Beside),
}

impl Filled {
    /// Nothing was tried yet.
    pub(super) const fn with(typed: Typed) -> Self {
        Self { typed, wrong: Wrong::Nothing }
    }

    /// After what was tried came to nothing; the error back if it is not about the form.
    pub(super) fn after(language: Language, form: &Form, body: &RawBody, error: Error) -> Result<Self, Stop> {
        Ok(match error {
            Error::Fields(errors) => Self { typed: Typed::again(form, body, errors), wrong: Wrong::Fields },
            other => Self { typed: Typed::again(form, body, Vec::new()), wrong: Wrong::All(Beside::form(language, other)?) },
        })
    }

    /// The page with it: with the status of what was wrong, and when to try again.
    pub(super) fn page(&self, visit: &Visit, title: &str, content: &Markup) -> Response {
        match &self.wrong {
            Wrong::Nothing => visit.page(StatusCode::OK, title, content),
            Wrong::Fields => visit.page(StatusCode::BAD_REQUEST, title, content),
            Wrong::All(beside) => beside.answer(visit.page(beside.status(), title, content)),
        }
    }

    /// What was wrong with all of it.
    pub(super) fn trouble(&self) -> Markup {
        html! { @if let Wrong::All(beside) = &self.wrong { p class="wrong" role="alert" { (beside.text) } } }
    }

    /// The form, sent to `path`. `more` stands before the button.
    pub(super) fn draw(&self, visit: &Visit, path: &str, form: &Form, usage: Use, more: &Markup) -> Markup {
        html! {
            (self.trouble())
            @for error in self.typed.elsewhere(form) { p class="wrong" role="alert" { (error.field) ": " (fields::reason(visit.language, error)) } }
            form method="post" action={ (visit.base) (path) } {
                (visit.form_token())
                (fields::draw(visit.language, "own", form, &self.typed, usage))
                (more)
            }
        }
    }
}

/// The button that sends a form, and the way out of it.
pub(super) fn buttons(visit: &Visit, button: &str, class: Option<&str>, back: &str) -> Markup {
    html! {
        button type="submit" class=[class] { (button) }
        p { a href={ (visit.base) (back) } { (visit.language.pick("Cancel", "Отмена")) } }
    }
}
