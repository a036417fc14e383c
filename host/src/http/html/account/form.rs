//! A form on a page of its own: as it is, and again after a mistake.

use maud::{Markup, html};
use poem::http::StatusCode;

use super::super::{
    fields::{self, Typed, Use},
    language::Language,
    trouble,
    visit::Visit,
};
use crate::{
    flow::Error,
    model::form::{Form, RawBody},
};

/// What stands in a form, and what was wrong with it.
pub(super) struct Filled {
    pub(super) status: StatusCode,
    typed: Typed,
    trouble: Option<String>,
}

impl Filled {
    /// Nothing was tried yet.
    pub(super) const fn with(typed: Typed) -> Self {
        Self { status: StatusCode::OK, typed, trouble: None }
    }

    /// After what was tried came to nothing; the error back if it is not about the form.
    pub(super) fn after(language: Language, form: &Form, body: &RawBody, error: Error) -> Result<Self, Error> {
        let status = match &error {
            Error::RateLimited(_) => StatusCode::TOO_MANY_REQUESTS,
            Error::Hashing(_) | Error::Provider { .. } => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::BAD_REQUEST,
        };
        match error {
            Error::Fields(errors) => Ok(Self { status, typed: Typed::again(form, body, errors), trouble: None }),
            other => {
                let trouble = Some(trouble::above_form(language, other)?);
                Ok(Self { status, typed: Typed::again(form, body, Vec::new()), trouble })
            }
        }
    }

    /// What was wrong with all of it.
    pub(super) fn trouble(&self) -> Markup {
        html! { @if let Some(trouble) = &self.trouble { p class="wrong" role="alert" { (trouble) } } }
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
