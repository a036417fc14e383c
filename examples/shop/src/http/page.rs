//! Long lists, a page at a time.

use std::{borrow::Cow, iter, num::IntErrorKind};

use poem_openapi::{
    Object,
    registry::MetaSchemaRef,
    types::{ParseFromJSON, ParseFromParameter, ParseResult, ToJSON, Type},
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

/// A whole number among the parameters. Reading it never fails, so that [`request`] can name all mistakes at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Number {
    /// What was sent; what is beyond 64 bits, as the nearest that is not.
    Whole(i64),
    /// Something else was sent.
    Wrong,
}

impl Type for Number {
    const IS_REQUIRED: bool = true;
    type RawValueType = Self;
    type RawElementValueType = Self;

    fn name() -> Cow<'static, str> {
        i64::name()
    }

    fn schema_ref() -> MetaSchemaRef {
        i64::schema_ref()
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }

    fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
        Box::new(iter::once(self))
    }
}

impl ParseFromParameter for Number {
    fn parse_from_parameter(value: &str) -> ParseResult<Self> {
        Ok(match value.parse::<i64>() {
            Ok(number) => Self::Whole(number),
            Err(error) if *error.kind() == IntErrorKind::PosOverflow => Self::Whole(i64::MAX),
            Err(error) if *error.kind() == IntErrorKind::NegOverflow => Self::Whole(i64::MIN),
            Err(_) => Self::Wrong,
        })
    }
}

/// Reads the parameters of a paged list.
///
/// # Errors
/// [`Error::Fields`], every mistake at once.
pub fn request(page_num: Option<Number>, page_size: Option<Number>) -> Result<PageRequest, Error> {
    match (read("page_num", page_num, 1, u32::MAX), read("page_size", page_size, DEFAULT_SIZE, MAX_SIZE)) {
        (Ok(number), Ok(size)) => Ok(PageRequest { number, size }),
        (number, size) => Err(Error::Fields(number.err().into_iter().chain(size.err()).collect())),
    }
}

/// From 1 to `largest`.
fn read(name: &str, given: Option<Number>, default: u32, largest: u32) -> Result<u32, FieldError> {
    match given {
        None => Ok(default),
        Some(Number::Wrong) => Err(FieldError::new(name, "wrong_type", "must be an integer")),
        Some(Number::Whole(number)) => match u32::try_from(number) {
            Ok(number) if (1..=largest).contains(&number) => Ok(number),
            _ => Err(FieldError::new(name, "out_of_range", format!("must be from 1 to {largest}"))),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_defaults() {
        assert_eq!(request(None, None).expect("page"), PageRequest { number: 1, size: DEFAULT_SIZE });
        assert_eq!(request(Some(Number::Whole(3)), Some(Number::Whole(200))).expect("page").offset(), 400);
    }

    #[test]
    fn every_mistake_at_once() {
        let given = |text| Some(Number::parse_from_parameter(text).expect("read"));
        for (number, size, codes) in [
            ("0", "201", ["page_num out_of_range", "page_size out_of_range"]),
            ("x", "1.5", ["page_num wrong_type", "page_size wrong_type"]),
            ("99999999999999999999", "", ["page_num out_of_range", "page_size wrong_type"]),
        ] {
            let Err(Error::Fields(errors)) = request(given(number), given(size)) else { panic!("taken") };
            assert_eq!(errors.iter().map(|error| format!("{} {}", error.field, error.code)).collect::<Vec<_>>(), codes);
        }
        assert!(request(given("4294967296"), None).is_err());
    }
}
