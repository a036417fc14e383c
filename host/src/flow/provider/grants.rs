//! What a provider asks for, beside what its operator gave it: names alone, no value of a secret or a setting.

use crate::provider::{generation::Entry, sandbox::LoadedProvider};

/// Something that is asked for, or given, or both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// In the words of [`ProviderState`](super::ProviderState).
    pub what: String,
    /// Whether the provider asks for it.
    pub asked: bool,
    /// Whether the operator gave it.
    pub given: bool,
}

pub(super) fn given(entry: &Entry<LoadedProvider>) -> Vec<String> {
    let grants = &entry.grants;
    let flags = [
        (grants.vouch, "vouch"),
        (grants.factor, "factor"),
        (grants.mail, "mail"),
        (grants.signup && grants.signup_policy.is_none(), "signup"),
    ];
    let flags = flags.into_iter().filter(|(on, _)| *on).map(|(_, name)| name.to_owned());
    let policy = grants.signup_policy.filter(|_| grants.signup).map(|policy| format!("signup {}", policy.as_str()));
    let hosts = grants.hosts.iter().map(|host| format!("host {host}"));
    let secrets = grants.secrets.keys().map(|name| format!("secret {name}"));
    flags.chain(policy).chain(hosts).chain(secrets).chain(grants.settings.keys().map(|name| format!("setting {name}"))).collect()
}

/// Both lists as one: first what is asked for, then what was given besides.
pub(super) fn beside(asks: &[String], given: &[String]) -> Vec<Grant> {
    let asked = asks.iter().map(|what| Grant { what: what.clone(), asked: true, given: given.iter().any(|given| fits(what, given)) });
    let besides = given.iter().filter(|given| !asks.iter().any(|asked| fits(asked, given)));
    asked.chain(besides.map(|what| Grant { what: what.clone(), asked: false, given: true })).collect()
}

/// `http` is asked for without a name of a host, and `signup` may be given with a word about who may.
fn fits(asked: &str, given: &str) -> bool {
    asked == given || (asked == "http" && given.starts_with("host ")) || (asked == "signup" && given.starts_with("signup "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_stands_beside_what_was_given() {
        let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let asks = list(&["http", "signup", "secret key", "host a.example"]);
        let found = beside(&asks, &list(&["mail", "signup invitation", "host b.example"]));
        let found: Vec<_> = found.iter().map(|grant| (grant.what.as_str(), grant.asked, grant.given)).collect();
        assert_eq!(
            found,
            [
                ("http", true, true),
                ("signup", true, true),
                ("secret key", true, false),
                ("host a.example", true, false),
                ("mail", false, true)
            ]
        );
    }
}
