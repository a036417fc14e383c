//! Callers.

use super::{Error, Flow};
use crate::{
    identity::Refusal,
    model::{Identity, UserId},
    store::Customer,
};

impl Flow {
    /// Who is calling, by the gateway's word; none was given if `token` is none.
    ///
    /// # Errors
    /// [`Error::Identity`].
    pub async fn identify(&self, token: Option<&str>) -> Result<Identity, Error> {
        let token = token.ok_or(Refusal::Missing)?;
        Ok(self.verifier.verify(token, self.clock.now()).await?)
    }

    /// What the shop itself knows of somebody.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn customer(&self, user: UserId) -> Result<Customer, Error> {
        Ok(self.store.customer(user).await?)
    }
}
