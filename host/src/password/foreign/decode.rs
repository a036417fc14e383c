//! The alphabets in which hashes are written.

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use zeroize::Zeroizing;

use super::super::HashError;

/// Shorter ones would match by chance.
const SHORTEST: usize = 16;
/// No hash that is taken is longer.
const LONGEST: usize = 64;

const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true).with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const BCRYPT: GeneralPurpose = GeneralPurpose::new(&alphabet::BCRYPT, LENIENT);

/// Base64, with or without padding; passlib writes a dot for the plus.
pub(super) fn base64(text: &str) -> Result<Zeroizing<Vec<u8>>, HashError> {
    STANDARD.decode(text.replace('.', "+")).map(Zeroizing::new).map_err(|_| HashError::UnknownFormat)
}

/// bcrypt's own alphabet. Bits beyond the last byte do not count: some systems leave them set.
pub(super) fn bcrypt<const N: usize>(text: &str) -> Result<[u8; N], HashError> {
    BCRYPT.decode(text).ok().and_then(|bytes| bytes.try_into().ok()).ok_or(HashError::UnknownFormat)
}

/// Small hexadecimal digits.
pub(super) fn hex(text: &str) -> Result<Zeroizing<Vec<u8>>, HashError> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pairs = text.as_bytes().chunks(2);
    let bytes = pairs.map(|pair| match pair {
        [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    });
    bytes.collect::<Option<Vec<u8>>>().map(Zeroizing::new).ok_or(HashError::UnknownFormat)
}

/// A hash of a length that means something.
pub(super) fn output(bytes: Zeroizing<Vec<u8>>) -> Result<Zeroizing<Vec<u8>>, HashError> {
    if (SHORTEST..=LONGEST).contains(&bytes.len()) { Ok(bytes) } else { Err(HashError::UnknownFormat) }
}

/// A salt that is there.
pub(super) fn salt(bytes: impl Into<Vec<u8>>) -> Result<Zeroizing<Vec<u8>>, HashError> {
    let bytes = Zeroizing::new(bytes.into());
    if bytes.is_empty() { Err(HashError::Refused("not salted")) } else { Ok(bytes) }
}

/// Whether it is written in decimal digits alone.
pub(super) fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A count, written in decimal digits alone.
pub(super) fn number(text: &str) -> Result<u32, HashError> {
    if !is_number(text) {
        return Err(HashError::UnknownFormat);
    }
    // So many digits that they do not fit are a number that costs too much.
    text.parse().map_err(|_| HashError::TooCostly)
}
