//! What can go wrong, without HTTP.

use crate::model::{FieldError, Shortage};

pub use crate::{identity::Refusal, store::StoreError};

/// Why a request was not done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Mistakes in fields, all of them.
    #[error("some fields are not right")]
    Fields(Vec<FieldError>),
    /// Nobody is signed in, or nobody can tell.
    #[error(transparent)]
    Identity(#[from] Refusal),
    /// There is none, or it is somebody else's: the answer is the same.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// An order from an empty cart.
    #[error("the cart is empty")]
    CartEmpty,
    /// Some books are not there in that number.
    #[error("some books are not there in this number; nothing was ordered")]
    OutOfStock(Vec<Shortage>),
    /// The same idempotency key came with another content before.
    #[error("this idempotency key was used for another order")]
    KeyReused,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A defect of this program.
    #[error("{0}")]
    Internal(String),
}
