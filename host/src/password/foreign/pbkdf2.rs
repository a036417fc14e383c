//! PBKDF2 (RFC 8018): Django's `pbkdf2_sha256$`, Werkzeug's `pbkdf2:sha256:`, and PHC strings, passlib's among them.

use std::num::NonZeroU32;

use ring::pbkdf2::{self, PBKDF2_HMAC_SHA1, PBKDF2_HMAC_SHA256, PBKDF2_HMAC_SHA512};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::{super::HashError, decode};

/// Iterations of all blocks together: a third of a second, with SHA-512 a second and a half.
const CEILING: u32 = 3_000_000;
/// A hash of Werkzeug's without a count is checked with what was the default of one version or another: 3.1, 2.3, 2.0, 0.15.
const WERKZEUG: &[u32] = &[1_000_000, 600_000, 260_000, 150_000];

#[derive(Clone, Copy)]
enum Digest {
    Sha1,
    Sha256,
    Sha512,
}

pub(in super::super) struct Pbkdf2 {
    digest: Digest,
    /// One; several where it is not known which.
    iterations: Vec<NonZeroU32>,
    salt: Zeroizing<Vec<u8>>,
    output: Zeroizing<Vec<u8>>,
}

impl Digest {
    fn named(name: &str) -> Result<Self, HashError> {
        match name {
            "sha1" => Ok(Self::Sha1),
            "sha256" => Ok(Self::Sha256),
            "sha512" => Ok(Self::Sha512),
            _ => Err(HashError::Refused("PBKDF2 with another digest than SHA-1, SHA-256 and SHA-512")),
        }
    }

    const fn size(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }
}

impl Pbkdf2 {
    pub(super) fn parse(text: &str) -> Result<Option<Self>, HashError> {
        if let Some(rest) = text.strip_prefix("pbkdf2_") {
            return django(rest).map(Some);
        }
        if let Some(rest) = text.strip_prefix("pbkdf2").filter(|rest| rest.starts_with([':', '$'])) {
            return werkzeug(rest).map(Some);
        }
        text.strip_prefix("$pbkdf2").map(phc).transpose()
    }

    fn new(digest: Digest, iterations: Vec<u32>, salt: Zeroizing<Vec<u8>>, output: Zeroizing<Vec<u8>>) -> Result<Self, HashError> {
        let output = decode::output(output)?;
        let blocks = u32::try_from(output.len().div_ceil(digest.size())).unwrap_or(u32::MAX);
        let total = iterations.iter().fold(0_u32, |total, count| total.saturating_add(count.saturating_mul(blocks)));
        if total > CEILING {
            return Err(HashError::TooCostly);
        }
        let iterations = iterations.into_iter().map(NonZeroU32::new).collect::<Option<_>>().ok_or(HashError::UnknownFormat)?;
        Ok(Self { digest, iterations, salt, output })
    }

    pub(super) fn matches(&self, password: &str) -> bool {
        self.iterations.iter().any(|count| self.compute(password, *count).ct_eq(&self.output).into())
    }

    fn compute(&self, password: &str, iterations: NonZeroU32) -> Zeroizing<Vec<u8>> {
        let mut output = Zeroizing::new(vec![0; self.output.len()]);
        let algorithm = match self.digest {
            Digest::Sha1 => PBKDF2_HMAC_SHA1,
            Digest::Sha256 => PBKDF2_HMAC_SHA256,
            Digest::Sha512 => PBKDF2_HMAC_SHA512,
        };
        pbkdf2::derive(algorithm, iterations, &self.salt, password.as_bytes(), &mut output);
        output
    }
}

/// `sha256$ITERATIONS$SALT$BASE64`; the salt is text.
fn django(text: &str) -> Result<Pbkdf2, HashError> {
    let parts: Vec<&str> = text.split('$').collect();
    let [digest, iterations, salt, output] = parts[..] else { return Err(HashError::UnknownFormat) };
    Pbkdf2::new(Digest::named(digest)?, vec![decode::number(iterations)?], decode::salt(salt)?, decode::base64(output)?)
}

/// `[:DIGEST[:ITERATIONS]]$SALT$HEX`; the salt is text.
fn werkzeug(text: &str) -> Result<Pbkdf2, HashError> {
    let parts: Vec<&str> = text.split('$').collect();
    let [method, salt, output] = parts[..] else { return Err(HashError::UnknownFormat) };
    let (digest, iterations) = match method.split(':').collect::<Vec<_>>()[..] {
        [""] => ("sha256", WERKZEUG.to_vec()),
        ["", digest] => (digest, WERKZEUG.to_vec()),
        ["", digest, count] => (digest, vec![decode::number(count)?]),
        _ => return Err(HashError::UnknownFormat),
    };
    Pbkdf2::new(Digest::named(digest)?, iterations, decode::salt(salt)?, decode::hex(output)?)
}

/// `[-DIGEST]$i=ITERATIONS[,l=LENGTH]$SALT$OUTPUT`, or passlib's with the bare count; salt and output are base64.
fn phc(text: &str) -> Result<Pbkdf2, HashError> {
    let parts: Vec<&str> = text.split('$').collect();
    let [digest, parameters, salt, output] = parts[..] else { return Err(HashError::UnknownFormat) };
    let digest = Digest::named(if digest.is_empty() { "sha1" } else { digest.trim_start_matches('-') })?;
    let output = decode::base64(output)?;
    let mut iterations = None;
    for parameter in parameters.split(',') {
        match parameter.split_once('=') {
            None | Some(("i", _)) if iterations.is_some() => return Err(HashError::UnknownFormat),
            None => iterations = Some(decode::number(parameter)?),
            Some(("i", count)) => iterations = Some(decode::number(count)?),
            Some(("l", length)) if usize::try_from(decode::number(length)?) == Ok(output.len()) => {}
            Some(_) => return Err(HashError::UnknownFormat),
        }
    }
    Pbkdf2::new(digest, vec![iterations.ok_or(HashError::UnknownFormat)?], decode::salt(decode::base64(salt)?.to_vec())?, output)
}
