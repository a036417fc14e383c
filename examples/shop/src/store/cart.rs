//! Carts. Whoever changes one locks its owner's row first.

use super::{
    Result, Store,
    shop::{self, find},
    sql::{Row, Transaction, sql},
    user::meet,
};
use crate::model::{Cart, CartItem, Line, Selection, Timestamp, UserId};

/// What became of a new cart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It is there.
    Done,
    /// There is no such shop.
    UnknownShop,
    /// The shop does not sell these.
    UnknownBooks(Vec<Line>),
}

impl Store {
    /// The cart of a user, if there is one.
    ///
    /// # Errors
    /// If the database is out of reach.
    pub async fn cart(&self, user: UserId) -> Result<Option<Cart>> {
        let items = sql("SELECT shops.id AS shop_id, shops.name AS shop_name, shops.city AS shop_city, shops.currency AS shop_currency,
                    cart_items.book_id, books.title, stock.price_cents, cart_items.quantity, stock.quantity AS available
             FROM cart_items
             JOIN shops ON shops.id = cart_items.shop_id
             JOIN books ON books.id = cart_items.book_id
             JOIN stock ON stock.shop_id = cart_items.shop_id AND stock.book_id = cart_items.book_id
             WHERE cart_items.user_id = $1 ORDER BY cart_items.book_id");
        let rows = self.database.rows(items.bind(user.0)).await?;
        let Some(first) = rows.first() else { return Ok(None) };
        Ok(Some(Cart { shop: shop::read(first)?, items: rows.iter().map(read_item).collect::<Result<_>>()? }))
    }

    /// Puts a selection in the place of a user's cart.
    ///
    /// # Errors
    /// If the database is out of reach.
    pub async fn put_cart(&self, user: UserId, selection: &Selection, now: Timestamp) -> Result<Kept> {
        let mut transaction = self.database.begin().await?;
        if find(&mut transaction, selection.shop_id).await?.is_none() {
            return Ok(Kept::UnknownShop);
        }
        let unknown = not_sold(&mut transaction, selection).await?;
        if !unknown.is_empty() {
            return Ok(Kept::UnknownBooks(unknown));
        }
        meet(&mut transaction, user, now).await?;
        write(&mut transaction, user, selection, now).await?;
        transaction.commit().await?;
        Ok(Kept::Done)
    }

    /// Empties a user's cart.
    ///
    /// # Errors
    /// If the database is out of reach.
    pub async fn delete_cart(&self, user: UserId) -> Result<()> {
        let mut transaction = self.database.begin().await?;
        // Who was never seen has no cart, and need not be noted for that.
        transaction.execute(sql("UPDATE users SET first_seen = first_seen WHERE id = $1").bind(user.0)).await?;
        drop_cart(&mut transaction, user).await?;
        transaction.commit().await
    }
}

/// What is in the cart of a user, by number of the book; nothing if it is empty.
pub(super) async fn contents(transaction: &mut Transaction, user: UserId) -> Result<Option<Selection>> {
    let items = sql("SELECT shop_id, book_id, quantity FROM cart_items WHERE user_id = $1 ORDER BY book_id").bind(user.0);
    let items = transaction.rows(items).await?;
    let Some(first) = items.first() else { return Ok(None) };
    let line = |(position, row): (usize, &Row)| Ok(Line { book_id: row.integer("book_id")?, quantity: row.integer("quantity")?, position });
    Ok(Some(Selection { shop_id: first.integer("shop_id")?, lines: items.iter().enumerate().map(line).collect::<Result<_>>()? }))
}

/// The items go with it.
pub(super) async fn drop_cart(transaction: &mut Transaction, user: UserId) -> Result<()> {
    transaction.execute(sql("DELETE FROM carts WHERE user_id = $1").bind(user.0)).await.map(drop)
}

/// Those lines of a selection that its shop does not sell.
async fn not_sold(transaction: &mut Transaction, selection: &Selection) -> Result<Vec<Line>> {
    let mut unknown = Vec::new();
    for line in &selection.lines {
        let sold = sql("SELECT quantity FROM stock WHERE shop_id = $1 AND book_id = $2").bind(selection.shop_id).bind(line.book_id);
        if transaction.row(sold).await?.is_none() {
            unknown.push(*line);
        }
    }
    Ok(unknown)
}

/// In the place of what was there. The user's row must be locked: see [`meet`].
pub(super) async fn write(transaction: &mut Transaction, user: UserId, selection: &Selection, now: Timestamp) -> Result<()> {
    drop_cart(transaction, user).await?;
    let cart = sql("INSERT INTO carts (user_id, shop_id, updated_at) VALUES ($1, $2, $3)");
    transaction.execute(cart.bind(user.0).bind(selection.shop_id).bind(now.0)).await?;
    for line in &selection.lines {
        let item = sql("INSERT INTO cart_items (user_id, shop_id, book_id, quantity) VALUES ($1, $2, $3, $4)");
        transaction.execute(item.bind(user.0).bind(selection.shop_id).bind(line.book_id).bind(line.quantity)).await?;
    }
    Ok(())
}

fn read_item(row: &Row) -> Result<CartItem> {
    Ok(CartItem {
        book_id: row.integer("book_id")?,
        title: row.text("title")?,
        price_cents: row.integer("price_cents")?,
        quantity: row.integer("quantity")?,
        available: row.integer("available")?,
    })
}
