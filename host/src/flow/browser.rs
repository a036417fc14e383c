//! Browsers: a cookie stands for a session, and forms carry a token that only our own pages know.
//!
//! Neither is kept anywhere: both are message authentication codes under keys of the gateway. So every process knows those of
//! every other, and who reads the store can make none.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;
use url::Url;

use super::{Error, Flow, Result, authenticate::Caller};
use crate::model::{Secret, SessionId};

/// A session is kept alive by visits, but not written at each.
const PART_OF_IDLE: u32 = 20;

impl Flow {
    /// What a browser's cookie says to be let in as this session.
    #[must_use]
    pub fn session_cookie(&self, session: SessionId) -> Secret<String> {
        Secret::new(format!("{session}.{}", self.code_of_browser("session cookie", &[&session.to_string()])))
    }

    /// Who a browser's cookie stands for; writes nothing.
    ///
    /// # Errors
    /// [`Error::SessionEnded`] if it is none of ours or its session ended, or the store's.
    pub async fn authenticate_cookie(&self, cookie: &str) -> Result<Caller> {
        let (id, _) = cookie.split_once('.').ok_or(Error::SessionEnded)?;
        let id = SessionId(id.parse().map_err(|_| Error::SessionEnded)?);
        if !is_equal(self.session_cookie(id).expose(), cookie) {
            return Err(Error::SessionEnded);
        }
        self.caller_of(id).await
    }

    /// Puts off the end of a browser's session that comes without visits. Refreshing does so for other clients.
    ///
    /// # Errors
    /// The store's.
    pub async fn keep_session(&self, caller: &Caller) -> Result<()> {
        let (session, now) = (&caller.session, self.clock.now());
        let idle_expires_at = now.plus(self.terms.session_idle).min(session.expires_at);
        if idle_expires_at.since(session.idle_expires_at) > self.terms.session_idle / PART_OF_IDLE {
            self.ephemeral.touch_session(session.id, idle_expires_at).await?;
            self.seen.forget_session(session.id);
        }
        Ok(())
    }

    /// What a form says to be taken: it belongs to one browser, and to its session once there is one.
    #[must_use]
    pub fn form_token(&self, visitor: &str, session: Option<SessionId>) -> String {
        let session = session.map(|id| id.to_string()).unwrap_or_default();
        self.code_of_browser("form token", &[visitor, &session])
    }

    /// Whether a form's token is this browser's.
    #[must_use]
    pub fn is_form_token(&self, token: &str, visitor: &str, session: Option<SessionId>) -> bool {
        is_equal(&self.form_token(visitor, session), token)
    }

    /// Where to go after a sign-in: a path of ours, or an address at one of `return_origins`. Anything else is none: it is
    /// read as a browser would read it, and its origin compared as a whole.
    #[must_use]
    pub fn return_address(&self, given: &str) -> Option<String> {
        return_address(given, &self.terms.public_url, &self.terms.return_origins)
    }

    fn code_of_browser(&self, purpose: &str, parts: &[&str]) -> String {
        let key = self.secret_key.derive(purpose);
        let mut mac = Hmac::<Sha256>::new_from_slice(key.expose()).expect("HMAC takes keys of any length");
        for part in parts {
            mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
            mac.update(part.as_bytes());
        }
        URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
    }
}

/// Security rule 21.
fn return_address(given: &str, public_url: &str, origins: &[String]) -> Option<String> {
    let own = Url::parse(public_url).ok()?;
    let address = own.join(given).ok()?;
    let plain = matches!(address.scheme(), "https" | "http") && address.username().is_empty() && address.password().is_none();
    if !plain || given.chars().any(char::is_control) {
        return None;
    }
    if address.origin() != own.origin() {
        return origins.contains(&address.origin().ascii_serialization()).then(|| address.into());
    }
    // What begins with two slashes is the name of a host to a browser.
    let query = address.query().map(|query| format!("?{query}")).unwrap_or_default();
    (!address.path().starts_with("//")).then(|| format!("{}{query}", address.path()))
}

fn is_equal(own: &str, given: &str) -> bool {
    own.as_bytes().ct_eq(given.as_bytes()).into()
}

#[cfg(test)]
mod tests;
