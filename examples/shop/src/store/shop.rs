//! Shops and their assortments.

use super::{
    Result, Store,
    sql::{Row, Transaction, sql},
};
use crate::model::{Book, Offer, Page, PageRequest, Shop};

impl Store {
    /// All shops by number.
    ///
    /// # Errors
    /// If the database is out of reach.
    pub async fn shops(&self, page: PageRequest) -> Result<Page<Shop>> {
        let list = sql("SELECT id AS shop_id, name AS shop_name, city AS shop_city, currency AS shop_currency
             FROM shops ORDER BY id LIMIT $1 OFFSET $2");
        let rows = self.database.rows(list.bind(page.size).bind(page.offset())).await?;
        let total = self.database.row(sql("SELECT COUNT(*) AS total FROM shops")).await?;
        Ok(Page { items: rows.iter().map(read).collect::<Result<_>>()?, total: total.map_or(Ok(0), |row| row.integer("total"))? })
    }

    /// A shop.
    ///
    /// # Errors
    /// If the database is out of reach.
    pub async fn shop(&self, id: i64) -> Result<Option<Shop>> {
        self.database.row(one(id)).await?.as_ref().map(read).transpose()
    }

    /// What a shop sells, by number of the book; books of which none is left too.
    ///
    /// # Errors
    /// If the database is out of reach.
    pub async fn assortment(&self, shop: i64, page: PageRequest) -> Result<Page<Offer>> {
        let list = sql("SELECT books.id, books.isbn, books.title, books.author, stock.price_cents, stock.quantity
             FROM stock JOIN books ON books.id = stock.book_id
             WHERE stock.shop_id = $1 ORDER BY stock.book_id LIMIT $2 OFFSET $3");
        let rows = self.database.rows(list.bind(shop).bind(page.size).bind(page.offset())).await?;
        let total = self.database.row(sql("SELECT COUNT(*) AS total FROM stock WHERE shop_id = $1").bind(shop)).await?;
        Ok(Page { items: rows.iter().map(read_offer).collect::<Result<_>>()?, total: total.map_or(Ok(0), |row| row.integer("total"))? })
    }
}

fn one(id: i64) -> super::sql::Statement {
    sql("SELECT id AS shop_id, name AS shop_name, city AS shop_city, currency AS shop_currency FROM shops WHERE id = $1").bind(id)
}

/// A shop, inside a transaction.
pub(super) async fn find(transaction: &mut Transaction, id: i64) -> Result<Option<Shop>> {
    transaction.row(one(id)).await?.as_ref().map(read).transpose()
}

/// From the columns `shop_id`, `shop_name`, `shop_city`, `shop_currency`.
pub(super) fn read(row: &Row) -> Result<Shop> {
    Ok(Shop {
        id: row.integer("shop_id")?,
        name: row.text("shop_name")?,
        city: row.text("shop_city")?,
        currency: row.text("shop_currency")?,
    })
}

fn read_offer(row: &Row) -> Result<Offer> {
    let book = Book { id: row.integer("id")?, isbn: row.text("isbn")?, title: row.text("title")?, author: row.text("author")? };
    Ok(Offer { book, price_cents: row.integer("price_cents")?, quantity: row.integer("quantity")? })
}
