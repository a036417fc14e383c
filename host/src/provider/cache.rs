//! Machine code of components that were compiled before. `Component::deserialize` believes its input, and a flipped byte
//! is enough to leave the sandbox: so only bytes that this gateway itself has sealed are ever given to it.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use hmac::{Hmac, Mac};
use rustix::{
    fs::{OFlags, Timespec, Timestamps, UTIME_NOW, UTIME_OMIT, futimens},
    process::geteuid,
};
use sha2::Sha256;
use wasmtime::{Engine, component::Component};

use crate::model::Secret;

const SEAL: usize = 32;

/// Machine code that may be run: it came from our own compiler, or bears our seal. There is no other way to get one.
pub struct Authentic(Vec<u8>);

impl Authentic {
    /// For `compile` alone: what its child wrote.
    pub(super) fn from_own_compiler(code: Vec<u8>) -> Self {
        Self(code)
    }

    /// How much code it is, bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        self.0.len()
    }
}

impl std::fmt::Debug for Authentic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Authentic({} bytes)", self.0.len())
    }
}

/// Makes a component of machine code.
///
/// # Errors
/// If the code was compiled for an engine of another configuration or version.
#[expect(unsafe_code, reason = "wasmtime cannot check machine code; the type says that it is our own")]
pub fn deserialize(engine: &Engine, code: &Authentic) -> wasmtime::Result<Component> {
    // SAFETY: the bytes must be unmodified output of `Engine::precompile_component`. An `Authentic` is made in two
    // places: by `compile`, of what our own child just wrote, and by `ComponentCache::get`, of bytes whose HMAC proves
    // that they are what `put` got of the former.
    unsafe { Component::deserialize(engine, &code.0) }
}

/// Why the cache cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// The system refused.
    #[error("compile cache {0}: {1}")]
    Io(PathBuf, io::Error),
    /// A file or a link is in its place.
    #[error("compile cache {0} is not a directory: remove what is there")]
    NotDirectory(PathBuf),
    /// Somebody else's.
    #[error("compile cache {0} belongs to user {1}, this process runs as {2}: remove it, or name another")]
    Foreign(PathBuf, u32, u32),
    /// Others may look in or write.
    #[error("compile cache {0} is open to others (mode {1:o}): chmod 700")]
    Open(PathBuf, u32),
    /// The key is too short.
    #[error("the key of the compile cache has fewer than 32 bytes")]
    Key,
}

/// The cache: one private directory.
#[derive(Debug)]
pub struct ComponentCache {
    directory: PathBuf,
    key: Secret<Vec<u8>>,
    most_bytes: u64,
    written: AtomicU64,
}

impl ComponentCache {
    /// Opens the cache, making the directory if it is missing. The key must be secret and stay the same between starts.
    ///
    /// # Errors
    /// If the directory is not private to this process's user, or the key is shorter than 32 bytes.
    pub fn open(directory: &Path, key: Secret<Vec<u8>>, most_bytes: u64) -> Result<Self, CacheError> {
        if key.expose().len() < 32 {
            return Err(CacheError::Key);
        }
        let path = || directory.to_owned();
        let made = DirBuilder::new().recursive(true).mode(0o700).create(directory);
        let metadata = fs::symlink_metadata(directory).map_err(|error| CacheError::Io(path(), made.err().unwrap_or(error)))?;
        let own = geteuid().as_raw();
        if !metadata.is_dir() {
            return Err(CacheError::NotDirectory(path()));
        }
        if metadata.uid() != own {
            return Err(CacheError::Foreign(path(), metadata.uid(), own));
        }
        if metadata.mode() & 0o077 != 0 {
            return Err(CacheError::Open(path(), metadata.mode() & 0o777));
        }
        Ok(Self { directory: path(), key, most_bytes, written: AtomicU64::new(0) })
    }

    /// The code of a component for an engine. A file without our seal is removed. Blocks on the file system.
    #[must_use]
    pub fn get(&self, sha256: &str, compatibility: u64) -> Option<Authentic> {
        let path = self.path(sha256, compatibility);
        let bytes = match read_own(&path, self.most_bytes) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => return self.discard(&path, &error.to_string()),
        };
        let (Some(seal), Some(code)) = (bytes.get(..SEAL), bytes.get(SEAL..)) else {
            return self.discard(&path, "it is cut short");
        };
        let sealed = self.mac(sha256, compatibility, code).is_some_and(|mac| mac.verify_slice(seal).is_ok());
        if sealed { Some(Authentic(code.to_vec())) } else { self.discard(&path, "it does not bear this gateway's seal") }
    }

    /// Keeps the code of a component. Blocks on the file system.
    ///
    /// # Errors
    /// If it cannot be written; nothing half-written is left under its name.
    pub fn put(&self, sha256: &str, compatibility: u64, code: &Authentic) -> Result<(), CacheError> {
        let Some(mac) = self.mac(sha256, compatibility, &code.0) else { return Err(CacheError::Key) };
        let path = self.path(sha256, compatibility);
        let number = self.written.fetch_add(1, Ordering::Relaxed);
        let aside = path.with_extension(format!("{}-{number}.new", std::process::id()));
        let seal = mac.finalize().into_bytes();
        write_aside(&aside, &seal, &code.0).and_then(|()| fs::rename(&aside, &path)).map_err(|error| {
            // The first error is the one to tell.
            let _ = fs::remove_file(&aside);
            CacheError::Io(path.clone(), error)
        })?;
        self.evict(&path);
        Ok(())
    }

    fn path(&self, sha256: &str, compatibility: u64) -> PathBuf {
        self.directory.join(format!("{sha256}-{compatibility:016x}.cwasm"))
    }

    fn mac(&self, sha256: &str, compatibility: u64, code: &[u8]) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.key.expose()).ok()?;
        // The digest has one length, so that nothing can move from one part to the next.
        mac.update(sha256.as_bytes());
        mac.update(&compatibility.to_le_bytes());
        mac.update(code);
        Some(mac)
    }

    fn discard(&self, path: &Path, reason: &str) -> Option<Authentic> {
        tracing::warn!(file = %path.display(), cache = %self.directory.display(), reason, "compile cache: file discarded, the component is compiled again");
        if let Err(error) = fs::remove_file(path) {
            tracing::warn!(file = %path.display(), %error, "compile cache: file cannot be removed");
        }
        None
    }

    /// Removes what was used longest ago until the rest fits.
    fn evict(&self, just_written: &Path) {
        let Ok(entries) = fs::read_dir(&self.directory) else { return };
        let file = |entry: io::Result<fs::DirEntry>| {
            let entry = entry.ok()?;
            let metadata = entry.metadata().ok().filter(fs::Metadata::is_file)?;
            Some((metadata.mtime(), metadata.mtime_nsec(), metadata.len(), entry.path()))
        };
        let mut files: Vec<_> = entries.filter_map(file).collect();
        files.sort();
        let mut total: u64 = files.iter().map(|(_, _, size, _)| size).sum();
        for (_, _, size, path) in files {
            if total <= self.most_bytes {
                return;
            }
            if path != just_written && fs::remove_file(&path).is_ok() {
                total -= size;
            }
        }
    }
}

/// Reads a file and marks it as used now.
fn read_own(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let flags = i32::try_from((OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC).bits()).unwrap_or_default();
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() || metadata.uid() != geteuid().as_raw() || metadata.len() > most.saturating_add(SEAL as u64) {
        return Err(io::Error::other("it is not a file of this gateway's"));
    }
    let now = Timespec { tv_sec: 0, tv_nsec: UTIME_NOW };
    // Only the order of eviction depends on it.
    let _ = futimens(&file, &Timestamps { last_access: Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT }, last_modification: now });
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or_default());
    file.take(metadata.len()).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn write_aside(path: &Path, seal: &[u8], code: &[u8]) -> io::Result<()> {
    let mut file: File = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(seal)?;
    file.write_all(code)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    const NAME: &str = "00000000000000000000000000000000000000000000000000000000000000aa";

    fn open(directory: &Path, key: u8) -> ComponentCache {
        ComponentCache::open(directory, Secret::new(vec![key; 32]), 1000).unwrap()
    }

    fn put(cache: &ComponentCache, name: &str, size: usize) {
        cache.put(name, 7, &Authentic::from_own_compiler(vec![1; size])).unwrap();
    }

    #[test]
    fn gives_back_only_what_it_was_given() {
        let place = tempfile::tempdir().unwrap();
        let directory = place.path().join("cache");
        let cache = open(&directory, 1);
        assert!(cache.get(NAME, 7).is_none());
        put(&cache, NAME, 3);
        assert_eq!(cache.get(NAME, 7).unwrap().0, [1; 3]);
        assert!(cache.get(NAME, 8).is_none(), "another engine");
        assert_eq!(fs::metadata(&directory).unwrap().mode() & 0o777, 0o700);
        assert_eq!(fs::metadata(cache.path(NAME, 7)).unwrap().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(&directory).unwrap().count(), 1, "nothing is left aside");
    }

    #[test]
    fn forged_moved_and_cut_files_are_discarded() {
        let place = tempfile::tempdir().unwrap();
        let directory = place.path().join("cache");
        let cache = open(&directory, 1);
        let path = cache.path(NAME, 7);
        for (flipped, length) in [(SEAL, SEAL + 3), (0, SEAL + 3), (0, SEAL + 1), (0, 5), (SEAL + 2, SEAL + 3)] {
            put(&cache, NAME, 3);
            let mut bytes = fs::read(&path).unwrap();
            bytes[flipped] ^= 1;
            bytes.truncate(length);
            fs::write(&path, bytes).unwrap();
            assert!(cache.get(NAME, 7).is_none());
            assert!(!path.exists());
        }
        put(&cache, NAME, 3);
        fs::rename(&path, cache.path(NAME, 8)).unwrap();
        assert!(cache.get(NAME, 8).is_none(), "sealed for another engine");
        put(&cache, NAME, 3);
        assert!(open(&directory, 2).get(NAME, 7).is_none(), "sealed with another key");
    }

    #[test]
    fn a_directory_that_is_not_private_is_refused() {
        let place = tempfile::tempdir().unwrap();
        let directory = place.path().join("cache");
        open(&directory, 1);
        fs::set_permissions(&directory, fs::Permissions::from_mode(0o750)).unwrap();
        let key = || Secret::new(vec![1; 32]);
        assert!(matches!(ComponentCache::open(&directory, key(), 9), Err(CacheError::Open(_, 0o750))));
        let link = place.path().join("link");
        std::os::unix::fs::symlink(&directory, &link).unwrap();
        assert!(matches!(ComponentCache::open(&link, key(), 9), Err(CacheError::NotDirectory(_))));
        assert!(matches!(ComponentCache::open(&directory, Secret::new(vec![1; 31]), 9), Err(CacheError::Key)));
    }

    #[test]
    fn what_was_used_longest_ago_goes_first() {
        let place = tempfile::tempdir().unwrap();
        let cache = open(&place.path().join("cache"), 1);
        let names = ["a", "b", "c"].map(|end| format!("{}{end}", &NAME[..63]));
        let pause = || std::thread::sleep(std::time::Duration::from_millis(20));
        for name in &names[..2] {
            put(&cache, name, 400);
            pause();
        }
        assert!(cache.get(&names[0], 7).is_some());
        pause();
        put(&cache, &names[2], 400);
        let left = names.each_ref().map(|name| cache.get(name, 7).is_some());
        assert_eq!(left, [true, false, true]);
    }
}
