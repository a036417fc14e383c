//! A choice of one out of a few.

use maud::{Markup, html};

use super::{fields, language::Language};
use crate::model::form::FieldError;

/// A field with a list of values and what each is called.
pub(super) struct Choice<'a> {
    pub(super) id: &'a str,
    pub(super) name: &'a str,
    pub(super) label: &'a str,
    /// Value and text.
    pub(super) options: &'a [(String, String)],
    pub(super) chosen: &'a str,
    pub(super) wrong: Vec<&'a FieldError>,
}

impl Choice<'_> {
    /// With its label and what was wrong.
    pub(super) fn draw(&self, language: Language) -> Markup {
        let error_id = format!("{}-error", self.id);
        let is_wrong = !self.wrong.is_empty();
        html! {
            div class="field" {
                label for=(self.id) { (self.label) }
                select id=(self.id) name=(self.name) aria-invalid=[is_wrong.then_some("true")]
                    aria-describedby=[is_wrong.then_some(&error_id)] {
                    @for (value, text) in self.options {
                        option value=(value) selected[value == self.chosen] { (text) }
                    }
                }
                (wrong(language, &error_id, &self.wrong))
            }
        }
    }
}

/// What was wrong with a field, below it.
pub(super) fn wrong(language: Language, id: &str, errors: &[&FieldError]) -> Markup {
    html! {
        @if !errors.is_empty() {
            p class="wrong" id=(id) {
                @for error in errors { span { (fields::reason(language, error)) " " } }
            }
        }
    }
}
