//! The ways to the other pages of a list.

use maud::{Markup, html};
use poem::Request;

use super::{super::page, language::Language, query, visit::Visit};
use crate::{
    flow::Error,
    model::page::{COUNTED, From, Page, PageRequest},
};

/// Items on a page that people read.
const SIZE: i64 = 25;

/// Which page the address asks for: `page_num`, or `next` after the numbered ones.
pub(super) fn request(request: &Request) -> Result<PageRequest, Error> {
    let (number, next) = (query(request, "page_num"), query(request, "next"));
    if !next.is_empty() {
        return page::request(None, Some(SIZE), Some(&next));
    }
    page::request(if number.is_empty() { None } else { Some(number.parse().unwrap_or(0)) }, Some(SIZE), None)
}

/// Links to the page before and the page after, and where this one stands. `filters` stay in the address.
pub(super) fn draw<T>(visit: &Visit, path: &str, filters: &[(&str, &str)], asked: &PageRequest, page: &Page<T>) -> Markup {
    let language = visit.language;
    let address = |name: &str, value: &str| {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(filters.iter().filter(|(_, value)| !value.is_empty()));
        query.append_pair(name, value);
        format!("{}{path}?{}", visit.base, query.finish())
    };
    let number = match asked.from {
        From::Number(number) => Some(number),
        From::After(_) => None,
    };
    // Histories are counted up to a limit; beyond it only the cursor goes on.
    let counted = number.is_some_and(|number| u64::from(number) * u64::from(asked.size) < page.total);
    let next = match (number, page.next) {
        (Some(number), Some(_)) if counted => Some(address("page_num", &(number + 1).to_string())),
        (_, Some(next)) => Some(address("next", &next.to_string())),
        (_, None) => None,
    };
    html! {
        nav class="pager" aria-label=(language.pick("Pages", "Страницы")) {
            @match number {
                Some(number) if number > 1 => a rel="prev" href=(address("page_num", &(number - 1).to_string())) { "← " (language.pick("Back", "Назад")) },
                Some(_) => {},
                None => a href=(address("page_num", "1")) { (language.pick("To the first page", "К первой странице")) },
            }
            @if let Some(number) = number {
                span class="quiet" { (language.pick("Page", "Страница")) " " (number) " · " (total(language, page)) " " (language.pick("in all", "всего")) }
            }
            @if let Some(next) = next { a rel="next" href=(next) { (language.pick("More", "Дальше")) " →" } }
        }
    }
}

/// How many there are; beyond a limit they are not counted.
fn total<T>(language: Language, page: &Page<T>) -> String {
    if page.total == COUNTED && page.next.is_some() {
        return language.pick("more than 10,000", "больше 10 000").to_owned();
    }
    page.total.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_counted_is_not_told_as_a_number() {
        let told = |total, next| super::total(Language::English, &Page { items: vec![()], total, next });
        assert_eq!(COUNTED, 10_000, "the text says it in digits");
        assert_eq!([told(9_999, Some(1)), told(COUNTED, Some(1)), told(COUNTED, None)], ["9999", "more than 10,000", "10000"]);
    }
}
