//! Who may pass a gate: what proxies ask for each request, the one in this house and those in front of it.

use super::{Error, Flow, Result, authenticate::Caller};
use crate::model::role::is_role_name;

/// What a request shows to be let in.
pub enum Shown {
    /// An access token.
    Token(String),
    /// The cookie of a page.
    Cookie(String),
}

/// Roles that a caller must have: one of each group.
#[derive(Debug, Default)]
pub struct Demand(Vec<Vec<String>>);

impl Demand {
    /// From texts, all of which must be met; commas within a text part roles of which one is enough.
    ///
    /// # Errors
    /// [`Error::Fields`] for what no role can be named: a demand that is not understood must not let everybody in.
    pub fn read<'a>(texts: impl Iterator<Item = &'a str>) -> Result<Self> {
        let group = |text: &str| text.split(',').map(|name| name.trim().to_owned()).collect::<Vec<_>>();
        let groups: Vec<Vec<String>> = texts.map(group).collect();
        if groups.iter().flatten().all(|name| is_role_name(name)) {
            Ok(Self(groups))
        } else {
            Err(Error::field("role", "invalid_name", "must be the name of a role, or several with commas between them"))
        }
    }

    /// Demands it of a caller.
    ///
    /// # Errors
    /// [`Error::Forbidden`], with the first group that is not met.
    pub fn of(&self, caller: &Caller) -> Result<()> {
        let unmet = self.0.iter().find(|group| !group.iter().any(|role| caller.user.has_role(role)));
        unmet.map_or(Ok(()), |group| Err(Error::Forbidden(group.join(" or "))))
    }
}

impl Flow {
    /// Who a request is from, if it shows anything. A browser's session lives on by its visits, which is written once in many
    /// hours; beside that, nothing is.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`], [`Error::SessionEnded`], or the store's.
    pub async fn identify(&self, shown: Option<&Shown>) -> Result<Caller> {
        match shown {
            None => Err(Error::Unauthenticated(None)),
            Some(Shown::Token(token)) => self.authenticate(token).await,
            Some(Shown::Cookie(cookie)) => {
                let caller = self.authenticate_cookie(cookie).await?;
                self.keep_session(&caller).await?;
                Ok(caller)
            }
        }
    }

    /// Where a browser signs in, and then goes back to `return_to`, if that is allowed (security rule 21). `base` is our address,
    /// or as much of it as the browser needs.
    #[must_use]
    pub fn sign_in_address(&self, base: &str, return_to: &str) -> String {
        let page = format!("{base}/sign-in");
        if self.return_address(return_to).is_none() {
            tracing::debug!(return_to = return_to.split('?').next(), "not among return_origins: nobody is led back there");
            return page;
        }
        format!("{page}?return_to={}", form_urlencoded::byte_serialize(return_to.as_bytes()).collect::<String>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn demands_name_roles() {
        let read = |texts: &[&str]| Demand::read(texts.iter().copied()).map(|demand| demand.0);
        assert_eq!(read(&[]).expect("nothing"), Vec::<Vec<String>>::new());
        assert_eq!(read(&["admin", "a, b"]).expect("roles"), [vec!["admin"], vec!["a", "b"]]);
        for bad in ["", "a,", ",", "Admin", "a b", "a\0", &"x".repeat(61)] {
            assert!(read(&["admin", bad]).is_err(), "{bad:?}");
        }
    }
}
