//! Keyed digests: for what is too short to be kept as a plain digest (codes), or would name a person (limits).

use hmac::Mac;

use super::seal::keyed;
use crate::model::Secret;

/// HMAC-SHA-256 of the parts, each with its length before it, so that no two lists of parts read alike.
#[must_use]
pub fn digest(key: &Secret<[u8; 32]>, parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = keyed(key.expose());
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depends_on_the_key_and_on_where_parts_end() {
        let (key, other) = (Secret::new([1; 32]), Secret::new([2; 32]));
        assert_eq!(digest(&key, &[b"ab", b"c"]), digest(&key, &[b"ab", b"c"]));
        assert_ne!(digest(&key, &[b"ab", b"c"]), digest(&key, &[b"a", b"bc"]));
        assert_ne!(digest(&key, &[b"ab", b"c"]), digest(&other, &[b"ab", b"c"]));
        assert_ne!(digest(&key, &[]), digest(&key, &[b""]));
    }
}
