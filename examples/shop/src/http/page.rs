//! Long lists, a page at a time.

use poem_openapi::{
    Object,
    types::{ParseFromJSON, ToJSON, Type},
};

use crate::{
    flow::Error,
    model::{DEFAULT_SIZE, FieldError, MAX_SIZE, Page, PageRequest},
};

/// A page of a list.
#[derive(Object)]
#[oai(rename = "Page")]
pub struct PageView<T: Type + ParseFromJSON + ToJSON + Send + Sync> {
    /// What is on the page.
    items: Vec<T>,
    /// The page's number, counted from 1.
    page_num: u32,
    /// Most items on a page.
    page_size: u32,
    /// Items of the whole list.
    total: i64,
}

impl<T: Type + ParseFromJSON + ToJSON + Send + Sync> PageView<T> {
    /// The page that answers a request.
    pub fn new<I>(request: PageRequest, page: Page<I>, view: impl FnMut(I) -> T) -> Self {
        Self { items: page.items.into_iter().map(view).collect(), page_num: request.number, page_size: request.size, total: page.total }
    }
}

/// Reads the parameters of a paged list.
///
/// # Errors
/// [`Error::Fields`], every mistake at once.
pub fn request(page_num: Option<i64>, page_size: Option<i64>) -> Result<PageRequest, Error> {
    let number = page_num.map_or(Some(1), |number| u32::try_from(number).ok().filter(|number| *number > 0));
    let size = page_size.map_or(Some(DEFAULT_SIZE), |size| u32::try_from(size).ok().filter(|size| (1..=MAX_SIZE).contains(size)));
    if let (Some(number), Some(size)) = (number, size) {
        return Ok(PageRequest { number, size });
    }
    let wrong_number = number.is_none().then(|| FieldError::new("page_num", "out_of_range", format!("must be from 1 to {}", u32::MAX)));
    let wrong_size = size.is_none().then(|| FieldError::new("page_size", "out_of_range", format!("must be from 1 to {MAX_SIZE}")));
    Err(Error::Fields(wrong_number.into_iter().chain(wrong_size).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_defaults() {
        assert_eq!(request(None, None).expect("page"), PageRequest { number: 1, size: DEFAULT_SIZE });
        assert_eq!(request(Some(3), Some(200)).expect("page").offset(), 400);
    }

    #[test]
    fn every_mistake_at_once() {
        let Err(Error::Fields(errors)) = request(Some(0), Some(201)) else { panic!("taken") };
        assert_eq!(errors.iter().map(|error| error.field.as_str()).collect::<Vec<_>>(), ["page_num", "page_size"]);
        assert!(request(Some(i64::MAX), None).is_err());
    }
}
