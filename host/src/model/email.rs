//! E-mail addresses in the one form in which they are unique (security rule: trimmed, lower-case, NFKC, IDNA).

use std::fmt;

use unicode_normalization::UnicodeNormalization;

/// A canonical address. Dots and plus tags are kept: they are part of the address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Email(String);

/// Why a text is not an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EmailError {
    /// Longer than 254 characters (RFC 5321, 4.5.3.1.3) or a local part above 64.
    #[error("is longer than an e-mail address can be (254 characters, 64 before the @)")]
    TooLong,
    /// Not `local@domain`.
    #[error("is not an e-mail address (expected something like ann@example.org)")]
    Malformed,
}

impl Email {
    /// Parses and canonicalises.
    ///
    /// # Errors
    /// If the text is too long or not an address.
    pub fn parse(text: &str) -> Result<Self, EmailError> {
        if text.len() > 1024 {
            return Err(EmailError::TooLong);
        }
        let folded: String = text.trim().nfkc().collect::<String>().to_lowercase().nfkc().collect();
        let (local, domain) = folded.rsplit_once('@').ok_or(EmailError::Malformed)?;
        let domain = idna::domain_to_ascii_strict(domain).map_err(|_| EmailError::Malformed)?;
        if local.len() > 64 || local.len() + 1 + domain.len() > 254 {
            return Err(EmailError::TooLong);
        }
        if !local_part_is_valid(local) || !domain_is_valid(&domain) {
            return Err(EmailError::Malformed);
        }
        Ok(Self(format!("{local}@{domain}")))
    }

    /// The canonical text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A dot-atom (RFC 5322, 3.2.3) or its internationalised form (RFC 6531); quoted local parts are not taken.
fn local_part_is_valid(local: &str) -> bool {
    let atom = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c) || (!c.is_ascii() && c.is_alphanumeric());
    !local.is_empty() && local.split('.').all(|part| !part.is_empty() && part.chars().all(atom))
}

fn domain_is_valid(domain: &str) -> bool {
    let labels: Vec<&str> = domain.split('.').collect();
    labels.len() > 1
        && labels.iter().all(|label| !label.is_empty() && label.len() <= 63)
        && labels.last().is_some_and(|top| top.chars().any(|c| c.is_ascii_alphabetic()))
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(text: &str) -> Result<String, EmailError> {
        Email::parse(text).map(|email| email.as_str().to_owned())
    }

    #[test]
    fn one_form_for_one_address() {
        for text in ["Ann@Example.ORG", " ann@example.org ", "ａｎｎ@example.org", "ann@EXAMPLE.org\n"] {
            assert_eq!(canonical(text).as_deref(), Ok("ann@example.org"), "{text:?}");
        }
        assert_eq!(canonical("ann@bücher.example").as_deref(), Ok("ann@xn--bcher-kva.example"));
    }

    #[test]
    fn dots_and_tags_stay() {
        assert_eq!(canonical("a.n.n+tag@example.org").as_deref(), Ok("a.n.n+tag@example.org"));
    }

    #[test]
    fn refuses_what_is_no_address() {
        for text in [
            "",
            "ann",
            "@example.org",
            "ann@",
            "ann@example",
            "a b@example.org",
            "a\u{0}b@example.org",
            "ann@exa mple.org",
            "ann@@example.org",
            ".ann@example.org",
            "ann.@example.org",
            "ann@-example.org",
            "ann@example..org",
            "ann@127.0.0.1",
            "a\u{200b}nn@example.org",
            "ann\r\nBcc: x@example.org",
        ] {
            assert_eq!(canonical(text), Err(EmailError::Malformed), "{text:?}");
        }
        assert_eq!(canonical(&format!("{}@example.org", "a".repeat(65))), Err(EmailError::TooLong));
        assert_eq!(canonical(&"a".repeat(5000)), Err(EmailError::TooLong));
    }
}
