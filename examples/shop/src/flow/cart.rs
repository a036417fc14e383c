//! Carts.

use super::{
    Error, Flow,
    selection::{unknown_book, unknown_shop},
};
use crate::{
    model::{Cart, Selection, UserId},
    store::Kept,
};

impl Flow {
    /// The cart of a user; none if it is empty.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn cart(&self, user: UserId) -> Result<Option<Cart>, Error> {
        Ok(self.store.cart(user).await?)
    }

    /// Puts a selection in the place of a user's cart. More than is there can be wished for: that is decided when it is ordered.
    ///
    /// # Errors
    /// [`Error::Fields`], [`Error::Store`].
    pub async fn put_cart(&self, user: UserId, selection: &Selection) -> Result<Option<Cart>, Error> {
        match self.store.put_cart(user, selection, self.clock.now()).await? {
            Kept::Done => self.cart(user).await,
            Kept::UnknownShop => Err(Error::Fields(vec![unknown_shop()])),
            Kept::UnknownBooks(lines) => Err(Error::Fields(lines.iter().map(unknown_book).collect())),
        }
    }

    /// Empties the cart.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn empty_cart(&self, user: UserId) -> Result<(), Error> {
        Ok(self.store.delete_cart(user).await?)
    }
}
