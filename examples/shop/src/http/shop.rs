//! Shops and their assortments.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::{
    Object, OpenApi,
    param::{Path, Query},
    payload::Json,
};

use super::{
    caller::Signed,
    page::{self, Number, PageView},
    problem::{Asked, AtPath, Fault},
};
use crate::{
    flow::Flow,
    model::{Offer, Shop},
};

/// A shop.
#[derive(Object)]
#[oai(rename = "Shop")]
pub struct ShopView {
    /// Its number.
    id: i64,
    /// Its name.
    name: String,
    /// Where it is.
    city: String,
    /// ISO 4217: all its prices are in this currency.
    currency: String,
}

impl From<Shop> for ShopView {
    fn from(shop: Shop) -> Self {
        Self { id: shop.id, name: shop.name, city: shop.city, currency: shop.currency }
    }
}

/// A book in a shop's assortment.
#[derive(Object)]
#[oai(rename = "Book")]
struct BookView {
    /// Its number.
    id: i64,
    /// ISBN-13.
    isbn: String,
    /// Its title.
    title: String,
    /// Who wrote it.
    author: String,
    /// In cents.
    price_cents: i64,
    /// ISO 4217.
    currency: String,
    /// How many the shop has.
    quantity: i64,
}

impl BookView {
    fn new(offer: Offer, currency: &str) -> Self {
        let Offer { book, price_cents, quantity } = offer;
        let currency = currency.to_owned();
        Self { id: book.id, isbn: book.isbn, title: book.title, author: book.author, price_cents, currency, quantity }
    }
}

/// `/shop/shops`.
pub struct ShopApi;

#[OpenApi(tag = "super::router::Tag::Shops")]
impl ShopApi {
    /// The shops
    #[oai(path = "/shop/shops", method = "get", operation_id = "shops")]
    async fn shops(
        &self,
        _caller: Signed,
        flow: Data<&Arc<Flow>>,
        page_num: Query<Option<Number>>,
        page_size: Query<Option<Number>>,
    ) -> Result<Json<PageView<ShopView>>, Fault<Asked>> {
        let request = page::request(page_num.0, page_size.0)?;
        Ok(Json(PageView::new(request, flow.shops(request).await?, ShopView::from)))
    }

    /// The assortment of a shop
    ///
    /// With price and stock; books of which none is left too.
    #[oai(path = "/shop/shops/:id/books", method = "get", operation_id = "books")]
    async fn books(
        &self,
        _caller: Signed,
        flow: Data<&Arc<Flow>>,
        id: Path<i64>,
        page_num: Query<Option<Number>>,
        page_size: Query<Option<Number>>,
    ) -> Result<Json<PageView<BookView>>, Fault<AtPath>> {
        let request = page::request(page_num.0, page_size.0)?;
        let (shop, offers) = flow.assortment(id.0, request).await?;
        Ok(Json(PageView::new(request, offers, |offer| BookView::new(offer, &shop.currency))))
    }
}
