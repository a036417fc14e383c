//! The nouns of the shop: checked at the door, valid from then on.

mod cart;
mod field;
mod order;
mod page;
mod shop;
mod time;
mod user;

pub use cart::{Cart, CartItem};
pub use field::FieldError;
pub use order::{Content, LARGEST_QUANTITY, Line, MOST_LINES, Order, OrderLine, OrderSummary, Selection, Shortage};
pub use page::{DEFAULT_SIZE, MAX_SIZE, Page, PageRequest};
pub use shop::{Book, Offer, Shop};
pub use time::Timestamp;
pub use user::{Identity, UserId};
