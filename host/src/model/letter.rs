//! A mail of the gateway's own, before it is written out: a template and what goes into it.

use super::Email;

/// One mail to one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// Canonical address.
    pub to: Email,
    /// A BCP 47 tag; templates of the nearest language are taken, else English.
    pub locale: String,
    /// The template's name.
    pub template: &'static str,
    /// What the template names.
    pub variables: Vec<(&'static str, String)>,
}
