//! Test data. What is there already is left as it is, so that seeding twice is seeding once.

use super::{
    Result, Store, StoreError, cart, shop,
    sql::{Transaction, sql},
    user::meet,
};
use crate::model::{Selection, Timestamp, UserId};

/// Everything that seeding writes. Books and shops are named by their place in these lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seed {
    /// Told apart by ISBN.
    pub books: Vec<NewBook>,
    /// Told apart by name.
    pub shops: Vec<NewShop>,
    /// What is sold where.
    pub offers: Vec<NewOffer>,
    /// Orders of the past, told apart by user and key.
    pub orders: Vec<PastOrder>,
    /// Carts of those who have none.
    pub carts: Vec<(UserId, NewOffer)>,
    /// When it is done.
    pub at: Timestamp,
}

/// A book to be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewBook {
    /// ISBN-13.
    pub isbn: String,
    /// Its title.
    pub title: String,
    /// Who wrote it.
    pub author: String,
}

/// A shop to be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewShop {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub city: String,
    /// ISO 4217.
    pub currency: String,
}

/// A book on a shop's shelf, or N of them in an order or a cart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewOffer {
    /// Index of the shop.
    pub shop: usize,
    /// Index of the book.
    pub book: usize,
    /// In cents.
    pub price_cents: i64,
    /// How many.
    pub quantity: i64,
}

/// An order of the past.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastOrder {
    /// Whose.
    pub user: UserId,
    /// Names it among the user's.
    pub key: String,
    /// When.
    pub at: Timestamp,
    /// At least one, all of one shop, each book once.
    pub lines: Vec<NewOffer>,
}

/// How much of everything is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contents {
    /// Books.
    pub books: i64,
    /// Shops.
    pub shops: i64,
    /// People who have ordered.
    pub buyers: i64,
}

/// The numbers that the database gave, by index.
struct Numbers {
    books: Vec<i64>,
    shops: Vec<i64>,
}

impl Store {
    /// Writes test data, all or nothing.
    ///
    /// # Errors
    /// If the database is out of reach.
    pub async fn seed(&self, seed: &Seed) -> Result<()> {
        let mut transaction = self.database.begin().await?;
        // First, as orders do: whoever locks in another order than others can deadlock with them.
        for order in &seed.orders {
            meet(&mut transaction, order.user, order.at).await?;
        }
        for (user, _) in &seed.carts {
            meet(&mut transaction, *user, seed.at).await?;
        }
        let numbers = Numbers { books: books(&mut transaction, seed).await?, shops: shops(&mut transaction, seed).await? };
        for offer in &seed.offers {
            let insert = sql("INSERT INTO stock (shop_id, book_id, price_cents, quantity) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (shop_id, book_id) DO NOTHING");
            let (shop, book) = (numbers.shops[offer.shop], numbers.books[offer.book]);
            transaction.execute(insert.bind(shop).bind(book).bind(offer.price_cents).bind(offer.quantity)).await?;
        }
        for order in &seed.orders {
            past_order(&mut transaction, order, &numbers).await?;
        }
        for (user, offer) in &seed.carts {
            first_cart(&mut transaction, *user, offer, &numbers, seed.at).await?;
        }
        transaction.commit().await
    }

    /// How much is there, whoever put it there.
    ///
    /// # Errors
    /// If the database is out of reach.
    pub async fn contents(&self) -> Result<Contents> {
        let count = sql("SELECT (SELECT COUNT(*) FROM books) AS books, (SELECT COUNT(*) FROM shops) AS shops,
                (SELECT COUNT(DISTINCT user_id) FROM orders) AS buyers");
        let row = self.database.row(count).await?.ok_or_else(|| StoreError::Statement("counting gave nothing".to_owned()))?;
        Ok(Contents { books: row.integer("books")?, shops: row.integer("shops")?, buyers: row.integer("buyers")? })
    }
}

async fn books(transaction: &mut Transaction, seed: &Seed) -> Result<Vec<i64>> {
    let mut numbers = Vec::with_capacity(seed.books.len());
    for book in &seed.books {
        let known = sql("SELECT id FROM books WHERE isbn = $1").bind(&*book.isbn);
        if let Some(row) = transaction.row(known).await? {
            numbers.push(row.integer("id")?);
            continue;
        }
        let id = transaction.next_id("books").await?;
        let insert = sql("INSERT INTO books (id, isbn, title, author) VALUES ($1, $2, $3, $4)").bind(id);
        transaction.execute(insert.bind(&*book.isbn).bind(&*book.title).bind(&*book.author)).await?;
        numbers.push(id);
    }
    Ok(numbers)
}

async fn shops(transaction: &mut Transaction, seed: &Seed) -> Result<Vec<i64>> {
    let mut numbers = Vec::with_capacity(seed.shops.len());
    for shop in &seed.shops {
        let known = sql("SELECT id FROM shops WHERE name = $1").bind(&*shop.name);
        if let Some(row) = transaction.row(known).await? {
            numbers.push(row.integer("id")?);
            continue;
        }
        let id = transaction.next_id("shops").await?;
        let insert = sql("INSERT INTO shops (id, name, city, currency) VALUES ($1, $2, $3, $4)").bind(id);
        transaction.execute(insert.bind(&*shop.name).bind(&*shop.city).bind(&*shop.currency)).await?;
        numbers.push(id);
    }
    Ok(numbers)
}

async fn past_order(transaction: &mut Transaction, order: &PastOrder, numbers: &Numbers) -> Result<()> {
    let known = sql("SELECT id FROM orders WHERE user_id = $1 AND idempotency_key = $2").bind(order.user.0).bind(&*order.key);
    let Some(first) = order.lines.first() else { return Ok(()) };
    let Some(shop) = shop::find(transaction, numbers.shops[first.shop]).await? else { return Ok(()) };
    if transaction.row(known).await?.is_some() {
        return Ok(());
    }
    let id = transaction.next_id("orders").await?;
    let total: i64 = order.lines.iter().map(|line| line.price_cents * line.quantity).sum();
    let insert = sql("INSERT INTO orders (id, user_id, shop_id, currency, total_cents, created_at, idempotency_key, request)
         VALUES ($1, $2, $3, $4, $5, $6, $7, 'seed')");
    let insert = insert.bind(id).bind(order.user.0).bind(shop.id).bind(&*shop.currency).bind(total).bind(order.at.0);
    transaction.execute(insert.bind(&*order.key)).await?;
    for line in &order.lines {
        let insert = sql("INSERT INTO order_lines (order_id, book_id, price_cents, quantity) VALUES ($1, $2, $3, $4)");
        let insert = insert.bind(id).bind(numbers.books[line.book]).bind(line.price_cents).bind(line.quantity);
        transaction.execute(insert).await?;
    }
    Ok(())
}

async fn first_cart(transaction: &mut Transaction, user: UserId, offer: &NewOffer, numbers: &Numbers, now: Timestamp) -> Result<()> {
    if transaction.row(sql("SELECT user_id FROM carts WHERE user_id = $1").bind(user.0)).await?.is_some() {
        return Ok(());
    }
    let line = crate::model::Line { book_id: numbers.books[offer.book], quantity: offer.quantity, position: 0 };
    let selection = Selection { shop_id: numbers.shops[offer.shop], lines: vec![line] };
    cart::write(transaction, user, &selection, now).await
}
