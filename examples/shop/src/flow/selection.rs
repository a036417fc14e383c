//! Mistakes in a selection, by the names that its fields have in a request.

use crate::model::{FieldError, Line};

pub(super) fn unknown_shop() -> FieldError {
    FieldError::new("shop_id", "unknown_shop", "there is no such shop")
}

pub(super) fn unknown_book(line: &Line) -> FieldError {
    FieldError::new(format!("items[{}].book_id", line.position), "unknown_book", format!("this shop does not sell book {}", line.book_id))
}
