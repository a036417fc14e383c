//! All routes together, inside their frame.

use std::sync::Arc;

use poem::{Endpoint, EndpointExt, Response, Route};
use poem_openapi::{OpenApiService, Tags};

use super::{allow::Allow, cart::CartApi, docs, document, frame::Frame, health::HealthApi, order::OrderApi, shop::ShopApi, user::UserApi};
use crate::flow::Flow;

/// Chapters of the document.
#[derive(Tags)]
pub enum Tag {
    /// Shops and their books.
    Shops,
    /// The caller's cart.
    Cart,
    /// The caller's orders.
    Orders,
    /// The caller.
    Me,
    /// For operators.
    Operate,
}

type Apis = (UserApi, ShopApi, CartApi, OrderApi, HealthApi);

fn service() -> OpenApiService<Apis, ()> {
    OpenApiService::new((UserApi, ShopApi, CartApi, OrderApi, HealthApi), "Book shop", env!("CARGO_PKG_VERSION"))
        .description(
            "A service behind Vestibule: the gateway signs people in and passes on who they are. A trailing slash is optional on every path.",
        )
        // Of the same origin, which is the gateway for everybody but operators.
        .server("/")
}

/// The OpenAPI document.
///
/// # Panics
/// Never: poem-openapi writes JSON.
#[must_use]
pub fn openapi() -> serde_json::Value {
    let mut document = serde_json::from_str(&service().spec()).expect("poem-openapi writes JSON");
    document::complete(&mut document);
    document
}

/// The shop as an endpoint.
pub fn shop(flow: &Arc<Flow>) -> impl Endpoint<Output = Response> + use<> {
    let document = openapi();
    let allow = Allow::new(&document);
    let routes = docs::add(Route::new().nest("/", service()), &document);
    Frame::new(routes.data(Arc::clone(flow)), allow)
}
