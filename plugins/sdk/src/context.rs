//! What a provider learns of the call it is in, beside the fields.

use crate::Context;

impl Context {
    /// For a second factor: whom it is about. Chosen by the gateway at enrolment; the facts must name it.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.extra("subject")
    }

    /// For a second factor: what its user knows the account by, an address or a name.
    #[must_use]
    pub fn account(&self) -> Option<&str> {
        self.extra("account")
    }

    fn extra(&self, name: &str) -> Option<&str> {
        self.ext.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_factor_learns_whom_it_is_about() {
        let context = |ext: &[(&str, &str)]| Context {
            provider: "totp".to_owned(),
            locale: "en".to_owned(),
            public_url: "https://id.example.org".to_owned(),
            next_flow: String::new(),
            ext: ext.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        };
        let known = context(&[("later", "x"), ("subject", "s1"), ("account", "ann@example.org")]);
        assert_eq!((known.subject(), known.account()), (Some("s1"), Some("ann@example.org")));
        assert_eq!(context(&[]).subject(), None);
    }
}
