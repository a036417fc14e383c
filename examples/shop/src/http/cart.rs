//! The caller's cart.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::{ApiResponse, Object, OpenApi, payload::Json};

use super::{
    caller::Signed,
    problem::{Fault, Plain, WithBody},
    selection::NewCart,
};
use crate::{
    flow::Flow,
    model::{Cart, CartItem},
};

/// A book in a cart.
#[derive(Object)]
#[oai(rename = "CartItem")]
struct CartItemView {
    /// Which book.
    book_id: i64,
    /// Its title.
    title: String,
    /// Today's price, in cents.
    price_cents: i64,
    /// How many are wanted.
    quantity: i64,
    /// How many the shop has.
    available: i64,
}

impl From<CartItem> for CartItemView {
    fn from(item: CartItem) -> Self {
        let CartItem { book_id, title, price_cents, quantity, available } = item;
        Self { book_id, title, price_cents, quantity, available }
    }
}

/// A cart: wishes, for which nothing is set aside.
#[derive(Object)]
#[oai(rename = "Cart")]
struct CartView {
    /// Whose books they are; null if the cart is empty.
    shop_id: Option<i64>,
    /// ISO 4217; null if the cart is empty.
    currency: Option<String>,
    /// By number of the book.
    items: Vec<CartItemView>,
    /// What it would cost today, in cents.
    total_cents: i64,
}

impl CartView {
    fn new(cart: Option<Cart>) -> Self {
        let total_cents = cart.as_ref().map_or(0, Cart::total_cents);
        match cart {
            None => Self { shop_id: None, currency: None, items: Vec::new(), total_cents },
            Some(Cart { shop, items }) => {
                let items = items.into_iter().map(CartItemView::from).collect();
                Self { shop_id: Some(shop.id), currency: Some(shop.currency), items, total_cents }
            }
        }
    }
}

/// Done; there is nothing to say.
#[derive(ApiResponse)]
enum Emptied {
    /// Done.
    #[oai(status = 204)]
    Done,
}

/// `/shop/cart`.
pub struct CartApi;

#[OpenApi(tag = "super::router::Tag::Cart")]
impl CartApi {
    /// My cart
    #[oai(path = "/shop/cart", method = "get", operation_id = "cart")]
    async fn cart(&self, caller: Signed, flow: Data<&Arc<Flow>>) -> Result<Json<CartView>, Fault<Plain>> {
        Ok(Json(CartView::new(flow.cart(caller.0.user).await?)))
    }

    /// Put this into my cart
    ///
    /// In the place of what was in it: books of one shop, each once. More than the shop has can be wished for; that is decided when it
    /// is ordered.
    #[oai(path = "/shop/cart", method = "put", operation_id = "put_cart")]
    async fn put(&self, caller: Signed, flow: Data<&Arc<Flow>>, body: NewCart) -> Result<Json<CartView>, Fault<WithBody>> {
        Ok(Json(CartView::new(flow.put_cart(caller.0.user, &body.0).await?)))
    }

    /// Empty my cart
    #[oai(path = "/shop/cart", method = "delete", operation_id = "empty_cart")]
    async fn empty(&self, caller: Signed, flow: Data<&Arc<Flow>>) -> Result<Emptied, Fault<Plain>> {
        flow.empty_cart(caller.0.user).await?;
        Ok(Emptied::Done)
    }
}
