//! The codes of authenticator apps: TOTP (RFC 6238) with SHA-1, six digits and 30 seconds, which is what all apps take.

use hmac::{Hmac, Mac};
use sha1::Sha1;
use vestibule_plugin::crypto;

/// Bytes of a secret: as long as the hash (RFC 4226, 4).
pub(crate) const SECRET: u32 = 20;
/// Seconds of a time step.
pub(crate) const STEP: u64 = 30;
/// Steps that clock and person may be early or late.
const WINDOW: u64 = 1;
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The time step whose code this is, of those around `now`; spaces and dashes that people type between digits do not count.
pub(crate) fn step_of(secret: &[u8], now: u64, given: &str) -> Option<u64> {
    let given: String = given.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    let current = now / STEP;
    // Every step is compared, so that the time tells nothing about which it was.
    let steps = current.saturating_sub(WINDOW)..=current + WINDOW;
    let matching: Vec<u64> = steps.filter(|step| crypto::equal(code(secret, *step).as_bytes(), given.as_bytes())).collect();
    matching.last().copied()
}

/// HOTP (RFC 4226, 5.3) of a time step.
fn code(secret: &[u8], step: u64) -> String {
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(secret) else { return String::new() };
    mac.update(&step.to_be_bytes());
    let digest: [u8; 20] = mac.finalize().into_bytes().into();
    let offset = usize::from(digest[19] & 15);
    let number = digest[offset..offset + 4].iter().fold(0, |number: u32, byte| number << 8 | u32::from(*byte));
    let digits = ((number & 0x7fff_ffff) % 1_000_000).to_string();
    ["0".repeat(6 - digits.len()), digits].concat()
}

/// RFC 4648, 6, without padding: as apps and their users type it.
pub(crate) fn base32(bytes: &[u8]) -> String {
    let (mut text, mut pending, mut bits) = (String::new(), 0_u32, 0);
    for byte in bytes {
        pending = pending << 8 | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(char::from(BASE32[(pending >> bits & 31) as usize]));
        }
    }
    if bits > 0 {
        text.push(char::from(BASE32[(pending << (5 - bits) & 31) as usize]));
    }
    text
}

/// What apps read from a QR code (the key URI format of Google Authenticator).
pub(crate) fn uri(issuer: &str, account: &str, secret: &str) -> String {
    let (issuer, account) = (percent(issuer), percent(account));
    ["otpauth://totp/", &issuer, ":", &account, "?secret=", secret, "&issuer=", &issuer, "&algorithm=SHA1&digits=6&period=30"].concat()
}

fn percent(text: &str) -> String {
    let encode = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &[u8] = b"12345678901234567890";

    /// RFC 6238, appendix B, the last six of its eight digits.
    #[test]
    fn the_codes_are_those_of_the_rfc() {
        for (time, digits) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(code(KEY, time / STEP), digits, "{time}");
        }
    }

    #[test]
    fn one_step_early_or_late_is_taken_and_no_more() {
        let now = 1_111_111_111;
        let step = now / STEP;
        for late in [step - 1, step, step + 1] {
            assert_eq!(step_of(KEY, now, &code(KEY, late)), Some(late));
        }
        for wrong in [code(KEY, step - 2), code(KEY, step + 2), String::new(), "05047".to_owned(), "0504711".to_owned()] {
            assert_eq!(step_of(KEY, now, &wrong), None, "{wrong}");
        }
        assert_eq!(step_of(KEY, now, " 050 471 "), Some(step));
        assert_eq!(step_of(KEY, 0, &code(KEY, 0)), Some(0));
    }

    /// RFC 4648, 10.
    #[test]
    fn base32_is_that_of_the_rfc() {
        for (plain, text) in
            [("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foob", "MZXW6YQ"), ("fooba", "MZXW6YTB"), ("foobar", "MZXW6YTBOI")]
        {
            assert_eq!(base32(plain.as_bytes()), text);
        }
    }

    #[test]
    fn names_in_the_uri_cannot_add_parameters() {
        assert_eq!(
            uri("Ex & Co", "ann@example.org?secret=x", "ABC"),
            "otpauth://totp/Ex%20%26%20Co:ann%40example.org%3Fsecret%3Dx?secret=ABC&issuer=Ex%20%26%20Co&algorithm=SHA1&digits=6&period=30"
        );
    }
}
