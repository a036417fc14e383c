//! Services that may ask about other people's tokens: an id and a secret each, named by the operator.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq as _;

use super::{Error, Flow, Result};
use crate::model::{Secret, user::ADMIN};

/// The services by id; of their secrets only digests are kept.
#[derive(Clone, Default)]
pub struct Services(BTreeMap<String, [u8; 32]>);

/// How a caller says who it is.
pub enum Asker {
    /// It does not.
    Nobody,
    /// By an access token.
    Bearer(String),
    /// By a service's id and secret.
    Service {
        /// As configured.
        id: String,
        /// As configured.
        secret: Secret<String>,
    },
}

impl Services {
    /// From ids and secrets.
    pub fn new(services: impl IntoIterator<Item = (String, Secret<String>)>) -> Self {
        Self(services.into_iter().map(|(id, secret)| (id, digest(&secret))).collect())
    }

    fn know(&self, id: &str, secret: &Secret<String>) -> bool {
        let given = digest(secret);
        // A comparison for unknown ids too.
        let (kept, known) = self.0.get(id).map_or((&[0; 32], false), |kept| (kept, true));
        let same: bool = kept.ct_eq(&given).into();
        known && same
    }
}

fn digest(secret: &Secret<String>) -> [u8; 32] {
    Sha256::digest(secret.expose()).into()
}

impl Flow {
    /// Whether any service may ask.
    #[must_use]
    pub fn has_services(&self) -> bool {
        !self.services.0.is_empty()
    }

    /// Demands a service of the operator's, or an administrator.
    ///
    /// # Errors
    /// [`Error::InvalidClient`], those of [`Flow::authenticate`], [`Error::Forbidden`], or the store's.
    pub(super) async fn require_service(&self, asker: &Asker) -> Result<()> {
        match asker {
            Asker::Nobody => Err(Error::InvalidClient),
            Asker::Bearer(token) => self.authenticate(token).await?.require(ADMIN),
            Asker::Service { id, secret } => self.check_service(id, secret),
        }
    }

    /// Checks the credentials of a service.
    ///
    /// # Errors
    /// [`Error::InvalidClient`].
    pub(super) fn check_service(&self, id: &str, secret: &Secret<String>) -> Result<()> {
        if self.services.know(id, secret) {
            return Ok(());
        }
        tracing::warn!("a service gave wrong credentials");
        Err(Error::InvalidClient)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn id_and_secret_belong_together() {
        let secret = |text: &str| Secret::new(text.to_owned());
        let services = Services::new([("shop".to_owned(), secret("one")), ("bank".to_owned(), secret("two"))]);
        assert!(services.know("shop", &secret("one")) && services.know("bank", &secret("two")));
        for (id, wrong) in [("shop", "two"), ("shop", ""), ("nobody", "one"), ("", "")] {
            assert!(!services.know(id, &secret(wrong)), "{id} {wrong}");
        }
        assert!(!Services::default().know("shop", &secret("one")));
    }
}
