//! Compiled components on disk, private and authenticated: wasmtime trusts what it is given to load completely, so
//! nothing is given to it that this gateway has not compiled itself.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use hmac::{Hmac, Mac};
use sha2::Sha256;
use wasmtime::{Engine, component::Component};

use crate::model::Secret;

/// Bytes of the authentication code in front of a file's content.
const TAG: usize = 32;
/// Most that the directory may hold; the oldest files go first.
const LARGEST_TOTAL: u64 = 2 * 1024 * 1024 * 1024;

/// Machine code that our own compiler made: straight from it, or from a file whose authentication code is right.
pub struct Authentic(Vec<u8>);

impl Authentic {
    /// For the compiler alone.
    pub(super) const fn from_compiler(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// Loads it.
    ///
    /// # Errors
    /// If it was compiled for another engine, or goes beyond what the engine has room for.
    #[expect(unsafe_code, reason = "wasmtime can load compiled code in no other way")]
    pub fn load(&self, engine: &Engine) -> wasmtime::Result<Component> {
        // SAFETY: `deserialize` demands bytes that wasmtime's own compiler made, unchanged. This type is made of nothing
        // else: by our compiling child, or from a file that carries our HMAC over exactly these bytes.
        unsafe { Component::deserialize(engine, &self.0) }
    }
}

/// Why the cache cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// The directory.
    #[error("cache_dir is {path}: {source}")]
    Directory {
        /// Where.
        path: String,
        /// What the system says.
        source: io::Error,
    },
    /// The directory is not private.
    #[error("cache_dir is {0}: others can get at it; chown it to the gateway's user and chmod 700 it")]
    Open(String),
}

/// Files by content and engine.
pub struct ComponentCache {
    directory: PathBuf,
    key: Secret<[u8; 32]>,
}

impl ComponentCache {
    /// Makes the directory, if it is missing, for this user alone.
    ///
    /// # Errors
    /// If it cannot be made, or others can get at it.
    pub fn open(directory: &Path, key: Secret<[u8; 32]>) -> Result<Self, CacheError> {
        let path = directory.display().to_string();
        let failed = |source| CacheError::Directory { path: path.clone(), source };
        DirBuilder::new().recursive(true).mode(0o700).create(directory).map_err(failed)?;
        let metadata = fs::metadata(directory).map_err(failed)?;
        if metadata.mode() & 0o077 != 0 || metadata.uid() != rustix::process::geteuid().as_raw() {
            return Err(CacheError::Open(path));
        }
        Ok(Self { directory: directory.to_owned(), key })
    }

    /// The component with this SHA-256, compiled for an engine with this compatibility hash. A file that is not ours is
    /// removed.
    #[must_use]
    pub fn get(&self, sha256: &str, compatibility: u64) -> Option<Authentic> {
        let name = name(sha256, compatibility);
        let path = self.directory.join(&name);
        let mut content = Vec::new();
        File::open(&path).and_then(|mut file| file.read_to_end(&mut content)).ok()?;
        let tag = content.split_off(content.len().saturating_sub(TAG));
        if self.mac(&name, &content).verify_slice(&tag).is_ok() {
            return Some(Authentic(content));
        }
        tracing::warn!(file = name, "a cached component is damaged or not ours: it is compiled again");
        let _ = fs::remove_file(path);
        None
    }

    /// Keeps a compiled component. A cache that cannot be written costs time, nothing else.
    pub fn put(&self, sha256: &str, compatibility: u64, compiled: &Authentic) {
        let name = name(sha256, compatibility);
        if let Err(reason) = self.make_room(compiled.0.len() as u64).and_then(|()| self.write(&name, &compiled.0)) {
            tracing::warn!(%reason, directory = %self.directory.display(), "a compiled component was not cached");
        }
    }

    fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        // Several processes may write the same file: each has its own beside it.
        let aside = self.directory.join(format!("{name}.{}.part", std::process::id()));
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&aside)?;
        file.write_all(bytes)?;
        file.write_all(&self.mac(name, bytes).finalize().into_bytes())?;
        fs::rename(aside, self.directory.join(name))
    }

    fn make_room(&self, needed: u64) -> io::Result<()> {
        let entries = fs::read_dir(&self.directory)?.flatten();
        let mut files: Vec<_> = entries.filter_map(|entry| Some((entry.metadata().ok()?, entry.path()))).collect();
        files.sort_by_key(|(metadata, _)| metadata.mtime());
        let mut total = needed + files.iter().map(|(metadata, _)| metadata.len()).sum::<u64>();
        for (metadata, path) in files {
            if total <= LARGEST_TOTAL {
                break;
            }
            fs::remove_file(path)?;
            total = total.saturating_sub(metadata.len());
        }
        Ok(())
    }

    /// Over the name too, so that no file can stand in for another.
    fn mac(&self, name: &str, bytes: &[u8]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.key.expose()).expect("HMAC takes keys of any length");
        mac.update(name.as_bytes());
        mac.update(&[0]);
        mac.update(bytes);
        mac
    }
}

fn name(sha256: &str, compatibility: u64) -> String {
    format!("{sha256}-{compatibility:016x}.cwasm")
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn cache(directory: &Path, key: u8) -> ComponentCache {
        ComponentCache::open(directory, Secret::new([key; 32])).expect("a cache")
    }

    fn only_file(directory: &Path) -> PathBuf {
        let mut files: Vec<_> = fs::read_dir(directory).expect("listing").flatten().map(|entry| entry.path()).collect();
        assert_eq!(files.len(), 1);
        files.remove(0)
    }

    #[test]
    fn gives_back_what_it_was_given_for_the_same_content_and_engine() {
        let directory = tempfile::tempdir().expect("directory");
        let cache = cache(&directory.path().join("c"), 1);
        cache.put("aa", 7, &Authentic(b"code".to_vec()));
        assert_eq!(cache.get("aa", 7).expect("there").0, b"code");
        assert!(cache.get("aa", 8).is_none() && cache.get("ab", 7).is_none());
        let mode = fs::metadata(only_file(&directory.path().join("c"))).expect("file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn refuses_and_removes_what_was_changed_or_is_not_ours() {
        let directory = tempfile::tempdir().expect("directory");
        let path = directory.path().join("c");
        let mine = cache(&path, 1);
        for damage in [0, 2, 10] {
            mine.put("aa", 7, &Authentic(b"code".to_vec()));
            let file = only_file(&path);
            let mut bytes = fs::read(&file).expect("file");
            bytes[damage] ^= 1;
            fs::write(&file, bytes).expect("damaged");
            assert!(mine.get("aa", 7).is_none(), "byte {damage}");
            assert!(!file.exists());
        }
        mine.put("aa", 7, &Authentic(b"code".to_vec()));
        fs::rename(only_file(&path), path.join(name("bb", 7))).expect("renamed");
        assert!(mine.get("bb", 7).is_none(), "one file cannot stand in for another");
        mine.put("aa", 7, &Authentic(b"code".to_vec()));
        assert!(cache(&path, 2).get("aa", 7).is_none(), "another key");
        fs::write(path.join(name("aa", 7)), b"short").expect("written");
        assert!(mine.get("aa", 7).is_none());
    }

    #[test]
    fn a_directory_open_to_others_is_refused() {
        let directory = tempfile::tempdir().expect("directory");
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755)).expect("opened");
        assert!(matches!(ComponentCache::open(directory.path(), Secret::new([0; 32])), Err(CacheError::Open(_))));
    }
}
