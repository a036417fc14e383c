//! The caller's orders.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::{
    ApiResponse, Object, OpenApi,
    param::{Path, Query},
    payload::Json,
};

use super::{
    caller::Signed,
    key::IdempotencyKey,
    page::{self, Number, PageView},
    problem::{Asked, AtPath, Fault, WithBody},
    selection::NewOrder,
    shop::ShopView,
};
use crate::{
    flow::Flow,
    model::{Order, OrderLine, OrderSummary},
};

/// A line of an order.
#[derive(Object)]
#[oai(rename = "OrderLine")]
struct OrderLineView {
    /// Which book.
    book_id: i64,
    /// Its title.
    title: String,
    /// What one cost when it was ordered, in cents.
    price_cents: i64,
    /// How many.
    quantity: i64,
    /// Price times quantity, in cents.
    sum_cents: i64,
}

impl From<OrderLine> for OrderLineView {
    fn from(line: OrderLine) -> Self {
        let OrderLine { book_id, title, price_cents, quantity } = line;
        Self { book_id, title, price_cents, quantity, sum_cents: price_cents * quantity }
    }
}

/// An order.
#[derive(Object)]
#[oai(rename = "Order")]
struct OrderView {
    /// Its number.
    id: i64,
    /// Where.
    shop: ShopView,
    /// When, RFC 3339 in UTC.
    created_at: String,
    /// ISO 4217.
    currency: String,
    /// The sum of its lines, in cents.
    total_cents: i64,
    /// By number of the book.
    lines: Vec<OrderLineView>,
}

impl From<Order> for OrderView {
    fn from(order: Order) -> Self {
        Self {
            id: order.id,
            shop: order.shop.into(),
            created_at: order.created_at.rfc3339(),
            currency: order.currency,
            total_cents: order.total_cents,
            lines: order.lines.into_iter().map(OrderLineView::from).collect(),
        }
    }
}

/// An order in the history.
#[derive(Object)]
#[oai(rename = "OrderSummary")]
struct OrderSummaryView {
    /// Its number.
    id: i64,
    /// Where.
    shop: ShopView,
    /// When, RFC 3339 in UTC.
    created_at: String,
    /// ISO 4217.
    currency: String,
    /// The sum of its lines, in cents.
    total_cents: i64,
    /// How many different books.
    books: i64,
}

impl From<OrderSummary> for OrderSummaryView {
    fn from(order: OrderSummary) -> Self {
        Self {
            id: order.id,
            shop: order.shop.into(),
            created_at: order.created_at.rfc3339(),
            currency: order.currency,
            total_cents: order.total_cents,
            books: order.books,
        }
    }
}

/// The order.
#[derive(ApiResponse)]
enum Ordered {
    /// Ordered.
    #[oai(status = 201)]
    Created(
        Json<OrderView>,
        /// Where the order is.
        #[oai(header = "Location")]
        String,
        /// `true` if an earlier request with the same key made it.
        #[oai(header = "Idempotent-Replayed")]
        Option<String>,
    ),
}

/// `/shop/orders`.
pub struct OrderApi;

#[OpenApi(tag = "super::router::Tag::Orders")]
impl OrderApi {
    /// Order
    ///
    /// An empty body (or `{}`) orders what is in the cart, which is empty afterwards; else the books that the body names. All lines or
    /// none: if some book is not there in that number, the answer is 400 `out_of_stock` and says what is left of which.
    #[oai(path = "/shop/orders", method = "post", operation_id = "order")]
    async fn place(
        &self,
        caller: Signed,
        flow: Data<&Arc<Flow>>,
        /// Any text of the client's own, a new one for each order: the same request sent again under it gives the same order again.
        #[oai(name = "Idempotency-Key")]
        key: IdempotencyKey,
        body: NewOrder,
    ) -> Result<Ordered, Fault<WithBody>> {
        let (order, new) = flow.place_order(caller.0.user, &body.0, key.0.as_deref()).await?;
        let location = format!("/shop/orders/{}", order.id);
        Ok(Ordered::Created(Json(order.into()), location, (!new).then(|| "true".to_owned())))
    }

    /// My orders
    ///
    /// Newest first.
    #[oai(path = "/shop/orders", method = "get", operation_id = "orders")]
    async fn orders(
        &self,
        caller: Signed,
        flow: Data<&Arc<Flow>>,
        page_num: Query<Option<Number>>,
        page_size: Query<Option<Number>>,
    ) -> Result<Json<PageView<OrderSummaryView>>, Fault<Asked>> {
        let request = page::request(page_num.0, page_size.0)?;
        Ok(Json(PageView::new(request, flow.orders(caller.0.user, request).await?, OrderSummaryView::from)))
    }

    /// One of my orders
    #[oai(path = "/shop/orders/:id", method = "get", operation_id = "one_order")]
    async fn one(&self, caller: Signed, flow: Data<&Arc<Flow>>, id: Path<i64>) -> Result<Json<OrderView>, Fault<AtPath>> {
        Ok(Json(flow.order(caller.0.user, id.0).await?.into()))
    }
}
