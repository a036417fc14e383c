//! Orders, and what they are made of.

use std::fmt::Write as _;

use super::{Shop, Timestamp};

/// Most different books in an order or a cart.
pub const MOST_LINES: usize = 100;
/// Most copies of one book in it. With the largest price of the schema, no sum leaves the integers.
pub const LARGEST_QUANTITY: i64 = 1000;

/// N books of one shop, each M times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    /// Whose.
    pub shop_id: i64,
    /// 1 to [`MOST_LINES`], each book once.
    pub lines: Vec<Line>,
}

/// A book, M times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// Which.
    pub book_id: i64,
    /// 1 to [`LARGEST_QUANTITY`].
    pub quantity: i64,
    /// Where the caller named it, counted from 0.
    pub position: usize,
}

/// A line that cannot be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shortage {
    /// The line.
    pub line: Line,
    /// How many the shop has; none if it does not sell the book at all.
    pub available: Option<i64>,
}

/// What an order is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// What is in the cart, which is empty afterwards.
    Cart,
    /// These.
    Selection(Selection),
}

impl Content {
    /// The same text for the same content, whatever the order of its lines: two requests under one idempotency key must
    /// agree in it.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        match self {
            Self::Cart => "cart".to_owned(),
            Self::Selection(selection) => {
                let mut lines: Vec<(i64, i64)> = selection.lines.iter().map(|line| (line.book_id, line.quantity)).collect();
                lines.sort_unstable();
                lines.into_iter().fold(format!("shop {}:", selection.shop_id), |mut text, (book, quantity)| {
                    let _ = write!(text, " {book}x{quantity}");
                    text
                })
            }
        }
    }
}

/// An order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Its number.
    pub id: i64,
    /// Where.
    pub shop: Shop,
    /// ISO 4217, as it was then.
    pub currency: String,
    /// The sum of its lines.
    pub total_cents: i64,
    /// When.
    pub created_at: Timestamp,
    /// In the order of the books' numbers.
    pub lines: Vec<OrderLine>,
}

/// A line of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderLine {
    /// Which book.
    pub book_id: i64,
    /// Its title.
    pub title: String,
    /// What one cost when it was ordered.
    pub price_cents: i64,
    /// How many.
    pub quantity: i64,
}

/// An order in a history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderSummary {
    /// Its number.
    pub id: i64,
    /// Where.
    pub shop: Shop,
    /// ISO 4217, as it was then.
    pub currency: String,
    /// The sum of its lines.
    pub total_cents: i64,
    /// When.
    pub created_at: Timestamp,
    /// How many different books.
    pub books: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selection(shop_id: i64, lines: &[(i64, i64)]) -> Content {
        let lines =
            lines.iter().enumerate().map(|(position, (book_id, quantity))| Line { book_id: *book_id, quantity: *quantity, position });
        Content::Selection(Selection { shop_id, lines: lines.collect() })
    }

    #[test]
    fn fingerprints_tell_contents_apart() {
        assert_eq!(selection(1, &[(2, 3), (1, 4)]).fingerprint(), selection(1, &[(1, 4), (2, 3)]).fingerprint());
        let different =
            [Content::Cart, selection(1, &[(1, 11)]), selection(1, &[(11, 1)]), selection(11, &[(1, 1)]), selection(1, &[(1, 1), (1, 1)])];
        let texts: std::collections::BTreeSet<_> = different.iter().map(Content::fingerprint).collect();
        assert_eq!(texts.len(), different.len());
    }
}
