//! What narrows a list: kept in the address, so that a page of it can be sent to somebody else.

use maud::{Markup, html};
use poem::Request;

use super::super::{
    choice::{self, Choice},
    fields, query,
    visit::Visit,
};
use crate::model::form::FieldError;

/// One field of a filter.
pub(super) struct Filter {
    pub(super) name: &'static str,
    /// In English and in Russian.
    pub(super) label: (&'static str, &'static str),
    /// Value, English, Russian; empty where any text may stand.
    pub(super) options: &'static [(&'static str, &'static str, &'static str)],
}

/// A filter and what the address says.
pub(super) struct Filters {
    path: &'static str,
    given: Vec<(&'static Filter, String)>,
}

impl Filters {
    /// From the address of a list at `path`.
    pub(super) fn read(request: &Request, path: &'static str, filters: &'static [Filter]) -> Self {
        Self { path, given: filters.iter().map(|filter| (filter, query(request, filter.name))).collect() }
    }

    /// What is asked for; nothing if the field was left empty.
    pub(super) fn get(&self, name: &str) -> Option<String> {
        let given = self.given.iter().find(|(filter, _)| filter.name == name);
        given.map(|(_, value)| value.clone()).filter(|value| !value.is_empty())
    }

    /// For the addresses of other pages.
    pub(super) fn pairs(&self) -> Vec<(&str, &str)> {
        self.given.iter().map(|(filter, value)| (filter.name, value.as_str())).collect()
    }

    /// The form, with what was wrong in the address.
    pub(super) fn draw(&self, visit: &Visit, errors: &[FieldError]) -> Markup {
        let language = visit.language;
        let is_own = |error: &&FieldError| self.given.iter().any(|(filter, _)| filter.name == error.field);
        html! {
            @for error in errors.iter().filter(|error| !is_own(error)) {
                p class="wrong" role="alert" { (fields::reason(language, error)) }
            }
            form method="get" action={ (visit.base) (self.path) } class="row filter" role="search" {
                @for (filter, value) in &self.given { (one(visit, filter, value, errors)) }
                button type="submit" class="second" { (language.pick("Show", "Показать")) }
                @if self.given.iter().any(|(_, value)| !value.is_empty()) {
                    a href={ (visit.base) (self.path) } { (language.pick("Show all", "Показать все")) }
                }
            }
        }
    }
}

fn one(visit: &Visit, filter: &Filter, value: &str, errors: &[FieldError]) -> Markup {
    let language = visit.language;
    let id = format!("filter-{}", filter.name);
    let label = language.pick(filter.label.0, filter.label.1);
    let wrong: Vec<&FieldError> = errors.iter().filter(|error| error.field == filter.name).collect();
    if !filter.options.is_empty() {
        let all = [(String::new(), language.pick("All", "Все").to_owned())];
        let named =
            filter.options.iter().map(|(value, english, russian)| ((*value).to_owned(), language.pick(english, russian).to_owned()));
        let options: Vec<(String, String)> = all.into_iter().chain(named).collect();
        return Choice { id: &id, name: filter.name, label, options: &options, chosen: value, wrong }.draw(language);
    }
    let error_id = format!("{id}-error");
    let is_wrong = !wrong.is_empty();
    html! {
        div class="field" {
            label for=(id) { (label) }
            input type="search" id=(id) name=(filter.name) value=(value) maxlength="254" autocapitalize="none" spellcheck="false"
                autocomplete="off" aria-invalid=[is_wrong.then_some("true")] aria-describedby=[is_wrong.then_some(&error_id)];
            (choice::wrong(language, &error_id, &wrong))
        }
    }
}
