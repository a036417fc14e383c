//! A long list: a filter above it, a table, and the ways to its other pages.

use maud::{Markup, html};
use poem::{Response, http::StatusCode};

use super::{
    super::{pager, trouble::Stop, visit::Visit},
    Tab,
    filter::Filters,
    frame_with,
};
use crate::{
    flow::Error,
    model::page::{Page, PageRequest},
};

/// A list before it is drawn.
pub(super) struct List<'a> {
    pub(super) tab: Tab,
    pub(super) title: &'a str,
    /// Above the filter.
    pub(super) above: Markup,
    pub(super) filters: &'a Filters,
    /// 400 if something else on the page was wrong.
    pub(super) status: StatusCode,
}

impl List<'_> {
    /// With what was found, or what was wrong with the question.
    pub(super) fn draw<T>(
        &self,
        visit: &Visit,
        found: Result<(PageRequest, Page<T>), Error>,
        table: impl Fn(&[T]) -> Markup,
    ) -> Result<Response, Stop> {
        let (status, errors, body) = match found {
            Ok((asked, page)) => {
                let body = html! {
                    @if page.items.is_empty() {
                        p class="quiet" { (visit.language.pick("Nothing found.", "Ничего не найдено.")) }
                    } @else {
                        (table(&page.items))
                    }
                    (pager::draw(visit, self.tab.path(), &self.filters.pairs(), &asked, &page))
                };
                (self.status, Vec::new(), body)
            }
            Err(Error::Fields(errors)) => (StatusCode::BAD_REQUEST, errors, html! {}),
            Err(other) => return Err(other.into()),
        };
        let content = html! {
            (self.above)
            div class="card" {
                (self.filters.draw(visit, &errors))
                (body)
            }
        };
        Ok(frame_with(visit, status, self.tab, self.title, &content))
    }
}

/// A table that may be wider than the screen.
pub(super) fn table(label: &str, columns: &[&str], rows: &Markup) -> Markup {
    html! {
        div class="scroll" tabindex="0" role="group" aria-label=(label) {
            table {
                caption class="unseen" { (label) }
                thead { tr { @for column in columns { th scope="col" { (column) } } } }
                tbody { (rows) }
            }
        }
    }
}
