//! Shops and their assortments.

use super::{Error, Flow};
use crate::model::{Offer, Page, PageRequest, Shop};

impl Flow {
    /// The shops.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn shops(&self, page: PageRequest) -> Result<Page<Shop>, Error> {
        Ok(self.store.shops(page).await?)
    }

    /// What a shop sells.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Store`].
    pub async fn assortment(&self, shop: i64, page: PageRequest) -> Result<(Shop, Page<Offer>), Error> {
        let shop = self.store.shop(shop).await?.ok_or(Error::NotFound("shop"))?;
        let offers = self.store.assortment(shop.id, page).await?;
        Ok((shop, offers))
    }
}
