//! Orders.

use super::{
    Error, Flow,
    selection::{unknown_book, unknown_shop},
};
use crate::{
    model::{Content, Order, OrderSummary, Page, PageRequest, Shortage, UserId},
    store::{NewOrder, Placed},
};

impl Flow {
    /// Places an order, once for each idempotency key; gives whether it is new.
    ///
    /// # Errors
    /// [`Error::Fields`], [`Error::CartEmpty`], [`Error::OutOfStock`], [`Error::KeyReused`], [`Error::Store`]. None of them uses the
    /// key up.
    pub async fn place_order(&self, user: UserId, content: &Content, key: Option<&str>) -> Result<(Order, bool), Error> {
        let placed = self.store.place(&NewOrder { user, content, key, at: self.clock.now() }).await?;
        let (id, new) = match placed {
            Placed::New(id) => {
                tracing::info!(order = id, "ordered");
                (id, true)
            }
            Placed::Again(id) => (id, false),
            Placed::KeyReused => return Err(Error::KeyReused),
            Placed::CartEmpty => return Err(Error::CartEmpty),
            Placed::UnknownShop => return Err(Error::Fields(vec![unknown_shop()])),
            Placed::Short(shortages) => return Err(short(shortages)),
        };
        let order = self.store.order(user, id).await?;
        Ok((order.ok_or_else(|| Error::Internal(format!("order {id} is gone")))?, new))
    }

    /// A user's own order.
    ///
    /// # Errors
    /// [`Error::NotFound`], also if it is somebody else's; [`Error::Store`].
    pub async fn order(&self, user: UserId, id: i64) -> Result<Order, Error> {
        self.store.order(user, id).await?.ok_or(Error::NotFound("order"))
    }

    /// A user's orders, newest first.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn orders(&self, user: UserId, page: PageRequest) -> Result<Page<OrderSummary>, Error> {
        Ok(self.store.orders(user, page).await?)
    }
}

/// A book that the shop never had is a mistake in the request; only what was sold out is a matter of stock.
fn short(shortages: Vec<Shortage>) -> Error {
    let unknown: Vec<_> =
        shortages.iter().filter(|shortage| shortage.available.is_none()).map(|shortage| unknown_book(&shortage.line)).collect();
    if unknown.is_empty() { Error::OutOfStock(shortages) } else { Error::Fields(unknown) }
}
