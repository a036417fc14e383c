//! Long lists, a page at a time.

use poem_openapi::{
    Object,
    types::{ParseFromJSON, ToJSON, Type},
};

use crate::{
    flow::Error,
    model::{
        form::{Entries, Field, FieldError, Form, Kind, Raw},
        page::{self, DEFAULT_SIZE, From, MAX_SIZE, PageRequest},
    },
};

/// A page of a list.
#[derive(Object)]
#[oai(rename = "Page")]
pub struct PageView<T: Type + ParseFromJSON + ToJSON + Send + Sync> {
    /// What is on the page.
    items: Vec<T>,
    /// The page's number, counted from 1; null if a cursor was given.
    page_num: Option<u32>,
    /// Most items on a page.
    page_size: u32,
    /// Items of the whole list. Of histories at most 10000 are counted.
    total: u64,
    /// Give it as `next` to get the next page, which is as quick on page 10000 as on page 1; null on the last page.
    next: Option<String>,
}

impl<T: Type + ParseFromJSON + ToJSON + Send + Sync> PageView<T> {
    /// The page that answers a request.
    pub fn new<I>(request: &PageRequest, page: page::Page<I>, view: impl FnMut(I) -> T) -> Self {
        let page = page.map(view);
        Self {
            page_num: match request.from {
                From::Number(number) => Some(number),
                From::After(_) => None,
            },
            page_size: request.size,
            total: page.total,
            next: page.next.map(|id| id.to_string()),
            items: page.items,
        }
    }
}

/// Reads the parameters of a paged list.
///
/// # Errors
/// [`Error::Fields`], every mistake at once.
pub fn request(page_num: Option<i64>, page_size: Option<i64>, next: Option<&str>) -> Result<PageRequest, Error> {
    let mut errors = Vec::new();
    let number = page_num.map_or(Ok(1), |number| u32::try_from(number).ok().filter(|number| *number > 0).ok_or(()));
    let number = number.unwrap_or_else(|()| {
        errors.push(FieldError::new("page_num", "out_of_range", "must be a whole number from 1 on"));
        1
    });
    let size = page_size.map_or(Ok(DEFAULT_SIZE), |size| u32::try_from(size).ok().filter(|size| (1..=MAX_SIZE).contains(size)).ok_or(()));
    let size = size.unwrap_or_else(|()| {
        errors.push(FieldError::new("page_size", "out_of_range", format!("must be from 1 to {MAX_SIZE}")));
        DEFAULT_SIZE
    });
    let from = match next {
        None => From::Number(number),
        Some(_) if page_num.is_some() => {
            errors.push(FieldError::new("next", "conflict", "goes on from a page; give it without page_num"));
            From::Number(number)
        }
        Some(text) => text.parse().map_or_else(
            |_| {
                errors.push(FieldError::new("next", "invalid_cursor", "is not a cursor; give the `next` of the page before"));
                From::Number(number)
            },
            From::After,
        ),
    };
    if errors.is_empty() { Ok(PageRequest { from, size }) } else { Err(Error::Fields(errors)) }
}

/// The texts of a request's filters, checked.
pub struct Texts(Entries);

impl Texts {
    /// The text of a filter, if it was given.
    #[must_use]
    pub fn own(&self, name: &str) -> Option<String> {
        self.0.text(name).map(ToOwned::to_owned)
    }
}

/// Reads filters: name, longest text, what was given.
///
/// # Errors
/// [`Error::Fields`], every mistake at once.
pub fn texts<const N: usize>(given: [(&str, u32, Option<String>); N]) -> Result<Texts, Error> {
    let fields = given.iter().map(|(name, most, _)| Field::new(name, Kind::Text, name, *most).optional());
    let form = Form { fields: fields.collect() };
    let body = given.into_iter().filter_map(|(name, _, text)| Some((name.to_owned(), Raw::Text(text?))));
    form.read(body.collect()).map(Texts).map_err(Error::Fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_cursors_and_defaults() {
        assert_eq!(request(None, None, None).expect("page"), PageRequest { from: From::Number(1), size: DEFAULT_SIZE });
        assert_eq!(request(Some(3), Some(200), None).expect("page").offset(), Some(400));
        assert_eq!(request(None, Some(1), Some("17")).expect("page"), PageRequest { from: From::After(17), size: 1 });
    }

    #[test]
    fn every_mistake_at_once() {
        let Err(Error::Fields(errors)) = request(Some(0), Some(201), Some("17")) else { panic!("taken") };
        assert_eq!(errors.iter().map(|error| error.field.as_str()).collect::<Vec<_>>(), ["page_num", "page_size", "next"]);
        assert!(request(Some(i64::MAX), None, None).is_err() && request(None, None, Some("x")).is_err());
    }
}
