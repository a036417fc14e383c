//! Passwords: what is good enough, how they are hashed, and the bounded pool that does the hashing. A password is brought
//! into one form (NFKC) here, so that it does not matter on which keyboard it was typed.

mod foreign;
pub mod hash;
pub mod policy;
pub mod pool;

pub use hash::{HashError, Params, Verdict};
pub use policy::{Policy, Weakness};
pub use pool::{Counts, HashPool, PoolError, PoolSettings, StartError};

use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroize as _;

use crate::model::Secret;

/// In characters, after normalisation. Longer ones are refused, never truncated.
pub const MAX_CHARACTERS: usize = 128;

/// Nothing of 128 characters after NFKC needs more; beyond it, not even the normalisation is done.
const MAX_BYTES: usize = 4096;

/// Whether it is no longer than [`MAX_CHARACTERS`] as it stands.
fn is_short_enough(password: &str) -> bool {
    password.len() <= MAX_BYTES && password.chars().count() <= MAX_CHARACTERS
}

/// The NFKC form, or `None` if it is longer than [`MAX_CHARACTERS`].
fn normalise(password: &str) -> Option<Secret<String>> {
    if password.len() > MAX_BYTES {
        return None;
    }
    // Room for the longest form that is accepted, so that growing leaves no copies behind.
    let mut normal = String::with_capacity(MAX_CHARACTERS * 4);
    for (count, character) in password.nfkc().enumerate() {
        if count == MAX_CHARACTERS {
            normal.zeroize();
            return None;
        }
        normal.push(character);
    }
    Some(Secret::new(normal))
}
