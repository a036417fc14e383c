//! The secret key as a file: made on first start, so that an installation of one machine needs no set-up.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Read as _, Write as _},
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use zeroize::Zeroizing;

use super::{SecretKey, SecretKeyError};
use crate::random::{self, Random};

/// Far more than any form of the key takes.
const MAX_FILE: u64 = 1024;

/// Why the key's file cannot be used, and how to mend it.
#[derive(Debug, thiserror::Error)]
pub enum SecretFileError {
    /// Reading or writing failed.
    #[error("{path}: {source} (the directory must exist and belong to the gateway's user)", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A directory or a device.
    #[error("{path} is not a regular file", path = .0.display())]
    NotAFile(PathBuf),
    /// Others than its owner may read or write it.
    #[error("{path} has mode {mode:03o}: others can get at the secret key. Run: chmod 600 {path}", path = path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Its content is not a key.
    #[error("{path}: {source}", path = path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What it should be.
        source: SecretKeyError,
    },
}

impl SecretKey {
    /// Reads the key from `path`, or makes one there first (mode 600). Of several processes that start at once, one
    /// makes the file and all read the same key. The directory must exist.
    ///
    /// # Errors
    /// If the file cannot be read or made, is open to other users, or holds something else.
    pub fn load_or_create(path: &Path, random: &dyn Random) -> Result<Self, SecretFileError> {
        if let Some(key) = Self::load(path)? {
            return Ok(key);
        }
        create(path, &Self::generate(random), random).map_err(|source| failed(path, source))?;
        // What counts is what the file holds now: another process may have been faster.
        Self::load(path)?.ok_or_else(|| failed(path, ErrorKind::NotFound.into()))
    }

    /// Reads the key from `path`; none if there is no such file.
    ///
    /// # Errors
    /// As [`Self::load_or_create`].
    pub fn load(path: &Path) -> Result<Option<Self>, SecretFileError> {
        load(path)
    }
}

fn failed(path: &Path, source: io::Error) -> SecretFileError {
    SecretFileError::Io { path: path.to_owned(), source }
}

/// `None` if there is no such file.
fn load(path: &Path) -> Result<Option<SecretKey>, SecretFileError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(path, error)),
    };
    let metadata = file.metadata().map_err(|error| failed(path, error))?;
    if !metadata.is_file() {
        return Err(SecretFileError::NotAFile(path.to_owned()));
    }
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(SecretFileError::Exposed { path: path.to_owned(), mode });
    }
    let mut bytes = Zeroizing::new(Vec::new());
    file.take(MAX_FILE).read_to_end(&mut bytes).map_err(|error| failed(path, error))?;
    let text = std::str::from_utf8(&bytes).map_err(|_| SecretKeyError);
    text.and_then(SecretKey::parse).map(Some).map_err(|source| SecretFileError::Malformed { path: path.to_owned(), source })
}

/// Writes the whole key aside, then links it to its name: the name appears complete or not at all, and never replaces
/// another process's key.
fn create(path: &Path, key: &SecretKey, random: &dyn Random) -> io::Result<()> {
    let mut aside = path.as_os_str().to_owned();
    aside.push(format!(".{}", random::token(random)));
    let aside = PathBuf::from(aside);
    let linked = write_new(&aside, key).and_then(|()| fs::hard_link(&aside, path));
    let removed = fs::remove_file(&aside);
    match linked {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        outcome => outcome?,
    }
    removed?;
    sync_directory(path)
}

fn write_new(path: &Path, key: &SecretKey) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(key.to_text().expose().as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()
}

fn sync_directory(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => File::open(parent)?.sync_all(),
        _ => File::open(".")?.sync_all(),
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::HashSet, fs::Permissions, thread};

    use super::*;
    use crate::random::SystemRandom;

    fn text(path: &Path) -> Result<String, SecretFileError> {
        SecretKey::load_or_create(path, &SystemRandom).map(|key| key.to_text().expose().clone())
    }

    #[test]
    fn made_once_readable_by_its_owner_alone_and_read_again() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("secret.key");
        let first = text(&path).expect("made");
        assert_eq!(text(&path).expect("read"), first);
        assert_eq!(fs::metadata(&path).expect("metadata").permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(directory.path()).expect("listing").count(), 1, "nothing is left aside");
    }

    #[test]
    fn processes_that_start_at_once_agree() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("secret.key");
        let keys: HashSet<String> = thread::scope(|scope| {
            let starts: Vec<_> = (0..8).map(|_| scope.spawn(|| text(&path).expect("a key"))).collect();
            starts.into_iter().map(|start| start.join().expect("no panic")).collect()
        });
        assert_eq!(keys.len(), 1);
        assert_eq!(fs::read_dir(directory.path()).expect("listing").count(), 1, "nothing is left aside");
    }

    #[test]
    fn refuses_a_file_that_others_can_read() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("secret.key");
        text(&path).expect("made");
        fs::set_permissions(&path, Permissions::from_mode(0o640)).expect("chmod");
        let error = text(&path).expect_err("refused").to_string();
        assert!(error.contains("mode 640") && error.contains("chmod 600"), "{error}");
    }

    #[test]
    fn refuses_other_content_and_keeps_it() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("secret.key");
        text(&path).expect("made");
        fs::write(&path, [0xff, 0xfe]).expect("written");
        assert!(matches!(text(&path), Err(SecretFileError::Malformed { .. })));
        assert_eq!(fs::read(&path).expect("still there"), [0xff, 0xfe]);
        assert!(matches!(text(directory.path()), Err(SecretFileError::NotAFile(_))));
        assert!(matches!(text(&directory.path().join("none/secret.key")), Err(SecretFileError::Io { .. })));
    }
}
