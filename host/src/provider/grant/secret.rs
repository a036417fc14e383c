//! `[secrets]`: values that come from the environment or from files, never from the operator's file itself.

use std::{
    fs::OpenOptions,
    io::{self, Read},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use rustix::fs::OFlags;
use toml::de::DeTable;

use super::{
    GrantedSecret,
    parse::Surroundings,
    table::{GrantError, Table, Value},
};
use crate::model::Secret;

const LARGEST: u64 = 64 * 1024;
const SHAPE: &str = "must be { env = \"NAME\" } or { file = \"PATH\" }: secrets do not stand in this file";

/// Reads one secret; `granted` are the hosts of the whole file, and where a secret
/// without hosts of its own may go.
pub(super) fn read(value: &Value<'_>, granted: &[String], surroundings: &Surroundings<'_>) -> Result<GrantedSecret, GrantError> {
    let table = Table::new(value.source(), format!("{}.", value.name), value.entries(SHAPE)?);
    table.only(&["env", "file", "hosts"])?;
    let text = match (table.get("env"), table.get("file")) {
        (Some(name), None) => from_environment(&name, surroundings)?,
        (None, Some(path)) => from_file(&path, surroundings.directory)?,
        _ => return Err(value.error(SHAPE)),
    };
    let hosts = match table.get("hosts") {
        None => granted.to_vec(),
        Some(list) => super::parse::hosts(&list, surroundings.allow_loopback)?,
    };
    if let Some(stranger) = hosts.iter().find(|host| !granted.contains(host)) {
        return Err(value.error(&format!("may go to {stranger}, which is not granted: add it to `hosts` at the top of the file")));
    }
    Ok(GrantedSecret { value: text, hosts })
}

/// The files that secrets are read from, as far as the text can be read: when one of them changes, so do the grants.
#[must_use]
pub fn secret_files(text: &str, directory: &Path) -> Vec<PathBuf> {
    let (table, _) = DeTable::parse_recoverable(text);
    let Some(secrets) = table.get_ref().get("secrets").and_then(|secrets| secrets.get_ref().as_table()) else {
        return Vec::new();
    };
    let file = |secret: &toml::Spanned<toml::de::DeValue<'_>>| Some(directory.join(secret.get_ref().get("file")?.get_ref().as_str()?));
    secrets.values().filter_map(file).collect()
}

fn from_environment(name: &Value<'_>, surroundings: &Surroundings<'_>) -> Result<Secret<String>, GrantError> {
    let variable = name.text()?;
    match (surroundings.variable)(variable) {
        Some(value) if !value.is_empty() => Ok(Secret::new(value)),
        Some(_) => Err(name.error(&format!("names the environment variable {variable}, which is empty"))),
        None => Err(name.error(&format!("names the environment variable {variable}, which is not set: set it and start again"))),
    }
}

fn from_file(path: &Value<'_>, directory: &Path) -> Result<Secret<String>, GrantError> {
    let full = directory.join(path.text()?);
    let mut text = contents(&full).map_err(|error| path.error(&format!("names {}: {error}", full.display())))?;
    let end = text.strip_suffix('\n').map_or(text.len(), |rest| rest.strip_suffix('\r').unwrap_or(rest).len());
    text.truncate(end);
    let secret = Secret::new(text);
    if secret.expose().is_empty() { Err(path.error(&format!("names {}, which is empty", full.display()))) } else { Ok(secret) }
}

/// Links are followed: mounted secrets often are links.
fn contents(path: &Path) -> io::Result<String> {
    let flags = i32::try_from((OFlags::NONBLOCK | OFlags::CLOEXEC).bits()).unwrap_or_default();
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    let mut text = String::new();
    file.take(LARGEST + 1).read_to_string(&mut text)?;
    if text.len() as u64 > LARGEST { Err(io::Error::other("larger than 64 KiB")) } else { Ok(text) }
}
