//! Argon2id as PHC strings, and what other systems have made (security rules 1, 3 and 5). Blocking: the pool calls it,
//! nobody else.

use std::sync::Arc;

use argon2::{
    Algorithm, Argon2, Block, Version,
    password_hash::phc::{Output, PasswordHash, Salt},
};
use subtle::ConstantTimeEq as _;
use zeroize::{Zeroize as _, Zeroizing};

use super::{
    foreign::{self, Foreign},
    is_short_enough, normalise,
};
use crate::{model::Secret, random::Random};

const SALT: usize = 16;
const OUTPUT: usize = 32;

/// What a new hash may cost at most.
const CEILING: Params = Params { memory_kib: 256 * 1024, iterations: 10, parallelism: 4 };
/// KiB of memory times passes over it, which is what it takes in time: a second of one core.
const CEILING_OF_WORK: u32 = 768 * 1024;
/// Lanes of a stored one: Django makes 8. They cost nothing here, where one thread computes them in turn.
const MOST_LANES: u32 = 16;
/// In bytes; no hash that is taken is longer.
const LONGEST: usize = 512;

/// Cost of a hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Params {
    /// `m`: memory in KiB.
    pub memory_kib: u32,
    /// `t`: passes over the memory.
    pub iterations: u32,
    /// `p`: lanes.
    pub parallelism: u32,
}

impl Default for Params {
    /// OWASP's first choice: 19 MiB, two passes, one lane.
    fn default() -> Self {
        Self { memory_kib: 19 * 1024, iterations: 2, parallelism: 1 }
    }
}

/// What came of a verification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is the password.
    Match {
        /// The stored hash has another algorithm, version or cost than new ones: hash the password again and store that.
        needs_rehash: bool,
    },
    /// It is not, or there is none.
    NoMatch,
}

/// A password that cannot be hashed, or a stored hash that cannot be used. The hash is not in the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HashError {
    /// The policy lets none of these through.
    #[error("the password is longer than 128 characters")]
    TooLong,
    /// Of an algorithm that this gateway does not know, or damaged.
    #[error(
        "the stored hash is of an unknown format; known are Django's, Werkzeug's, bcrypt's ($2b$) and PHC strings ($argon2id$, $scrypt$, \
         $pbkdf2-sha256$)"
    )]
    UnknownFormat,
    /// It would take more memory or time than any sign-in may.
    #[error(
        "the stored hash costs too much: at most m=262144 (256 MiB), t=10, p=16 and m*t=786432 (Argon2), 14 (bcrypt), 3000000 iterations (PBKDF2), \
         N*r=1048576 (128 MiB) and N*r*p=2097152 (scrypt)"
    )]
    TooCostly,
    /// Of a kind that protects no password.
    #[error("the stored hash is {0}; leave it out, and the person sets a new password by mail")]
    Refused(&'static str),
    /// The parameters of new hashes are out of range.
    #[error("argon2 parameters m={}, t={}, p={}: m must be 8 to 262144 (KiB) and at least 8 p, t 1 to 10, p 1 to 4, m times t at most 786432", .0.memory_kib, .0.iterations, .0.parallelism)]
    BadParams(Params),
}

/// Makes and verifies hashes. Immutable; each thread brings its own [`Memory`].
#[derive(Clone)]
pub(super) struct Hasher {
    params: Params,
    argon2: Argon2<'static>,
    dummy: Arc<Argon2Hash>,
    random: Arc<dyn Random>,
}

/// glibc gives allocations above 32 MiB back to the system when they are freed, but keeps 19 MiB in its heap (measured:
/// 200 MB after some hashes). So that many blocks are asked for at least; untouched ones cost nothing.
const ALWAYS_MAPPED: usize = 33 * 1024;

/// The blocks that Argon2 works on: kept from one hash to the next, since asking the system for 19 MiB of zeroed pages
/// takes a tenth of the time of a hash.
#[derive(Default)]
pub(super) struct Memory(Vec<Block>);

impl Memory {
    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn blocks(&mut self, count: usize) -> &mut [Block] {
        if self.0.len() < count {
            *self = Self(Vec::with_capacity(count.max(ALWAYS_MAPPED)));
            self.0.resize(count, Block::new());
        }
        &mut self.0[..count]
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        self.0.iter_mut().for_each(|block| block.as_mut().zeroize());
    }
}

/// A stored hash that was read and found affordable.
enum Stored {
    Argon2(Argon2Hash),
    Foreign(Foreign),
}

struct Argon2Hash {
    argon2: Argon2<'static>,
    salt: Zeroizing<Vec<u8>>,
    output: Zeroizing<Vec<u8>>,
    /// As new ones are made.
    is_current: bool,
}

/// Whether a stored hash can be checked: of a known format, and within the ceilings. Computes nothing.
///
/// # Errors
/// See [`HashError`].
pub fn examine(stored: &str) -> Result<(), HashError> {
    Stored::parse(stored, Params::default()).map(drop)
}

impl Hasher {
    pub(super) fn new(params: Params, random: Arc<dyn Random>) -> Result<Self, HashError> {
        let argon2 = argon2id(params).ok_or(HashError::BadParams(params))?;
        // No password leads to these random bytes, and verifying against them does the same work as against a real hash.
        let mut bytes = [0; SALT + OUTPUT];
        random.fill(&mut bytes);
        let (salt, output) = (bytes[..SALT].to_vec().into(), bytes[SALT..].to_vec().into());
        let dummy = Arc::new(Argon2Hash { argon2: argon2.clone(), salt, output, is_current: true });
        Ok(Self { params, argon2, dummy, random })
    }

    /// A PHC string with a new salt.
    pub(super) fn hash(&self, password: &str, memory: &mut Memory) -> Result<String, HashError> {
        let password = normalise(password).ok_or(HashError::TooLong)?;
        let mut salt = [0; SALT];
        self.random.fill(&mut salt);
        let mut output = Zeroizing::new([0; OUTPUT]);
        self.compute(&self.argon2, password.expose(), &salt, output.as_mut(), memory)?;
        self.write(&salt, output.as_ref()).ok_or(HashError::BadParams(self.params))
    }

    /// Whether it is the password of the stored hash. `None`, an empty password, an overlong one and a stored hash that
    /// cannot be used cost as much time as a wrong password.
    pub(super) fn verify(&self, phc: Option<&str>, password: &str, memory: &mut Memory) -> Result<Verdict, HashError> {
        let stored = phc.map(|phc| Stored::parse(phc, self.params)).transpose();
        let forms = stored.as_ref().ok().and_then(Option::as_ref).map(|stored| stored.forms(password)).unwrap_or_default();
        if let (Ok(Some(stored)), false) = (&stored, forms.is_empty()) {
            for form in &forms {
                if self.is_match(stored, form, memory)? {
                    return Ok(Verdict::Match { needs_rehash: !stored.is_current() });
                }
            }
            return Ok(Verdict::NoMatch);
        }
        self.compare(&self.dummy, &Secret::new(String::new()), memory)?;
        stored.map(|_| Verdict::NoMatch)
    }

    fn is_match(&self, stored: &Stored, password: &Secret<String>, memory: &mut Memory) -> Result<bool, HashError> {
        match stored {
            Stored::Argon2(hash) => self.compare(hash, password, memory),
            Stored::Foreign(hash) => Ok(hash.matches(password.expose())),
        }
    }

    fn compare(&self, stored: &Argon2Hash, password: &Secret<String>, memory: &mut Memory) -> Result<bool, HashError> {
        let mut output = Zeroizing::new(vec![0; stored.output.len()]);
        self.compute(&stored.argon2, password.expose(), &stored.salt, &mut output, memory)?;
        Ok(output.ct_eq(&stored.output).into())
    }

    fn compute(&self, argon2: &Argon2<'_>, password: &str, salt: &[u8], output: &mut [u8], memory: &mut Memory) -> Result<(), HashError> {
        let blocks = memory.blocks(argon2.params().block_count());
        argon2.hash_password_into_with_memory(password.as_bytes(), salt, output, blocks).map_err(|_| HashError::BadParams(self.params))
    }

    fn write(&self, salt: &[u8], output: &[u8]) -> Option<String> {
        let hash = PasswordHash {
            algorithm: Algorithm::Argon2id.ident(),
            version: Some(Version::V0x13.into()),
            params: self.argon2.params().try_into().ok()?,
            salt: Some(Salt::new(salt).ok()?),
            hash: Some(Output::new(output).ok()?),
        };
        Some(hash.to_string())
    }
}

impl Stored {
    fn parse(text: &str, current: Params) -> Result<Self, HashError> {
        if text.len() > LONGEST || text.chars().any(char::is_control) {
            return Err(HashError::UnknownFormat);
        }
        let phc = foreign::without_django(text);
        if phc.starts_with("$argon2") {
            return Argon2Hash::parse(phc, current).map(Self::Argon2);
        }
        let refused = || foreign::reason_against(text).map_or(HashError::UnknownFormat, HashError::Refused);
        Foreign::parse(text)?.map(Self::Foreign).ok_or_else(refused)
    }

    const fn is_current(&self) -> bool {
        matches!(self, Self::Argon2(Argon2Hash { is_current: true, .. }))
    }

    /// What may have gone into the hash: our normal form, and, where another system may have made it, the password as it came. None if it
    /// is empty or overlong.
    fn forms(&self, password: &str) -> Vec<Secret<String>> {
        let normal = normalise(password).filter(|_| matches!(self, Self::Argon2(_)));
        let is_other = |raw: &str| normal.as_ref().is_none_or(|normal| normal.expose() != raw);
        let raw = Some(password).filter(|raw| !self.is_current() && is_short_enough(raw) && is_other(raw));
        let raw = raw.map(|raw| Secret::new(raw.to_owned()));
        normal.into_iter().chain(raw).filter(|form| !form.expose().is_empty()).collect()
    }
}

impl Argon2Hash {
    /// Reads a PHC string (argon2id, argon2i, argon2d).
    fn parse(phc: &str, current: Params) -> Result<Self, HashError> {
        let hash = PasswordHash::new(phc).map_err(|_| HashError::UnknownFormat)?;
        let algorithm = Algorithm::new(hash.algorithm).map_err(|_| HashError::UnknownFormat)?;
        let version = hash.version.map_or(Ok(Version::V0x10), Version::try_from).map_err(|_| HashError::UnknownFormat)?;
        let params = argon2::Params::try_from(&hash).map_err(|_| HashError::UnknownFormat)?;
        let (Some(salt), Some(output)) = (hash.salt, hash.hash) else { return Err(HashError::UnknownFormat) };
        let cost = Params { memory_kib: params.m_cost(), iterations: params.t_cost(), parallelism: params.p_cost() };
        if cost.parallelism > MOST_LANES || !(Params { parallelism: 1, ..cost }).is_affordable() {
            return Err(HashError::TooCostly);
        }
        let is_current = cost == current && algorithm == Algorithm::Argon2id && version == Version::V0x13 && output.len() == OUTPUT;
        Ok(Self {
            argon2: Argon2::new(algorithm, version, params),
            salt: salt.as_ref().to_vec().into(),
            output: output.as_bytes().to_vec().into(),
            is_current,
        })
    }
}

impl Params {
    const fn is_affordable(self) -> bool {
        self.memory_kib <= CEILING.memory_kib
            && self.iterations <= CEILING.iterations
            && self.parallelism <= CEILING.parallelism
            && self.memory_kib.saturating_mul(self.iterations) <= CEILING_OF_WORK
    }
}

fn argon2id(params: Params) -> Option<Argon2<'static>> {
    if !params.is_affordable() {
        return None;
    }
    let params = argon2::Params::new(params.memory_kib, params.iterations, params.parallelism, Some(OUTPUT)).ok()?;
    Some(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SystemRandom;

    const CHEAP: Params = Params { memory_kib: 64, iterations: 1, parallelism: 1 };

    fn hasher(params: Params) -> Hasher {
        Hasher::new(params, Arc::new(SystemRandom)).expect("good parameters")
    }

    fn hash(password: &str) -> String {
        hasher(CHEAP).hash(password, &mut Memory::default()).expect("hashed")
    }

    fn verify(phc: Option<&str>, password: &str) -> Result<Verdict, HashError> {
        hasher(CHEAP).verify(phc, password, &mut Memory::default())
    }

    const MATCH: Result<Verdict, HashError> = Ok(Verdict::Match { needs_rehash: false });
    const NO_MATCH: Result<Verdict, HashError> = Ok(Verdict::NoMatch);

    #[test]
    fn default_parameters_are_in_the_string() {
        let phc = hasher(Params::default()).hash("correct horse", &mut Memory::default()).expect("hashed");
        assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{phc}");
    }

    #[test]
    fn only_the_password_matches() {
        let phc = hash("correct horse");
        assert_eq!(verify(Some(&phc), "correct horse"), MATCH);
        for wrong in ["correct hors", "correct horse ", "Correct horse", "", "\0", &"x".repeat(1 << 20)] {
            assert_eq!(verify(Some(&phc), wrong), NO_MATCH, "{}", wrong.len());
        }
        assert_ne!(hash("correct horse"), phc, "each hash has a salt of its own");
    }

    #[test]
    fn what_looks_the_same_is_the_same_password() {
        let composed = "p\u{e4}ssw\u{f6}rd \u{fb01}x";
        for other in ["pa\u{308}sswo\u{308}rd fix", "ｐ\u{e4}ssw\u{f6}rd\u{a0}fix"] {
            assert_eq!(verify(Some(&hash(composed)), other), MATCH, "{other}");
            assert_eq!(verify(Some(&hash(other)), composed), MATCH, "{other}");
        }
    }

    #[test]
    fn an_empty_password_never_matches_even_its_own_hash() {
        assert_eq!(verify(Some(&hash("")), ""), NO_MATCH);
    }

    #[test]
    fn nothing_matches_where_there_is_no_hash() {
        assert_eq!(verify(None, "correct horse"), NO_MATCH);
        assert_eq!(verify(None, ""), NO_MATCH);
    }

    #[test]
    fn overlong_passwords_are_not_cut() {
        let long = "x".repeat(128);
        let phc = hash(&long);
        assert_eq!(verify(Some(&phc), &long), MATCH);
        assert_eq!(verify(Some(&phc), &format!("{long}y")), NO_MATCH);
        let error = hasher(CHEAP).hash(&format!("{long}y"), &mut Memory::default());
        assert_eq!(error, Err(HashError::TooLong));
    }

    #[test]
    fn hashes_of_other_cost_or_algorithm_match_and_want_rehashing() {
        let stale = Ok(Verdict::Match { needs_rehash: true });
        let mut memory = Memory::default();
        for params in [Params { iterations: 2, ..CHEAP }, Params { memory_kib: 32, ..CHEAP }, Params { parallelism: 2, ..CHEAP }] {
            let phc = hasher(params).hash("correct horse", &mut memory).expect("hashed");
            assert_eq!(verify(Some(&phc), "correct horse"), stale, "{phc}");
            assert_eq!(verify(Some(&phc), "wrong horse"), NO_MATCH, "{phc}");
        }
        // The reference implementation's test vectors (phc-winner-argon2, test.c).
        let argon2i = "$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8";
        assert_eq!(verify(Some(argon2i), "password"), stale);
        let argon2id = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
        assert_eq!(verify(Some(argon2id), "password"), stale);
    }

    #[test]
    fn one_memory_serves_hashes_of_different_sizes() {
        let mut memory = Memory::default();
        let (small, large) = (hasher(CHEAP), hasher(Params { memory_kib: 256, ..CHEAP }));
        let first = large.hash("correct horse", &mut memory).expect("hashed");
        let second = small.hash("correct horse", &mut memory).expect("hashed");
        assert_eq!(verify(Some(&first), "correct horse"), Ok(Verdict::Match { needs_rehash: true }));
        assert_eq!(verify(Some(&second), "correct horse"), MATCH);
    }

    #[test]
    fn unknown_formats_and_ruinous_costs_are_errors() {
        let tail = "$c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8";
        for phc in ["plain", "$3b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW", "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ"] {
            assert_eq!(verify(Some(phc), "password"), Err(HashError::UnknownFormat), "{phc}");
        }
        for cost in [
            "m=262145,t=1,p=1",
            "m=4294967295,t=1,p=1",
            "m=256,t=11,p=1",
            "m=256,t=1,p=17",
            "m=256,t=4294967295,p=1",
            "m=262144,t=4,p=1",
            "m=78644,t=10,p=1",
        ] {
            let phc = format!("$argon2id$v=19${cost}{tail}");
            assert_eq!(verify(Some(&phc), "password"), Err(HashError::TooCostly), "{cost}");
        }
        for cost in ["m=262144,t=3,p=16", "m=78643,t=10,p=1"] {
            assert_eq!(examine(&format!("$argon2id$v=19${cost}{tail}")), Ok(()), "{cost}");
        }
    }

    #[test]
    fn parameters_out_of_range_are_refused_at_the_start() {
        for params in [
            Params { memory_kib: 7, ..CHEAP },
            Params { iterations: 0, ..CHEAP },
            Params { parallelism: 0, ..CHEAP },
            Params { memory_kib: 262_145, ..CHEAP },
            Params { iterations: 11, ..CHEAP },
            Params { memory_kib: 262_144, iterations: 4, parallelism: 1 },
            Params { parallelism: 5, ..CHEAP },
        ] {
            assert_eq!(Hasher::new(params, Arc::new(SystemRandom)).err(), Some(HashError::BadParams(params)));
        }
    }
}
