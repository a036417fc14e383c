//! bcrypt: `$2a$`, `$2b$`, `$2y$`, and Django's `bcrypt$` and `bcrypt_sha256$` before them.

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::{super::HashError, decode};

/// 2 to the power of it is the number of rounds: about a second.
const CEILING: u32 = 14;
const FLOOR: u32 = 4;
/// What bcrypt sees of a password, the closing zero included if there is room.
const WIDTH: usize = 72;

pub(in super::super) struct Bcrypt {
    cost: u32,
    salt: [u8; 16],
    output: [u8; 23],
    /// Django's answer to the 72 bytes: the hexadecimal SHA-256 of the password goes in instead.
    is_digested: bool,
}

impl Bcrypt {
    pub(super) fn parse(text: &str) -> Result<Option<Self>, HashError> {
        let (text, is_digested) = match (text.strip_prefix("bcrypt_sha256$"), text.strip_prefix("bcrypt$")) {
            (Some(rest), _) => (rest, true),
            (_, Some(rest)) => (rest, false),
            _ if text.starts_with("$2") => (text, false),
            _ => return Ok(None),
        };
        let parts: Vec<&str> = text.split('$').collect();
        let ["", version, cost, tail] = parts[..] else { return Err(HashError::UnknownFormat) };
        match version {
            "2a" | "2b" | "2y" => {}
            "2" | "2x" => return Err(HashError::Refused("of a faulty version of bcrypt ($2$, $2x$)")),
            _ => return Err(HashError::UnknownFormat),
        }
        let (salt, output) = tail.split_at_checked(22).ok_or(HashError::UnknownFormat)?;
        let cost = decode::number(cost)?;
        if cost > CEILING {
            return Err(HashError::TooCostly);
        }
        if cost < FLOOR {
            return Err(HashError::UnknownFormat);
        }
        Ok(Some(Self { cost, salt: decode::bcrypt(salt)?, output: decode::bcrypt(output)?, is_digested }))
    }

    pub(super) fn matches(&self, password: &str) -> bool {
        let digest: Zeroizing<String>;
        let seen = if self.is_digested {
            digest = Zeroizing::new(format!("{:x}", Sha256::digest(password)));
            digest.as_bytes()
        } else {
            password.as_bytes()
        };
        let mut input = Zeroizing::new([0; WIDTH]);
        let length = seen.len().min(WIDTH);
        input[..length].copy_from_slice(&seen[..length]);
        let output = ::bcrypt::bcrypt(self.cost, self.salt, &input[..(length + 1).min(WIDTH)]);
        output[..self.output.len()].ct_eq(&self.output).into()
    }
}
