//! What the gateway keeps encrypted under its own key: the states of its own steps, and the secrets of second factors.

use serde::{Serialize, de::DeserializeOwned};

use super::{Error, Flow, Result};
use crate::{
    model::{
        Secret, UserId,
        step::{PendingStep, Purpose},
    },
    token::seal::{SealError, SecretKey, open, seal},
};

impl Flow {
    /// A state of the gateway's own, which opens for this purpose and this user only.
    pub(super) fn seal_state<T: Serialize>(&self, purpose: Purpose, user: UserId, state: &T) -> Result<Vec<u8>> {
        let plain = Secret::new(serde_json::to_vec(state).map_err(|error| Error::Internal(error.to_string()))?);
        let key = self.secret_key.derive("pending steps");
        Ok(seal(&key, &place(purpose, user), plain.expose(), &*self.random))
    }

    /// The reverse of [`Self::seal_state`].
    ///
    /// # Errors
    /// [`Error::UnknownFlow`] if it does not open: it was made under another key, or for something else.
    pub(super) fn open_state<T: DeserializeOwned>(&self, step: &PendingStep) -> Result<T> {
        let user = step.context.user.ok_or(Error::UnknownFlow)?;
        let key = self.secret_key.derive("pending steps");
        let plain = open(&key, &place(step.purpose, user), &step.state).map_err(|_| Error::UnknownFlow)?;
        serde_json::from_slice(plain.expose()).map_err(|_| Error::UnknownFlow)
    }

    /// The private data of a second factor, as the store keeps it.
    pub(super) fn seal_factor(&self, provider: &str, subject: &str, private: &[u8]) -> Vec<u8> {
        seal(&factor_key(&self.secret_key), &factor_place(provider, subject), private, &*self.random)
    }
}

/// The private data of a second factor, as its provider gave it.
///
/// # Errors
/// If it was sealed under another secret key.
pub(super) fn open_factor(key: &SecretKey, provider: &str, subject: &str, sealed: &[u8]) -> std::result::Result<Vec<u8>, SealError> {
    open(&factor_key(key), &factor_place(provider, subject), sealed).map(|plain| plain.expose().clone())
}

fn factor_key(key: &SecretKey) -> Secret<[u8; 32]> {
    key.derive("second factors")
}

fn factor_place(provider: &str, subject: &str) -> Vec<u8> {
    format!("{provider}/{subject}").into_bytes()
}

fn place(purpose: Purpose, user: UserId) -> Vec<u8> {
    format!("{}/{user}", purpose.as_str()).into_bytes()
}
