//! Orders: stock goes down, the order comes to be and the cart is emptied, all in one transaction or not at all.

use super::{
    Result, Store,
    cart::{contents, drop_cart},
    shop::{self, find},
    sql::{Row, Transaction, sql},
    user::meet,
};
use crate::model::{Content, Line, Order, OrderLine, OrderSummary, Page, PageRequest, Selection, Shop, Shortage, Timestamp, UserId};

/// What is to be ordered.
#[derive(Clone, Copy, Debug)]
pub struct NewOrder<'a> {
    /// By whom.
    pub user: UserId,
    /// What.
    pub content: &'a Content,
    /// The request's idempotency key: of all requests of a user with the same key one makes an order.
    pub key: Option<&'a str>,
    /// When.
    pub at: Timestamp,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Placed {
    /// An order with this number.
    New(i64),
    /// An earlier request with the same key made this order.
    Again(i64),
    /// An earlier request had the same key and another content.
    KeyReused,
    /// The cart is empty.
    CartEmpty,
    /// There is no such shop.
    UnknownShop,
    /// Some books cannot be had; nothing was ordered.
    Short(Vec<Shortage>),
}

/// What a line takes from the shelf.
struct Taken {
    line: Line,
    price_cents: i64,
}

impl Store {
    /// Places an order. Whatever is not committed at the end is undone.
    ///
    /// # Errors
    /// If the database is out of reach. Nothing was ordered then, unless it went away during the very last step: the same request
    /// with the same key gives the order or makes it.
    pub async fn place(&self, new: &NewOrder<'_>) -> Result<Placed> {
        let mut transaction = self.database.begin().await?;
        meet(&mut transaction, new.user, new.at).await?;
        if let Some(earlier) = earlier(&mut transaction, new).await? {
            return Ok(earlier);
        }
        let selection = match new.content {
            Content::Selection(selection) => selection.clone(),
            Content::Cart => match contents(&mut transaction, new.user).await? {
                Some(selection) => selection,
                None => return Ok(Placed::CartEmpty),
            },
        };
        let Some(shop) = find(&mut transaction, selection.shop_id).await? else { return Ok(Placed::UnknownShop) };
        let taken = match take_stock(&mut transaction, selection).await? {
            Ok(taken) => taken,
            Err(shortages) => return Ok(Placed::Short(shortages)),
        };
        let id = write(&mut transaction, new, &shop, &taken).await?;
        if *new.content == Content::Cart {
            drop_cart(&mut transaction, new.user).await?;
        }
        transaction.commit().await?;
        Ok(Placed::New(id))
    }

    /// An order of this user.
    ///
    /// # Errors
    /// If the database is out of reach.
    pub async fn order(&self, user: UserId, id: i64) -> Result<Option<Order>> {
        let find = sql("SELECT orders.id, orders.currency, orders.total_cents, orders.created_at,
                    shops.id AS shop_id, shops.name AS shop_name, shops.city AS shop_city, shops.currency AS shop_currency
             FROM orders JOIN shops ON shops.id = orders.shop_id
             WHERE orders.user_id = $1 AND orders.id = $2");
        let Some(row) = self.database.row(find.bind(user.0).bind(id)).await? else { return Ok(None) };
        let lines = sql("SELECT order_lines.book_id, books.title, order_lines.price_cents, order_lines.quantity
             FROM order_lines JOIN books ON books.id = order_lines.book_id
             WHERE order_lines.order_id = $1 ORDER BY order_lines.book_id");
        let lines = self.database.rows(lines.bind(id)).await?;
        Ok(Some(Order {
            id,
            shop: shop::read(&row)?,
            currency: row.text("currency")?,
            total_cents: row.integer("total_cents")?,
            created_at: row.time("created_at")?,
            lines: lines.iter().map(read_line).collect::<Result<_>>()?,
        }))
    }

    /// The orders of a user, newest first.
    ///
    /// # Errors
    /// If the database is out of reach.
    pub async fn orders(&self, user: UserId, page: PageRequest) -> Result<Page<OrderSummary>> {
        let list = sql("SELECT orders.id, orders.currency, orders.total_cents, orders.created_at,
                    shops.id AS shop_id, shops.name AS shop_name, shops.city AS shop_city, shops.currency AS shop_currency,
                    (SELECT COUNT(*) FROM order_lines WHERE order_lines.order_id = orders.id) AS books
             FROM orders JOIN shops ON shops.id = orders.shop_id
             WHERE orders.user_id = $1 ORDER BY orders.created_at DESC, orders.id DESC LIMIT $2 OFFSET $3");
        let rows = self.database.rows(list.bind(user.0).bind(page.size).bind(page.offset())).await?;
        let total = self.database.row(sql("SELECT COUNT(*) AS total FROM orders WHERE user_id = $1").bind(user.0)).await?;
        Ok(Page { items: rows.iter().map(read_summary).collect::<Result<_>>()?, total: total.map_or(Ok(0), |row| row.integer("total"))? })
    }
}

/// What an earlier request with the same key did. No other is under way: the user's row is locked.
async fn earlier(transaction: &mut Transaction, new: &NewOrder<'_>) -> Result<Option<Placed>> {
    let Some(key) = new.key else { return Ok(None) };
    let find = sql("SELECT id, request FROM orders WHERE user_id = $1 AND idempotency_key = $2").bind(new.user.0).bind(key);
    let Some(row) = transaction.row(find).await? else { return Ok(None) };
    let same = row.text("request")? == new.content.fingerprint();
    Ok(Some(if same { Placed::Again(row.integer("id")?) } else { Placed::KeyReused }))
}

/// Takes every line from the shelf, in the order of the books' numbers: two orders that want the same books wait for each other
/// rather than deadlock. A line that cannot be had is noted, and the rest still looked at, to name all of them at once.
async fn take_stock(transaction: &mut Transaction, selection: Selection) -> Result<std::result::Result<Vec<Taken>, Vec<Shortage>>> {
    let (shop, mut lines) = (selection.shop_id, selection.lines);
    lines.sort_unstable_by_key(|line| line.book_id);
    let (mut taken, mut shortages) = (Vec::new(), Vec::new());
    for line in lines {
        let take = sql("UPDATE stock SET quantity = quantity - $3
             WHERE shop_id = $1 AND book_id = $2 AND quantity >= $3
             RETURNING price_cents");
        if let Some(row) = transaction.row(take.bind(shop).bind(line.book_id).bind(line.quantity)).await? {
            taken.push(Taken { line, price_cents: row.integer("price_cents")? });
            continue;
        }
        let left = sql("SELECT quantity FROM stock WHERE shop_id = $1 AND book_id = $2").bind(shop).bind(line.book_id);
        let available = transaction.row(left).await?.map(|row| row.integer("quantity")).transpose()?;
        shortages.push(Shortage { line, available });
    }
    shortages.sort_unstable_by_key(|shortage| shortage.line.position);
    Ok(if shortages.is_empty() { Ok(taken) } else { Err(shortages) })
}

/// Writes the order; gives its number.
async fn write(transaction: &mut Transaction, new: &NewOrder<'_>, shop: &Shop, taken: &[Taken]) -> Result<i64> {
    let id = transaction.next_id("orders").await?;
    let total: i64 = taken.iter().map(|taken| taken.price_cents * taken.line.quantity).sum();
    let request = new.key.map(|_| new.content.fingerprint());
    let order = sql("INSERT INTO orders (id, user_id, shop_id, currency, total_cents, created_at, idempotency_key, request)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)");
    let order = order.bind(id).bind(new.user.0).bind(shop.id).bind(&*shop.currency).bind(total).bind(new.at.0);
    transaction.execute(order.bind(new.key).bind(request.as_deref())).await?;
    for Taken { line, price_cents } in taken {
        let insert = sql("INSERT INTO order_lines (order_id, book_id, price_cents, quantity) VALUES ($1, $2, $3, $4)");
        transaction.execute(insert.bind(id).bind(line.book_id).bind(*price_cents).bind(line.quantity)).await?;
    }
    Ok(id)
}

fn read_line(row: &Row) -> Result<OrderLine> {
    Ok(OrderLine {
        book_id: row.integer("book_id")?,
        title: row.text("title")?,
        price_cents: row.integer("price_cents")?,
        quantity: row.integer("quantity")?,
    })
}

fn read_summary(row: &Row) -> Result<OrderSummary> {
    Ok(OrderSummary {
        id: row.integer("id")?,
        shop: shop::read(row)?,
        currency: row.text("currency")?,
        total_cents: row.integer("total_cents")?,
        created_at: row.time("created_at")?,
        books: row.integer("books")?,
    })
}
