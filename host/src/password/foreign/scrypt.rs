//! scrypt (RFC 7914): Django's `scrypt$SALT$N$r$p$`, Werkzeug's `scrypt:N:r:p$`, and PHC strings.

use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::{super::HashError, decode};

/// N times r: 128 bytes of memory each, so 128 MiB.
const CEILING_OF_MEMORY: u64 = 1 << 20;
/// N times r times p: two thirds of a second.
const CEILING_OF_WORK: u64 = 1 << 21;
/// What Werkzeug takes where a hash says nothing.
const WERKZEUG: Cost = Cost { log_n: 15, r: 8, p: 1 };

#[derive(Clone, Copy)]
struct Cost {
    log_n: u8,
    r: u32,
    p: u32,
}

pub(in super::super) struct Scrypt {
    params: ::scrypt::Params,
    salt: Zeroizing<Vec<u8>>,
    output: Zeroizing<Vec<u8>>,
}

impl Scrypt {
    pub(super) fn parse(text: &str) -> Result<Option<Self>, HashError> {
        if let Some(rest) = text.strip_prefix("$scrypt$") {
            return phc(rest).map(Some);
        }
        let Some(rest) = text.strip_prefix("scrypt").filter(|rest| rest.starts_with([':', '$'])) else { return Ok(None) };
        let parts: Vec<&str> = rest.split('$').collect();
        match parts[..] {
            // Django: the salt is text. It writes N first; older descriptions of the format, the salt.
            ["", n, salt, r, p, output] if decode::is_number(n) => {
                Self::new(Cost::read(n, r, p)?, decode::salt(salt)?, decode::base64(output)?).map(Some)
            }
            ["", salt, n, r, p, output] => Self::new(Cost::read(n, r, p)?, decode::salt(salt)?, decode::base64(output)?).map(Some),
            // Werkzeug: here as well.
            [cost, salt, output] => Self::new(werkzeug(cost)?, decode::salt(salt)?, decode::hex(output)?).map(Some),
            _ => Err(HashError::UnknownFormat),
        }
    }

    fn new(cost: Cost, salt: Zeroizing<Vec<u8>>, output: Zeroizing<Vec<u8>>) -> Result<Self, HashError> {
        let memory = 1_u64.checked_shl(cost.log_n.into()).and_then(|n| n.checked_mul(cost.r.into())).ok_or(HashError::TooCostly)?;
        if cost.log_n > 63 || memory > CEILING_OF_MEMORY || memory.saturating_mul(cost.p.into()) > CEILING_OF_WORK {
            return Err(HashError::TooCostly);
        }
        let output = decode::output(output)?;
        let params = ::scrypt::Params::new(cost.log_n, cost.r, cost.p, output.len()).map_err(|_| HashError::UnknownFormat)?;
        Ok(Self { params, salt, output })
    }

    pub(super) fn matches(&self, password: &str) -> bool {
        let mut output = Zeroizing::new(vec![0; self.output.len()]);
        let made = ::scrypt::scrypt(password.as_bytes(), &self.salt, &self.params, &mut output);
        made.is_ok() && bool::from(output.ct_eq(&self.output))
    }
}

impl Cost {
    /// N as it is, a power of two.
    fn read(n: &str, r: &str, p: &str) -> Result<Self, HashError> {
        let n = decode::number(n)?;
        if n < 2 || !n.is_power_of_two() {
            return Err(HashError::UnknownFormat);
        }
        let log_n = u8::try_from(n.trailing_zeros()).map_err(|_| HashError::UnknownFormat)?;
        Ok(Self { log_n, r: decode::number(r)?, p: decode::number(p)? })
    }
}

/// `[:N:r:p]`
fn werkzeug(text: &str) -> Result<Cost, HashError> {
    match text.split(':').collect::<Vec<_>>()[..] {
        [""] => Ok(WERKZEUG),
        ["", n, r, p] => Cost::read(n, r, p),
        _ => Err(HashError::UnknownFormat),
    }
}

/// `ln=LOG_N,r=R,p=P$SALT$OUTPUT`; salt and output are base64.
fn phc(text: &str) -> Result<Scrypt, HashError> {
    let parts: Vec<&str> = text.split('$').collect();
    let [parameters, salt, output] = parts[..] else { return Err(HashError::UnknownFormat) };
    let parameters: Vec<_> = parameters.split(',').map(|parameter| parameter.split_once('=')).collect();
    let [Some(("ln", log_n)), Some(("r", r)), Some(("p", p))] = parameters[..] else { return Err(HashError::UnknownFormat) };
    let log_n = u8::try_from(decode::number(log_n)?).map_err(|_| HashError::TooCostly)?;
    let cost = Cost { log_n, r: decode::number(r)?, p: decode::number(p)? };
    Scrypt::new(cost, decode::salt(decode::base64(salt)?.to_vec())?, decode::base64(output)?)
}
