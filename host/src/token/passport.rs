//! What a service behind the gateway is told about a caller: signed, for that service alone, and for a minute.

use std::time::Duration;

use super::{
    claims::{PASSPORT, Passport},
    jws,
    keyring::KeyRing,
    pair::Issuer,
};
use crate::model::{Secret, Timestamp, user::User};

/// How long it is good.
const LIFE: Duration = Duration::from_mins(1);

impl Issuer {
    /// The word about a user for the service of this name. `None` if no key signs yet, or if it would be above 8 KiB, which
    /// services do not read.
    #[must_use]
    pub fn passport(&self, ring: &KeyRing, user: &User, audience: &str, now: Timestamp) -> Option<Secret<String>> {
        let claims = Passport {
            iss: &self.iss,
            aud: audience,
            sub: user.id.to_string(),
            user_id: user.id,
            email: user.email.as_ref().map(ToString::to_string),
            name: user.display_name.as_deref(),
            roles: &user.roles,
            iat: now.seconds(),
            exp: now.plus(LIFE).seconds(),
        };
        let token = jws::sign(PASSPORT, ring.signing(now)?, &claims);
        (token.len() <= jws::MAX_LENGTH).then(|| Secret::new(token))
    }
}
