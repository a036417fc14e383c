//! Hashes that other systems made (security rule 5). They are checked, never made: the next right password replaces them.
//! Each system's own way with passwords is kept: their bytes as they come, and bcrypt's end after 72 of them.

mod bcrypt;
mod decode;
mod pbkdf2;
mod refused;
mod scrypt;

use self::{bcrypt::Bcrypt, pbkdf2::Pbkdf2, scrypt::Scrypt};
use super::HashError;

pub(super) use self::refused::reason as reason_against;

/// A hash that was read and found affordable.
pub(super) enum Foreign {
    Bcrypt(Bcrypt),
    Pbkdf2(Pbkdf2),
    Scrypt(Scrypt),
}

impl Foreign {
    /// Reads Django's, Werkzeug's, bcrypt's and PHC strings. `None`: it has the look of none of them.
    pub(super) fn parse(text: &str) -> Result<Option<Self>, HashError> {
        if let Some(bcrypt) = Bcrypt::parse(text)? {
            return Ok(Some(Self::Bcrypt(bcrypt)));
        }
        if let Some(pbkdf2) = Pbkdf2::parse(text)? {
            return Ok(Some(Self::Pbkdf2(pbkdf2)));
        }
        Ok(Scrypt::parse(text)?.map(Self::Scrypt))
    }

    /// Takes up to a second and a half of a core in a release build, by the hash's cost.
    pub(super) fn matches(&self, password: &str) -> bool {
        match self {
            Self::Bcrypt(hash) => hash.matches(password),
            Self::Pbkdf2(hash) => hash.matches(password),
            Self::Scrypt(hash) => hash.matches(password),
        }
    }
}

/// Django writes its name before a PHC string: `argon2$argon2id$v=19$...`. Gives back what follows, its dollar included.
pub(super) fn without_django(text: &str) -> &str {
    text.strip_prefix("argon2").filter(|rest| rest.starts_with("$argon2")).unwrap_or(text)
}

#[cfg(test)]
mod tests;
