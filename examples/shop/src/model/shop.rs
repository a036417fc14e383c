//! Shops, and what they sell.

/// A shop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shop {
    /// Its number.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Where it is.
    pub city: String,
    /// ISO 4217: all its prices are in this currency.
    pub currency: String,
}

/// A book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Book {
    /// Its number.
    pub id: i64,
    /// ISBN-13, digits alone.
    pub isbn: String,
    /// Its title.
    pub title: String,
    /// Who wrote it.
    pub author: String,
}

/// A book in a shop's assortment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Which.
    pub book: Book,
    /// In cents of the shop's currency.
    pub price_cents: i64,
    /// How many the shop has.
    pub quantity: i64,
}
