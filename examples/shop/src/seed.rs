//! Test data, made up: the same numbers give the same books, shops, stock and orders on every machine.

mod words;

use crate::{
    model::{Timestamp, UserId},
    store::{NewBook, NewOffer, NewShop, PastOrder, Seed},
};

/// How much of everything.
#[derive(Clone, Copy, Debug)]
pub struct Amount {
    /// Books, up to 10,000.
    pub books: usize,
    /// Shops, up to 100.
    pub shops: usize,
    /// People with a history and a cart: the gateway's users 1 to N.
    pub users: i64,
    /// Another number gives other data, beside the first.
    pub seed: u64,
}

/// 2025-01-01T00:00:00Z, when the first of the past orders was made.
const EPOCH_MICROS: i64 = 1_735_689_600_000_000;
const DAY_MICROS: i64 = 86_400_000_000;

/// Makes the data up.
#[must_use]
pub fn make(amount: Amount, at: Timestamp) -> Seed {
    let mut dice = Dice(amount.seed);
    let books: Vec<NewBook> = (0..amount.books).map(|index| book(&mut dice, amount.seed, index)).collect();
    let shops: Vec<NewShop> = (0..amount.shops).map(|index| shop(amount.seed, index)).collect();
    let mut offers = Vec::new();
    for shop in 0..shops.len() {
        // A shop has two thirds of all books, and at least one.
        for book in (0..books.len()).filter(|book| *book == 0 || dice.below(3) > 0).collect::<Vec<_>>() {
            let price_cents = 499 + 50 * dice.number(70);
            offers.push(NewOffer { shop, book, price_cents, quantity: dice.number(40) });
        }
    }
    let (mut orders, mut carts) = (Vec::new(), Vec::new());
    for user in (1..=amount.users).map(UserId).filter(|_| !offers.is_empty()) {
        orders.extend((0..=dice.below(5)).map(|number| past_order(&mut dice, &offers, amount.seed, user, number)));
        let wanted = offers[dice.below(offers.len())];
        carts.push((user, NewOffer { quantity: 1 + dice.number(3), ..wanted }));
    }
    Seed { books, shops, offers, orders, carts, at }
}

fn book(dice: &mut Dice, seed: u64, index: usize) -> NewBook {
    let mut word = |list: &[&'static str]| list[dice.below(list.len())];
    let title = match index % 4 {
        0 => format!("The {} {}", word(words::KINDS), word(words::THINGS)),
        1 => format!("A {} for {}", word(words::THINGS), word(words::PLACES)),
        2 => format!("{} and the {} {}", word(words::NAMES), word(words::KINDS), word(words::THINGS)),
        _ => format!("{} without a {}", word(words::PLACES), word(words::THINGS)),
    };
    let author = format!("{} {}", word(words::NAMES), word(words::FAMILIES));
    NewBook { isbn: isbn(seed, index), title: capitalized(&title), author }
}

fn capitalized(title: &str) -> String {
    let mut letters = title.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// With a right check digit (ISO 2108), in a range that no agency has been given.
fn isbn(seed: u64, index: usize) -> String {
    let digits = format!("9799{:04}{index:04}", seed % 10_000);
    let weighted = digits.bytes().enumerate().map(|(place, digit)| u32::from(digit - b'0') * if place % 2 == 0 { 1 } else { 3 });
    let check = (10 - weighted.sum::<u32>() % 10) % 10;
    format!("{digits}{check}")
}

fn shop(seed: u64, index: usize) -> NewShop {
    let (city, currency) = words::CITIES[index % words::CITIES.len()];
    let mark = match (seed, index / words::CITIES.len()) {
        (1, 0) => String::new(),
        (seed, round) => format!(" {seed}-{}", round + 1),
    };
    NewShop { name: format!("Books of {city}{mark}"), city: city.to_owned(), currency: currency.to_owned() }
}

fn past_order(dice: &mut Dice, offers: &[NewOffer], seed: u64, user: UserId, number: usize) -> PastOrder {
    let start = dice.below(offers.len());
    let shop = offers[start].shop;
    let wanted = 1 + dice.below(4);
    let lines = offers[start..].iter().filter(|offer| offer.shop == shop).take(wanted);
    let lines = lines.map(|offer| NewOffer { quantity: 1 + dice.number(3), ..*offer }).collect();
    let days = i64::try_from(number).unwrap_or(0) * 30 + dice.number(30);
    PastOrder { user, key: format!("seed-{seed}-{number}"), at: Timestamp(EPOCH_MICROS + days * DAY_MICROS), lines }
}

/// `SplitMix64` (Steele, Lea, Flood 2014): small, and the same everywhere.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 up to, without, `end`.
    fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.next() % end).unwrap_or(0)
    }

    /// From 0 up to, without, `end`.
    fn number(&mut self, end: u32) -> i64 {
        i64::try_from(self.next() % u64::from(end.max(1))).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: Amount = Amount { books: 40, shops: 9, users: 3, seed: 1 };

    #[test]
    fn the_same_numbers_give_the_same_data() {
        assert_eq!(make(SMALL, Timestamp(0)), make(SMALL, Timestamp(0)));
        assert_ne!(make(SMALL, Timestamp(0)).books, make(Amount { seed: 2, ..SMALL }, Timestamp(0)).books);
    }

    #[test]
    fn names_and_isbns_are_all_different() {
        let (seed, other) = (make(SMALL, Timestamp(0)), make(Amount { seed: 2, ..SMALL }, Timestamp(0)));
        let isbns: std::collections::BTreeSet<_> = seed.books.iter().chain(&other.books).map(|book| &book.isbn).collect();
        let shops: std::collections::BTreeSet<_> = seed.shops.iter().chain(&other.shops).map(|shop| &shop.name).collect();
        assert_eq!((isbns.len(), shops.len()), (80, 18));
        assert!(isbns.iter().all(|isbn| isbn.len() == 13));
    }

    #[test]
    fn orders_are_of_one_shop_with_each_book_once() {
        for order in make(SMALL, Timestamp(0)).orders {
            let books: std::collections::BTreeSet<_> = order.lines.iter().map(|line| line.book).collect();
            assert!(!books.is_empty() && books.len() == order.lines.len());
            assert!(order.lines.iter().all(|line| line.shop == order.lines[0].shop && line.quantity > 0));
        }
    }

    #[test]
    fn check_digits_are_right() {
        for isbn in [isbn(1, 0), isbn(1, 7), isbn(42, 9_999)] {
            let sum: u32 =
                isbn.bytes().enumerate().map(|(place, digit)| u32::from(digit - b'0') * if place % 2 == 0 { 1 } else { 3 }).sum();
            assert_eq!(sum % 10, 0, "{isbn}");
        }
        assert_eq!(isbn(1, 0), "9799000100001");
    }
}
