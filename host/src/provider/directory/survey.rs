//! One look at the directory: which provider types are wished for, and of what. Only files that changed are read.

use std::{
    collections::BTreeMap,
    io,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use super::DirectoryOptions;
use crate::{
    model::Timestamp,
    provider::{
        file::{self, FileError, Fingerprint, QUIET},
        generation::Refused,
        grant::{Grants, Surroundings, secret_files},
    },
};

const LARGEST_TOML: u64 = 64 * 1024;
/// A file that is written to for longer than this is reported.
const PATIENCE: Duration = Duration::from_secs(2);

/// What the directory says about a provider type.
#[derive(Debug)]
pub(super) enum Wish {
    /// A file is being written: leave everything as it is and look again soon.
    Wait,
    /// Not to be loaded.
    Refuse {
        file: String,
        reason: String,
        /// There is no component any more: what was live goes.
        gone: bool,
    },
    /// `enabled = false`.
    Disable,
    /// To be live.
    Load(Order),
}

/// What a provider type is to be made of.
#[derive(Clone, Debug)]
pub(super) struct Order {
    pub(super) component: String,
    pub(super) fingerprint: Fingerprint,
    pub(super) grants: Arc<Grants>,
}

impl PartialEq for Order {
    fn eq(&self, other: &Self) -> bool {
        // The surveyor keeps the same grants as long as they say the same.
        self.component == other.component && self.fingerprint == other.fingerprint && Arc::ptr_eq(&self.grants, &other.grants)
    }
}

/// The result of one look.
#[derive(Debug, Default)]
pub(super) struct Survey {
    pub(super) wishes: BTreeMap<String, Wish>,
    pub(super) misnamed: Vec<Refused>,
}

impl Survey {
    pub(super) fn waits(&self) -> bool {
        self.wishes.values().any(|wish| matches!(wish, Wish::Wait))
    }
}

/// Looks, and remembers what it saw.
pub(super) struct Surveyor {
    options: Arc<DirectoryOptions>,
    nothing_granted: Arc<Grants>,
    operator: BTreeMap<String, OperatorFile>,
    sightings: BTreeMap<String, Sighting>,
}

/// An operator's file as it was last read.
struct OperatorFile {
    marks: Vec<Option<Fingerprint>>,
    secrets: Vec<PathBuf>,
    grants: Result<Arc<Grants>, String>,
}

/// Since when a file looks as it does.
struct Sighting {
    fingerprint: Fingerprint,
    unchanged: Instant,
    restless: Option<Instant>,
}

/// Whether a file may be read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Calm {
    Quiet,
    Restless,
    /// Restless for too long.
    Hopeless,
}

type Names = BTreeMap<String, Option<Fingerprint>>;

impl Surveyor {
    pub(super) fn new(options: Arc<DirectoryOptions>) -> Self {
        Self { options, nothing_granted: Arc::default(), operator: BTreeMap::new(), sightings: BTreeMap::new() }
    }

    /// Looks. `thorough`: reads every operator's file again.
    pub(super) fn look(&mut self, now: Timestamp, thorough: bool) -> io::Result<Survey> {
        let (names, misnamed) = self.list()?;
        self.sightings.retain(|name, _| names.contains_key(name));
        self.operator.retain(|stem, _| names.contains_key(&format!("{stem}.toml")));
        if thorough {
            self.operator.values_mut().for_each(|file| file.marks.clear());
        }
        let mut wishes = BTreeMap::new();
        for stem in names.keys().filter_map(|name| name.rsplit_once('.')).map(|(stem, _)| stem) {
            if !wishes.contains_key(stem) {
                wishes.insert(stem.to_owned(), self.wish(stem, &names, now));
            }
        }
        Ok(Survey { wishes, misnamed })
    }

    fn list(&self) -> io::Result<(Names, Vec<Refused>)> {
        let path = &self.options.path;
        let entries = match std::fs::read_dir(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                std::fs::create_dir_all(path)?;
                std::fs::read_dir(path)?
            }
            entries => entries?,
        };
        let (mut names, mut misnamed) = (Names::new(), Vec::new());
        for entry in entries {
            let name = entry?.file_name().to_string_lossy().into_owned();
            let Some((stem, extension)) = name.rsplit_once('.') else { continue };
            if stem.is_empty() || stem.starts_with('.') || !["wasm", "toml"].contains(&extension.to_ascii_lowercase().as_str()) {
                continue;
            }
            if file::is_type_name(stem) && ["wasm", "toml"].contains(&extension) {
                let fingerprint = Fingerprint::of(&path.join(&name));
                names.insert(name, fingerprint);
            } else {
                misnamed.push(misname(stem, &name));
            }
        }
        misnamed.sort_by(|a, b| a.file.cmp(&b.file));
        Ok((names, misnamed))
    }

    fn wish(&mut self, stem: &str, names: &Names, now: Timestamp) -> Wish {
        let toml = format!("{stem}.toml");
        let grants = match names.get(&toml) {
            None => Ok(Arc::clone(&self.nothing_granted)),
            Some(None) => Err(Wish::Refuse { reason: format!("{toml} is a link that leads nowhere"), file: toml.clone(), gone: false }),
            Some(Some(fingerprint)) => self.grants(stem, &toml, *fingerprint, now),
        };
        let grants = match grants {
            Ok(grants) if !grants.enabled => return Wish::Disable,
            Ok(grants) => grants,
            Err(wish) => return wish,
        };
        let component = grants.component.clone().unwrap_or_else(|| format!("{stem}.wasm"));
        let Some(fingerprint) = names.get(&component).copied().flatten() else {
            let reason = format!("{component}, which is to serve {stem}, is not there: put it there, or remove {toml}");
            return Wish::Refuse { file: component, reason, gone: true };
        };
        match self.calm(&component, fingerprint, now) {
            Calm::Quiet => Wish::Load(Order { component, fingerprint, grants }),
            Calm::Restless => Wish::Wait,
            Calm::Hopeless => still_written(component),
        }
    }

    fn grants(&mut self, stem: &str, toml: &str, fingerprint: Fingerprint, now: Timestamp) -> Result<Arc<Grants>, Wish> {
        match self.calm(toml, fingerprint, now) {
            Calm::Quiet => {}
            Calm::Restless => return Err(Wish::Wait),
            Calm::Hopeless => return Err(still_written(toml.to_owned())),
        }
        let before = self.operator.get(stem);
        if !before.is_some_and(|file| file.marks == marks(fingerprint, &file.secrets)) {
            let known = before.and_then(|file| file.grants.as_ref().ok()).cloned();
            let file = self.read(toml, fingerprint, known).ok_or(Wish::Wait)?;
            self.operator.insert(stem.to_owned(), file);
        }
        let grants = self.operator.get(stem).map_or_else(|| Ok(Arc::default()), |file| file.grants.clone());
        grants.map_err(|reason| Wish::Refuse { file: toml.to_owned(), reason, gone: false })
    }

    /// Reads an operator's file; `None` if it changes just now.
    fn read(&self, toml: &str, fingerprint: Fingerprint, known: Option<Arc<Grants>>) -> Option<OperatorFile> {
        let options = &self.options;
        let text = match file::read_text(&options.path, toml, fingerprint, LARGEST_TOML) {
            Ok(text) => text,
            Err(FileError::Unsettled(_)) => return None,
            Err(error) => {
                return Some(OperatorFile { marks: vec![Some(fingerprint)], secrets: Vec::new(), grants: Err(error.to_string()) });
            }
        };
        let secrets = secret_files(&text, &options.path);
        // Before reading: a secret that changes meanwhile is read again.
        let marks = marks(fingerprint, &secrets);
        let surroundings = Surroundings { variable: &*options.variable, directory: &options.path, allow_loopback: options.allow_loopback };
        let grants = match Grants::parse(&text, toml, surroundings) {
            Ok(grants) => Ok(known.filter(|known| **known == grants).unwrap_or_else(|| Arc::new(grants))),
            Err(error) => Err(error.to_string()),
        };
        Some(OperatorFile { marks, secrets, grants })
    }

    fn calm(&mut self, name: &str, fingerprint: Fingerprint, now: Timestamp) -> Calm {
        let sighting =
            self.sightings.entry(name.to_owned()).or_insert_with(|| Sighting { fingerprint, unchanged: Instant::now(), restless: None });
        if sighting.fingerprint != fingerprint {
            (sighting.fingerprint, sighting.unchanged) = (fingerprint, Instant::now());
        }
        if fingerprint.is_quiet(now) || sighting.unchanged.elapsed() >= QUIET {
            sighting.restless = None;
            Calm::Quiet
        } else if sighting.restless.get_or_insert_with(Instant::now).elapsed() < PATIENCE {
            Calm::Restless
        } else {
            Calm::Hopeless
        }
    }
}

fn marks(toml: Fingerprint, secrets: &[PathBuf]) -> Vec<Option<Fingerprint>> {
    std::iter::once(Some(toml)).chain(secrets.iter().map(|path| Fingerprint::of(path))).collect()
}

fn still_written(file: String) -> Wish {
    Wish::Refuse { reason: format!("{file} is still being written: write it aside and rename it"), file, gone: false }
}

fn misname(stem: &str, name: &str) -> Refused {
    let (stem, name) = (stem.escape_debug().to_string(), name.escape_debug().to_string());
    let reason = format!(
        "{name} is not named like a provider: rename it to lower-case letters, digits and `-`, beginning with a letter, at most 32, and .wasm or .toml"
    );
    Refused { type_name: stem, file: name, reason, kept: false }
}
