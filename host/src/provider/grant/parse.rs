//! Reading `NAME.toml`.

use std::path::Path;

use toml::de::DeTable;

use super::{
    Grants, Limits, MailTemplate,
    host::GrantedHost,
    secret,
    table::{GrantError, Source, Table, Value},
};
use crate::model::signup::SignupPolicy;

const KEYS: [&str; 12] =
    ["enabled", "component", "sha256", "vouch", "factor", "signup", "hosts", "mail", "settings", "secrets", "mails", "limits"];
const LIMITS: [&str; 10] =
    ["cpu_ms", "wall_ms", "memory_mib", "fetches", "fetch_kib", "mails", "lookups", "hashes", "log_lines", "concurrent"];
const MOST_ENTRIES: usize = 64;

/// What the file may refer to.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// The environment.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
    /// The plugins directory: paths are relative to it.
    pub directory: &'a Path,
    /// Whether loopback addresses may be granted: outside production.
    pub allow_loopback: bool,
}

impl Grants {
    /// Reads the operator's file. Secrets are fetched from where it says.
    ///
    /// # Errors
    /// At the first mistake, with file, line and how to mend it; never with a secret.
    pub fn parse(text: &str, toml_name: &str, surroundings: Surroundings<'_>) -> Result<Self, GrantError> {
        let source = Source { file: toml_name, text };
        let document = DeTable::parse(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            source.error(at, format!("not TOML: {}", error.message().replace('\n', ", ")))
        })?;
        let table = Table::new(source, "", document.get_ref());
        table.only(&KEYS)?;
        let mut grants = Self::default();
        identity(&mut grants, &table)?;
        powers(&mut grants, &table, &surroundings)?;
        if let Some(limits) = table.get("limits") {
            read_limits(&mut grants.limits, &limits)?;
        }
        Ok(grants)
    }
}

/// Which file serves this type, and whether.
fn identity(grants: &mut Grants, table: &Table<'_>) -> Result<(), GrantError> {
    if let Some(value) = table.get("enabled") {
        grants.enabled = value.boolean()?;
    }
    if let Some(value) = table.get("component") {
        let name = value.text()?;
        if !name.strip_suffix(".wasm").is_some_and(crate::provider::file::is_type_name) {
            return Err(value.error("must be the name of a file in this directory, as in \"oidc.wasm\""));
        }
        grants.component = Some(name.to_owned());
    }
    if let Some(value) = table.get("sha256") {
        let pin = value.text()?.to_ascii_lowercase();
        if pin.len() != 64 || !pin.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(value.error("must be the 64 hexadecimal digits that `sha256sum` prints"));
        }
        grants.sha256 = Some(pin);
    }
    Ok(())
}

/// What the provider may do.
fn powers(grants: &mut Grants, table: &Table<'_>, surroundings: &Surroundings<'_>) -> Result<(), GrantError> {
    for (key, target) in [("vouch", &mut grants.vouch), ("factor", &mut grants.factor), ("mail", &mut grants.mail)] {
        if let Some(value) = table.get(key) {
            *target = value.boolean()?;
        }
    }
    if let Some(value) = table.get("signup") {
        match value.boolean() {
            Ok(signup) => grants.signup = signup,
            Err(_) => grants.signup_policy = Some(signup_policy(&value)?),
        }
    }
    if let Some(value) = table.get("hosts") {
        grants.hosts = hosts(&value, surroundings.allow_loopback)?;
    }
    for (name, value) in section(table, "settings")? {
        let text = value.scalar()?;
        if text.len() > 4096 {
            return Err(value.error("is longer than 4096 bytes"));
        }
        grants.settings.insert(name, text);
    }
    for (name, value) in section(table, "secrets")? {
        // A provider that is off needs its secrets not yet: its file can lie ready before they are there.
        if grants.enabled {
            grants.secrets.insert(name, secret::read(&value, &grants.hosts, surroundings)?);
        }
    }
    for (name, value) in section(table, "mails")? {
        grants.mails.insert(name, template(&value)?);
    }
    Ok(())
}

fn signup_policy(value: &Value<'_>) -> Result<SignupPolicy, GrantError> {
    let expected = || value.error("must be true, false, \"open\", \"invite\" or \"closed\"");
    value.text().ok().and_then(SignupPolicy::parse).ok_or_else(expected)
}

fn section<'a>(table: &Table<'a>, key: &'static str) -> Result<Vec<(String, Value<'a>)>, GrantError> {
    let Some(value) = table.get(key) else { return Ok(Vec::new()) };
    let entries = value.entries(&format!("must be a table: begin it with [{key}]"))?;
    Table::new(value.source(), format!("{key}."), entries).named(MOST_ENTRIES)
}

/// Host entries in canonical form.
pub(super) fn hosts(value: &Value<'_>, allow_loopback: bool) -> Result<Vec<String>, GrantError> {
    let list = value.list()?;
    if list.len() > MOST_ENTRIES {
        return Err(value.error(&format!("has more than {MOST_ENTRIES} entries")));
    }
    let host = |entry: &Value<'_>| match GrantedHost::parse(entry.text()?, allow_loopback) {
        Ok(host) => Ok(host.to_string()),
        Err(error) => Err(entry.error(&format!("has an entry that cannot be granted: {error}"))),
    };
    list.iter().map(host).collect()
}

fn template(value: &Value<'_>) -> Result<MailTemplate, GrantError> {
    let table = Table::new(value.source(), format!("{}.", value.name), value.entries("must be a table with `subject` and `text`")?);
    table.only(&["subject", "text"])?;
    let (Some(subject), Some(text)) = (table.get("subject"), table.get("text")) else {
        return Err(value.error("needs both `subject` and `text`"));
    };
    let line = subject.text()?;
    if line.is_empty() || line.chars().count() > 200 || line.chars().any(char::is_control) {
        return Err(subject.error("must be one line of 1 to 200 characters"));
    }
    let body = text.text()?;
    if body.is_empty() || body.len() > 16 * 1024 {
        return Err(text.error("must have 1 to 16384 bytes"));
    }
    Ok(MailTemplate { subject: line.to_owned(), text: body.to_owned() })
}

fn read_limits(limits: &mut Limits, value: &Value<'_>) -> Result<(), GrantError> {
    let table = Table::new(value.source(), "limits.", value.entries("must be a table: begin it with [limits]")?);
    table.only(&LIMITS)?;
    for (key, target, least, most) in [
        ("cpu_ms", &mut limits.cpu_ms, 10, 10_000),
        ("wall_ms", &mut limits.wall_ms, 100, 60_000),
        ("memory_mib", &mut limits.memory_mib, 1, 1024),
    ] {
        if let Some(value) = table.get(key) {
            *target = value.number(least, most)?;
        }
    }
    for (key, target, least, most) in [
        ("fetches", &mut limits.fetches, 0, 50),
        ("fetch_kib", &mut limits.fetch_kib, 1, 8192),
        ("mails", &mut limits.mails, 0, 20),
        ("lookups", &mut limits.lookups, 0, 1000),
        ("hashes", &mut limits.hashes, 0, 10_000),
        ("log_lines", &mut limits.log_lines, 0, 1000),
        ("concurrent", &mut limits.concurrent, 1, 1024),
    ] {
        if let Some(value) = table.get(key) {
            *target = u32::try_from(value.number(least, most)?).unwrap_or(u32::MAX);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
