//! Tokens: signed, verified, and the keys that do it. The algorithm is fixed by the key, the key is one of our own, and
//! a pair of tokens follows from the session's row alone, so that a repeated refresh gets the same bytes. Time comes from
//! the caller.

pub mod key;
pub mod keyring;
pub mod mac;
pub mod pair;
pub mod passport;
pub mod seal;
pub mod verify;

mod claims;
mod jws;
mod private;

pub use key::KeyError;
pub use keyring::KeyRing;
pub use pair::{Issuer, Pair, UnknownKey};
pub use seal::SecretKey;
pub use verify::{AccessClaims, RefreshClaims, TokenError};

#[cfg(test)]
mod tests;
