//! Recovery codes: ten at a time, shown once, each good for one sign-in without the second factor.

use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::{Error, Flow, Result, authenticate::Caller};
use crate::model::{UserId, audit::Actor};

/// How many are made at once.
const CODES: usize = 10;
/// Characters of a code: 50 bits, far more than can be tried.
const LENGTH: usize = 10;
/// Thirty-two that nobody takes for another.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

impl Flow {
    /// How many codes the caller has left.
    ///
    /// # Errors
    /// The store's.
    pub async fn recovery_codes_left(&self, caller: &Caller) -> Result<u64> {
        Ok(self.accounts.recovery_codes_left(caller.user.id).await?)
    }

    /// Ten new codes; those before are good for nothing any more.
    ///
    /// # Errors
    /// [`Error::ReauthenticationRequired`], [`Error::NoFactor`], or the store's.
    pub async fn renew_recovery_codes(&self, caller: &Caller) -> Result<Vec<String>> {
        caller.require_fresh(self.clock.now(), self.terms.reauthentication_window)?;
        let user = caller.user.id;
        let codes = self.draw_recovery_codes();
        if !self.accounts.replace_recovery_codes(user, &self.digests(user, &codes)).await? {
            return Err(Error::NoFactor);
        }
        self.audit(Actor::User(user), "recovery_codes.renew", format!("user:{user}"), "").await;
        Ok(codes)
    }

    /// Uses a code up; false if it is none of the user's.
    pub(super) async fn use_recovery_code(&self, user: UserId, code: &str) -> Result<bool> {
        Ok(self.accounts.use_recovery_code(user, &self.digest(user, code)).await?)
    }

    pub(super) fn draw_recovery_codes(&self) -> Vec<String> {
        let mut bytes = [0; CODES * LENGTH];
        self.random.fill(&mut bytes);
        let letters: Vec<char> = bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect();
        let half = |letters: &[char]| letters.iter().collect::<String>();
        letters.chunks(LENGTH).map(|code| format!("{}-{}", half(&code[..LENGTH / 2]), half(&code[LENGTH / 2..]))).collect()
    }

    pub(super) fn digests(&self, user: UserId, codes: &[String]) -> Vec<String> {
        codes.iter().map(|code| self.digest(user, code)).collect()
    }

    /// Of what was typed, without the dash, spaces and the case of letters.
    fn digest(&self, user: UserId, code: &str) -> String {
        let code: String = code.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
        let key = self.secret_key.derive("recovery codes");
        let mut mac = Hmac::<Sha256>::new_from_slice(key.expose()).expect("HMAC takes keys of any length");
        mac.update(format!("{user}:{code}").as_bytes());
        format!("{:x}", mac.finalize().into_bytes())
    }
}
