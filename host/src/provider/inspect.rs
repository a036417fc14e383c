//! Looks at one file as the directory would, for authors and operators.

use std::{path::Path, sync::Arc};

use super::{
    file::{self, FileError, Fingerprint},
    generation::{Candidate, Entry, LoadRefused, Loader},
    grant::{GrantError, Grants, Surroundings},
    loader::ComponentLoader,
    port::Ports,
    providers::{Settings, StartError},
    sandbox::LoadedProvider,
};

/// Largest operator's file, in bytes.
const LARGEST_TOML: u64 = 64 * 1024;

/// Why a file would not be live.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// It is not called like a plugin.
    #[error("{0} is not called NAME.wasm, with a NAME of small letters, digits and dashes, at most 32")]
    Name(String),
    /// It is not there.
    #[error("{0}: there is no such file")]
    Missing(String),
    /// It cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The operator's file beside it.
    #[error(transparent)]
    Grants(#[from] GrantError),
    /// It is not the file that the operator pinned.
    #[error("{0}")]
    Pin(String),
    /// It is not taken.
    #[error(transparent)]
    Refused(#[from] LoadRefused),
    /// The sandbox cannot be made.
    #[error(transparent)]
    Start(#[from] StartError),
}

/// Loads `NAME.wasm` with the grants of the `NAME.toml` beside it, if there.
///
/// # Errors
/// See [`Unusable`].
pub async fn inspect(path: &Path, settings: Settings, ports: Ports) -> Result<Entry<LoadedProvider>, Unusable> {
    let shown = path.display().to_string();
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let type_name = name.strip_suffix(".wasm").filter(|name| file::is_type_name(name)).ok_or_else(|| Unusable::Name(shown.clone()))?;
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    let listed = Fingerprint::of(path).ok_or(Unusable::Missing(shown))?;
    let component = file::read_component(directory, name, listed, settings.directory.largest_component)?;
    let toml = format!("{type_name}.toml");
    let grants = match Fingerprint::of(&directory.join(&toml)) {
        None => Grants::default(),
        Some(listed) => {
            let surroundings =
                Surroundings { variable: &*settings.directory.variable, directory, allow_loopback: settings.directory.allow_loopback };
            Grants::parse(&file::read_text(directory, &toml, listed, LARGEST_TOML)?, &toml, surroundings)?
        }
    };
    check_pin(&grants, &toml, &component.sha256, settings.directory.require_pins)?;
    let candidate = Candidate {
        type_name: type_name.to_owned(),
        component: name.to_owned(),
        toml,
        bytes: component.bytes,
        sha256: component.sha256,
        grants: Arc::new(grants),
    };
    let since = ports.clock.now();
    let live = ComponentLoader::new(&settings, ports)?.load(&candidate).await?;
    Ok(Entry {
        type_name: candidate.type_name,
        digest: candidate.sha256,
        component: candidate.component,
        grants: candidate.grants,
        since,
        live,
    })
}

/// As the directory does it; here there is no version before that could be kept.
fn check_pin(grants: &Grants, toml: &str, sha256: &str, required: bool) -> Result<(), Unusable> {
    match &grants.sha256 {
        Some(pin) if pin != sha256 => Err(Unusable::Pin(format!("sha256 is {sha256}, {toml} pins {pin}"))),
        None if required => Err(Unusable::Pin(format!("{toml} pins no sha256, and this gateway requires pins: add sha256 = \"{sha256}\""))),
        _ => Ok(()),
    }
}
