//! The public interface: parses requests, calls a flow, writes answers. No rules live here.
//!
//! | file | paths |
//! | --- | --- |
//! | [`user`] | `/shop/me` |
//! | [`shop`] | `/shop/shops`, `/shop/shops/{id}/books` |
//! | [`cart`] | `/shop/cart` |
//! | [`order`] | `/shop/orders`, `/shop/orders/{id}` |
//! | [`health`] | `/health/live`, `/health/ready` |
//! | [`docs`] | `/shop/docs`, `/shop/openapi.json` |

pub mod allow;
pub mod caller;
pub mod cart;
pub mod docs;
pub mod document;
pub mod frame;
pub mod health;
pub mod input;
pub mod key;
pub mod order;
pub mod page;
pub mod problem;
pub mod router;
pub mod selection;
pub mod shop;
pub mod user;
