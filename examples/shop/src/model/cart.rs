//! Carts: wishes, at today's price; nothing is set aside for them.

use super::Shop;

/// What somebody wants of one shop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cart {
    /// Whose books they are.
    pub shop: Shop,
    /// Each book once, in the order of their numbers; never empty.
    pub items: Vec<CartItem>,
}

/// A book in a cart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CartItem {
    /// Which.
    pub book_id: i64,
    /// Its title.
    pub title: String,
    /// Today's price, in cents.
    pub price_cents: i64,
    /// How many are wanted.
    pub quantity: i64,
    /// How many the shop has.
    pub available: i64,
}

impl Cart {
    /// What it would cost today, in cents.
    #[must_use]
    pub fn total_cents(&self) -> i64 {
        self.items.iter().map(|item| item.price_cents * item.quantity).sum()
    }
}
