//! The code, and what the gateway keeps of it until the answer comes: a salted digest, never the code itself.

use vestibule_plugin::{Refusal, crypto};

use crate::outside::Outside;

/// How long a code is good.
pub(crate) const SECONDS: u32 = 600;
/// The same, as the mail says it.
pub(crate) const MINUTES: &str = "10";

const CODES: u32 = 1_000_000;
const LAYOUT: u8 = 1;
const SALT: usize = 16;
const DIGEST: usize = 32;

/// What was sent, to whom, and until when it is good.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Letter {
    pub(crate) email: String,
    pub(crate) expires_at: u64,
    salt: [u8; SALT],
    digest: [u8; DIGEST],
}

impl Letter {
    /// Draws a code for the address; the code itself is for the mail alone.
    pub(crate) fn write(outside: &impl Outside, email: &str) -> Result<(String, Self), Refusal> {
        let no_random = || Refusal::upstream("the gateway's random numbers do not come as they should");
        let code = draw(&outside.random(32)).ok_or_else(no_random)?;
        let salt: [u8; SALT] = outside.random(16).try_into().map_err(|_| no_random())?;
        let digest = digest(outside, &salt, &code).ok_or_else(no_random)?;
        let expires_at = outside.now() + u64::from(SECONDS);
        Ok((code, Self { email: email.to_owned(), expires_at, salt, digest }))
    }

    /// As the gateway keeps it: layout, end, salt, digest, address.
    pub(crate) fn seal(&self) -> Vec<u8> {
        [&[LAYOUT][..], &self.expires_at.to_be_bytes(), &self.salt, &self.digest, self.email.as_bytes()].concat()
    }

    /// The reverse of [`Letter::seal`].
    pub(crate) fn open(state: &[u8]) -> Option<Self> {
        let (&[layout], rest) = state.split_first_chunk()?;
        let (&expires_at, rest) = rest.split_first_chunk()?;
        let (&salt, rest) = rest.split_first_chunk()?;
        let (&digest, rest) = rest.split_first_chunk()?;
        let email = String::from_utf8(rest.to_vec()).ok()?;
        (layout == LAYOUT).then(|| Self { email, expires_at: u64::from_be_bytes(expires_at), salt, digest })
    }

    /// Whether this is the code; spaces and dashes that people type between digits do not count.
    pub(crate) fn matches(&self, outside: &impl Outside, given: &str) -> bool {
        let given: String = given.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
        digest(outside, &self.salt, &given).is_some_and(|digest| crypto::equal(&digest, &self.digest))
    }
}

fn digest(outside: &impl Outside, salt: &[u8], code: &str) -> Option<[u8; DIGEST]> {
    outside.sha256(&[salt, code.as_bytes()].concat()).try_into().ok()
}

/// Six digits, every one of the million as likely as the others: numbers above the last whole million are thrown away.
/// With eight numbers to choose from, `None` means a broken generator.
fn draw(random: &[u8]) -> Option<String> {
    const FAIR: u32 = u32::MAX / CODES * CODES;
    let number = random.as_chunks().0.iter().copied().map(u32::from_be_bytes).find(|number| *number < FAIR)?;
    let digits = (number % CODES).to_string();
    Some(["0".repeat(6 - digits.len()), digits].concat())
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_six_digits_and_no_bias() {
        assert_eq!(draw(&7_u32.to_be_bytes()).as_deref(), Some("000007"));
        assert_eq!(draw(&4_293_999_999_u32.to_be_bytes()).as_deref(), Some("999999"));
        let unfair = 4_294_000_000_u32.to_be_bytes();
        assert_eq!(draw(&unfair), None);
        assert_eq!(draw(&[unfair, 123_456_u32.to_be_bytes()].concat()).as_deref(), Some("123456"));
        assert_eq!(draw(&[1, 2, 3]), None);
    }

    #[test]
    fn a_letter_survives_its_seal_and_nothing_else_opens() {
        let letter = Letter { email: "ann@example.org".to_owned(), expires_at: 1_700_000_600, salt: [1; 16], digest: [2; 32] };
        let sealed = letter.seal();
        assert_eq!(Letter::open(&sealed), Some(letter));
        assert_eq!(Letter::open(&[]), None);
        assert_eq!(Letter::open(&sealed[..40]), None);
        let mut other_layout = sealed.clone();
        other_layout[0] = 2;
        assert_eq!(Letter::open(&other_layout), None);
        let mut not_text = sealed;
        not_text.push(0xff);
        assert_eq!(Letter::open(&not_text), None);
    }

    #[test]
    fn hex_is_lower_case() {
        assert_eq!(hex(&[0x00, 0xab, 0x0f]), "00ab0f");
    }
}
