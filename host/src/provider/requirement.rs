//! What a component asks for against what it can have: read from its import and export names before anything is linked,
//! because the linker's own errors help nobody.

use wasmtime::{Engine, component::Component};

use super::{call::CallError, grant::Grants, host::Granted, wasi};
use crate::model::provider::Manifest;

const PACKAGE: &str = "vestibule:provider";
const MAJOR: &str = "1";
/// The interfaces of the contract that a component may import.
const INTERFACES: [&str; 7] = ["types", "host", "crypto", "identities", "kv", "http", "mail"];

/// The files of a provider, as messages name them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    /// The component (`facebook.wasm`).
    pub wasm: String,
    /// The operator's file (`facebook.toml`).
    pub toml: String,
}

impl Files {
    /// Of a provider type.
    #[must_use]
    pub fn of(provider: &str, grants: &Grants) -> Self {
        let wasm = grants.component.clone().unwrap_or_else(|| format!("{provider}.wasm"));
        Self { wasm, toml: format!("{provider}.toml") }
    }
}

/// Why a component cannot serve.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// Another kind of component altogether.
    #[error("{wasm} does not export {PACKAGE}/provider; is it built for the world way-in?")]
    NoProvider {
        /// The component.
        wasm: String,
    },
    /// Another version of the contract.
    #[error("{wasm} is built for {PACKAGE} {theirs}.x, this gateway speaks {MAJOR}.x")]
    OtherMajor {
        /// The component.
        wasm: String,
        /// Its major version.
        theirs: String,
    },
    /// Something that nobody gets.
    #[error("{wasm} needs {import}, which no provider gets")]
    UnknownImport {
        /// The component.
        wasm: String,
        /// What it imports.
        import: String,
    },
    /// Something that its operator did not grant.
    #[error("{wasm} {}", Missing::list(.missing, .toml))]
    NotGranted {
        /// The component.
        wasm: String,
        /// The operator's file.
        toml: String,
        /// Everything that is missing.
        missing: Vec<Missing>,
    },
    /// The names fit, the types do not.
    #[error("{wasm} does not fit {PACKAGE} {MAJOR}.x: {reason}")]
    Types {
        /// The component.
        wasm: String,
        /// The linker's words.
        reason: String,
    },
    /// `describe` failed.
    #[error("{wasm} cannot describe itself: it {error}")]
    Describe {
        /// The component.
        wasm: String,
        /// How it ended.
        error: CallError,
    },
    /// `describe` gave a manifest that the contract forbids.
    #[error("{wasm} describes itself wrongly: {problem}")]
    Manifest {
        /// The component.
        wasm: String,
        /// What is wrong.
        problem: String,
    },
}

/// A line that the operator's file lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missing {
    /// `hosts`, with what the manifest names.
    Hosts(Vec<String>),
    /// `mail = true`.
    Mail,
    /// `vouch = true`.
    Vouch,
    /// `factor = true`.
    Factor,
    /// A required setting.
    Setting(String),
    /// A secret, with the provider type for the name of a variable.
    Secret {
        /// Its name.
        name: String,
        /// The environment variable to suggest.
        variable: String,
    },
    /// A mail template.
    Template(String),
}

impl Missing {
    fn list(missing: &[Self], toml: &str) -> String {
        missing.iter().map(|one| one.sentence(toml)).collect::<Vec<_>>().join("; it ")
    }

    fn sentence(&self, toml: &str) -> String {
        match self {
            Self::Hosts(hosts) if hosts.is_empty() => format!("needs http, not granted in {toml}: add hosts = [...]"),
            Self::Hosts(hosts) => format!("needs http, not granted in {toml}: add hosts = {hosts:?}"),
            Self::Mail => format!("needs mail, not granted in {toml}: add mail = true"),
            Self::Vouch => format!("vouches for people itself, not granted in {toml}: add vouch = true"),
            Self::Factor => format!("is a second factor, not granted in {toml}: add factor = true"),
            Self::Setting(name) => format!("needs the setting {name}, missing in {toml}: add {name} = \"...\" under [settings]"),
            Self::Secret { name, variable } => {
                format!("needs the secret {name}, missing in {toml}: add {name} = {{ env = \"{variable}\" }} under [secrets]")
            }
            Self::Template(name) => format!("sends the mail {name}, missing in {toml}: add subject and text under [mails.{name}]"),
        }
    }
}

/// What a component imports that needs a grant.
pub(super) fn wanted(engine: &Engine, component: &Component, files: &Files) -> Result<Granted, Unfit> {
    let ty = component.component_type();
    let imports: Vec<&str> = ty.imports(engine).map(|(name, _)| name).collect();
    let exports: Vec<&str> = ty.exports(engine).map(|(name, _)| name).collect();
    wanted_by(&imports, &exports, files)
}

fn wanted_by(imports: &[&str], exports: &[&str], files: &Files) -> Result<Granted, Unfit> {
    let wasm = || files.wasm.clone();
    if let Some(other) = exports.iter().chain(imports).filter_map(|name| ours(name)).find(|interface| interface.major() != MAJOR) {
        return Err(Unfit::OtherMajor { wasm: wasm(), theirs: other.major().to_owned() });
    }
    if !exports.iter().filter_map(|name| ours(name)).any(|interface| interface.name == "provider") {
        return Err(Unfit::NoProvider { wasm: wasm() });
    }
    let known = |name: &&&str| match ours(name) {
        Some(interface) => INTERFACES.contains(&interface.name),
        None => is_linked_wasi(name),
    };
    if let Some(unknown) = imports.iter().find(|name| !known(name)) {
        return Err(Unfit::UnknownImport { wasm: wasm(), import: super::text::for_log(unknown) });
    }
    let imports = |wanted: &str| imports.iter().filter_map(|name| ours(name)).any(|interface| interface.name == wanted);
    Ok(Granted { http: imports("http"), mail: imports("mail") })
}

/// An interface of the contract.
fn ours(name: &str) -> Option<Interface<'_>> {
    Interface::parse(name).filter(|interface| interface.package == PACKAGE)
}

fn is_linked_wasi(name: &str) -> bool {
    wasi::PACKAGES.iter().any(|package| name.starts_with(package))
        && Interface::parse(name).is_some_and(|interface| interface.version.starts_with("0.2."))
}

/// `package/name@version`.
struct Interface<'a> {
    package: &'a str,
    name: &'a str,
    version: &'a str,
}

impl<'a> Interface<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let (package, rest) = text.split_once('/')?;
        let (name, version) = rest.split_once('@').unwrap_or((rest, ""));
        Some(Self { package, name, version })
    }

    fn major(&self) -> &'a str {
        self.version.split('.').next().unwrap_or_default()
    }
}

/// What a provider asks for and its operator has not granted, all at once.
pub(super) fn missing(provider: &str, wanted: Granted, manifest: &Manifest, grants: &Grants) -> Vec<Missing> {
    let mut missing = Vec::new();
    if wanted.http && grants.hosts.is_empty() {
        missing.push(Missing::Hosts(manifest.hosts.clone()));
    }
    if wanted.mail && !grants.mail {
        missing.push(Missing::Mail);
    }
    if manifest.vouches && !grants.vouch {
        missing.push(Missing::Vouch);
    }
    if manifest.factor && !grants.factor {
        missing.push(Missing::Factor);
    }
    let settings = manifest.settings.iter().filter(|setting| setting.required && !grants.settings.contains_key(&setting.name));
    missing.extend(settings.map(|setting| Missing::Setting(setting.name.clone())));
    let secrets = manifest.secrets.iter().filter(|name| !grants.secrets.contains_key(*name));
    missing.extend(secrets.map(|name| Missing::Secret { name: name.clone(), variable: variable(provider, name) }));
    let mails = manifest.mails.iter().filter(|name| !grants.mails.contains_key(*name));
    missing.extend(mails.map(|name| Missing::Template(name.clone())));
    missing
}

/// All that a provider asks for, granted or not: names alone.
pub(super) fn asks(wanted: Granted, manifest: &Manifest) -> Vec<String> {
    let flags = [
        (manifest.vouches, "vouch"),
        (manifest.factor, "factor"),
        (wanted.mail, "mail"),
        (manifest.signup.is_some(), "signup"),
        // It names none: the operator has to.
        (wanted.http && manifest.hosts.is_empty(), "http"),
    ];
    let flags = flags.into_iter().filter(|(on, _)| *on).map(|(_, name)| name.to_owned());
    let hosts = manifest.hosts.iter().map(|host| format!("host {host}"));
    let secrets = manifest.secrets.iter().map(|name| format!("secret {name}"));
    flags.chain(hosts).chain(secrets).chain(manifest.settings.iter().map(|setting| format!("setting {}", setting.name))).collect()
}

fn variable(provider: &str, name: &str) -> String {
    format!("{provider}_{name}").chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect()
}

#[cfg(test)]
mod tests;
