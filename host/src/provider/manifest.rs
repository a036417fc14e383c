//! The identity card of a provider: the guest's `manifest`, checked.

use std::collections::BTreeSet;

use super::{bindings::imported::types as wit, form, text};
use crate::model::provider::{Manifest, Setting};

const MAX_NAMES: usize = 32;
/// Characters: a DNS name with a port.
const MAX_HOST: usize = 261;

/// Checks a manifest; the error says what is wrong, for the provider's author.
pub(super) fn checked(manifest: wit::Manifest) -> Result<Manifest, String> {
    text::title(&manifest.name, 60).map_err(|flaw| format!("name {flaw}"))?;
    text::line(&manifest.summary, 200).map_err(|flaw| format!("summary {flaw}"))?;
    text::title(&manifest.version, 40).map_err(|flaw| format!("version {flaw}"))?;
    if manifest.signup.is_none() && manifest.signin.is_none() {
        return Err("it offers neither signup nor signin".to_owned());
    }
    names("attributes", manifest.attributes.iter())?;
    names("secrets", manifest.secrets.iter())?;
    names("mails", manifest.mails.iter())?;
    names("settings", manifest.settings.iter().map(|setting| &setting.name))?;
    for setting in &manifest.settings {
        text::line(&setting.help, 500).map_err(|flaw| format!("help of the setting {} {flaw}", setting.name))?;
    }
    hosts(&manifest.hosts)?;
    let factor = factor(&manifest)?;
    let setting = |setting: wit::Setting| Setting { name: setting.name, required: setting.required, help: setting.help };
    Ok(Manifest {
        name: manifest.name,
        summary: manifest.summary,
        version: manifest.version,
        signup: manifest.signup.map(form::checked).transpose().map_err(|problem| format!("signup: {problem}"))?,
        signin: manifest.signin.map(form::checked).transpose().map_err(|problem| format!("signin: {problem}"))?,
        attributes: manifest.attributes,
        vouches: manifest.vouches,
        factor,
        hosts: manifest.hosts,
        settings: manifest.settings.into_iter().map(setting).collect(),
        secrets: manifest.secrets,
        mails: manifest.mails,
    })
}

/// Whether it is a second factor, and then one that can be enrolled and asked for. Other values of `kind` are for later
/// versions.
fn factor(manifest: &wit::Manifest) -> Result<bool, String> {
    if !manifest.ext.iter().any(|(name, value)| name == "kind" && value == "factor") {
        return Ok(false);
    }
    if manifest.signup.is_none() {
        return Err("a factor without signup, by which people enrol it".to_owned());
    }
    match &manifest.signin {
        Some(form) if form.fields.is_empty() => {}
        _ => return Err("a factor must have a signin without fields: what it asks for stands in its prompt".to_owned()),
    }
    if !manifest.vouches {
        return Err("a factor that does not vouch: nothing else proves it".to_owned());
    }
    Ok(true)
}

fn names<'a>(list: &str, names: impl ExactSizeIterator<Item = &'a String>) -> Result<(), String> {
    if names.len() > MAX_NAMES {
        return Err(format!("{list}: {} entries; at most {MAX_NAMES}", names.len()));
    }
    let mut seen = BTreeSet::new();
    for (at, name) in names.enumerate() {
        text::name(name).map_err(|flaw| format!("{list}: entry {} {flaw}", at + 1))?;
        if !seen.insert(name) {
            return Err(format!("{list}: {name} is there twice"));
        }
    }
    Ok(())
}

/// They are shown to the operator as a line to copy: nothing but what a host can hold.
fn hosts(hosts: &[String]) -> Result<(), String> {
    if hosts.len() > MAX_NAMES {
        return Err(format!("hosts: {} entries; at most {MAX_NAMES}", hosts.len()));
    }
    let valid = |host: &str| {
        !host.is_empty() && host.len() <= MAX_HOST && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte))
    };
    match hosts.iter().position(|host| !valid(host)) {
        Some(at) => Err(format!("hosts: entry {} is not a host or host:port", at + 1)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Case = (&'static str, fn(&mut wit::Manifest));

    fn manifest() -> wit::Manifest {
        wit::Manifest {
            name: "Hello".to_owned(),
            summary: "Says hello.".to_owned(),
            version: "1.0.0".to_owned(),
            signup: None,
            signin: Some(wit::Form { fields: Vec::new() }),
            attributes: vec!["first_name".to_owned()],
            vouches: false,
            hosts: vec!["graph.facebook.com".to_owned(), "[::1]:9000".to_owned()],
            settings: vec![wit::Setting { name: "app_id".to_owned(), required: true, help: "Of the app.".to_owned() }],
            secrets: vec!["app_secret".to_owned()],
            mails: vec!["code".to_owned()],
            ext: vec![("future".to_owned(), "\u{0}".to_owned())],
        }
    }

    #[test]
    fn a_good_manifest_passes_and_unknown_extensions_are_ignored() {
        let checked = checked(manifest()).unwrap();
        assert_eq!((checked.name.as_str(), checked.version.as_str()), ("Hello", "1.0.0"));
        assert_eq!(checked.settings[0].name, "app_id");
        assert_eq!(checked.signup, None);
    }

    #[test]
    fn a_factor_can_be_enrolled_and_asked_for() {
        let form = || Some(wit::Form { fields: Vec::new() });
        let factor = || wit::Manifest { signup: form(), vouches: true, ext: vec![("kind".to_owned(), "factor".to_owned())], ..manifest() };
        assert!(checked(factor()).unwrap().factor);
        assert!(!checked(wit::Manifest { ext: vec![("kind".to_owned(), "later".to_owned())], ..factor() }).unwrap().factor);
        for (wrong, what) in [
            (wit::Manifest { signup: None, ..factor() }, "without signup"),
            (wit::Manifest { signin: None, ..factor() }, "signin without fields"),
            (wit::Manifest { vouches: false, ..factor() }, "does not vouch"),
        ] {
            let problem = checked(wrong).unwrap_err();
            assert!(problem.contains(what), "{problem}");
        }
    }

    #[test]
    fn each_rule_is_named() {
        let cases: [Case; 13] = [
            ("name is empty", |m| m.name.clear()),
            ("name is longer than 60", |m| m.name = "x".repeat(61)),
            ("name holds control", |m| m.name = "a\u{0}".to_owned()),
            ("summary is longer than 200", |m| m.summary = "x".repeat(201)),
            ("version is longer than 40", |m| m.version = "x".repeat(41)),
            ("neither signup nor signin", |m| m.signin = None),
            ("attributes: entry 1 is not a name", |m| m.attributes = vec!["First".to_owned()]),
            ("attributes: first_name is there twice", |m| m.attributes.push("first_name".to_owned())),
            ("attributes: 33 entries", |m| m.attributes = (0..33).map(|n| format!("a{n}")).collect()),
            ("settings: entry 1 is not a name", |m| m.settings[0].name = "=x".to_owned()),
            ("help of the setting app_id", |m| m.settings[0].help = "\u{202e}".to_owned()),
            ("hosts: entry 1 is not a host", |m| m.hosts = vec!["x\"]\nvouch = true".to_owned()]),
            ("signin: has 33 fields", |m| {
                let field = wit::Field {
                    name: "a".to_owned(),
                    kind: wit::Kind::Text,
                    required: true,
                    label: "A".to_owned(),
                    help: String::new(),
                    example: None,
                    max_length: 1,
                };
                m.signin = Some(wit::Form { fields: vec![field; 33] });
            }),
        ];
        for (expected, change) in cases {
            let mut manifest = manifest();
            change(&mut manifest);
            let problem = checked(manifest).unwrap_err();
            assert!(problem.contains(expected), "{problem} is not {expected}");
        }
    }
}
