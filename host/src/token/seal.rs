//! The gateway's secret key, sub-keys made from it, and sealing of what is kept at rest (security rule 12).

mod file;

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD},
};
use chacha20poly1305::{
    Key, KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::{Zeroize, Zeroizing};

pub use file::SecretFileError;

use crate::{model::Secret, random::Random};

/// The first byte of sealed data: XChaCha20-Poly1305, nonce, ciphertext with tag.
const FORMAT: u8 = 1;
const NONCE: usize = 24;

/// The one secret of an installation, shared by all of its gateways: 256 bits, cleared from memory when dropped. It
/// seals nothing itself; each use has a sub-key of its own.
#[derive(Clone)]
pub struct SecretKey(Secret<[u8; 32]>);

/// A text that is not a secret key. The text is not in the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the secret key must be 32 bytes, written as 64 hexadecimal digits or as base64 (make one with: openssl rand -hex 32)")]
pub struct SecretKeyError;

/// Sealed data that does not open: made with another key, for another purpose, or changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("sealed data does not open: it was sealed with another secret key, or changed")]
pub struct SealError;

impl SecretKey {
    /// A new one.
    #[must_use]
    pub fn generate(random: &dyn Random) -> Self {
        let mut bytes = [0; 32];
        random.fill(&mut bytes);
        let key = Self(Secret::new(bytes));
        bytes.zeroize();
        key
    }

    /// Reads 64 hexadecimal digits or base64 (either alphabet, padded or not); white space around it is ignored.
    ///
    /// # Errors
    /// If that does not give exactly 32 bytes.
    pub fn parse(text: &str) -> Result<Self, SecretKeyError> {
        let text = text.trim();
        let bytes = if text.len() == 64 { decode_hex(text) } else { decode_base64(text) };
        let bytes = Zeroizing::new(bytes.ok_or(SecretKeyError)?);
        let mut key: [u8; 32] = bytes.as_slice().try_into().map_err(|_| SecretKeyError)?;
        let secret = Self(Secret::new(key));
        key.zeroize();
        Ok(secret)
    }

    /// The text that [`Self::parse`] reads.
    #[must_use]
    pub fn to_text(&self) -> Secret<String> {
        Secret::new(URL_SAFE_NO_PAD.encode(self.0.expose()))
    }

    /// The sub-key for one purpose: HMAC-SHA-256 of the label. Knowing a sub-key tells nothing about the others.
    #[must_use]
    pub fn derive(&self, label: &str) -> Secret<[u8; 32]> {
        let mut mac = keyed(self.0.expose());
        mac.update(label.as_bytes());
        Secret::new(mac.finalize().into_bytes().into())
    }
}

pub(super) fn keyed(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes keys of any length")
}

fn decode_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    text.as_bytes().chunks(2).map(|pair| Some(digit(pair[0])? << 4 | digit(*pair.get(1)?)?)).collect()
}

fn decode_base64(text: &str) -> Option<Vec<u8>> {
    [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD].iter().find_map(|engine| engine.decode(text).ok())
}

/// Encrypts and authenticates `plain`; `context` (a key's name, say) is not in the result, but needed again to open it.
#[must_use]
pub fn seal(key: &Secret<[u8; 32]>, context: &[u8], plain: &[u8], random: &dyn Random) -> Vec<u8> {
    let mut nonce = [0; NONCE];
    random.fill(&mut nonce);
    let mut sealed = vec![FORMAT];
    sealed.extend_from_slice(&nonce);
    sealed.extend_from_slice(&encrypt(key, nonce, Payload { msg: plain, aad: context }));
    sealed
}

fn encrypt(key: &Secret<[u8; 32]>, nonce: [u8; NONCE], payload: Payload<'_, '_>) -> Vec<u8> {
    cipher(key).encrypt(&XNonce::from(nonce), payload).expect("the plain text is shorter than 256 GiB")
}

/// Opens what [`seal`] made with the same key and context.
///
/// # Errors
/// If key or context differ, or a bit was changed.
pub fn open(key: &Secret<[u8; 32]>, context: &[u8], sealed: &[u8]) -> Result<Secret<Vec<u8>>, SealError> {
    let (&format, rest) = sealed.split_first().ok_or(SealError)?;
    let (nonce, ciphertext) = rest.split_first_chunk::<NONCE>().ok_or(SealError)?;
    if format != FORMAT {
        return Err(SealError);
    }
    let plain = cipher(key).decrypt(&XNonce::from(*nonce), Payload { msg: ciphertext, aad: context });
    plain.map(Secret::new).map_err(|_| SealError)
}

fn cipher(key: &Secret<[u8; 32]>) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(<&Key>::from(key.expose()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SystemRandom;

    #[test]
    fn reads_hex_and_every_base64() {
        let bytes = [0xfb; 32];
        let hex = "fb".repeat(32);
        for text in [hex.to_uppercase(), format!(" {hex}\n"), STANDARD.encode(bytes), URL_SAFE.encode(bytes), URL_SAFE_NO_PAD.encode(bytes)]
        {
            assert_eq!(SecretKey::parse(&text).expect(&text).0.expose(), &bytes, "{text}");
        }
    }

    #[test]
    fn refuses_what_is_not_32_bytes() {
        for text in ["", "changeme", &"fb".repeat(31), &"fb".repeat(33), &"zz".repeat(32), &"é".repeat(32), &STANDARD.encode([1; 31])] {
            assert_eq!(SecretKey::parse(text).err(), Some(SecretKeyError), "{text}");
        }
    }

    #[test]
    fn text_form_reads_back() {
        let key = SecretKey::generate(&SystemRandom);
        assert!(SecretKey::parse(key.to_text().expose()).expect("own text").0 == key.0);
    }

    #[test]
    fn sub_keys_differ_by_label_and_key() {
        let key = SecretKey::parse(&"01".repeat(32)).expect("hex");
        let other = SecretKey::parse(&"02".repeat(32)).expect("hex");
        assert!(key.derive("signing keys") == key.derive("signing keys"));
        assert!(key.derive("signing keys") != key.derive("component cache"));
        assert!(key.derive("signing keys") != other.derive("signing keys"));
    }

    #[test]
    fn opens_only_with_the_same_key_context_and_bytes() {
        let key = SecretKey::generate(&SystemRandom).derive("a");
        let sealed = seal(&key, b"kid", b"private", &SystemRandom);
        assert_eq!(open(&key, b"kid", &sealed).expect("opens").expose(), b"private");
        assert_ne!(sealed, seal(&key, b"kid", b"private", &SystemRandom), "a nonce is never used twice");

        assert_eq!(open(&key, b"another", &sealed), Err(SealError));
        assert_eq!(open(&SecretKey::generate(&SystemRandom).derive("a"), b"kid", &sealed), Err(SealError));
        for position in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[position] ^= 1;
            assert_eq!(open(&key, b"kid", &changed), Err(SealError), "byte {position}");
        }
        for length in 0..sealed.len() {
            assert_eq!(open(&key, b"kid", &sealed[..length]), Err(SealError), "cut to {length}");
        }
    }
}
