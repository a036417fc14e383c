//! Careful reading of one file of the plugins directory: regular, complete, small enough, and what it says it is.

use std::{
    fs::{File, Metadata, OpenOptions},
    io::{self, Read},
    os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use rustix::fs::OFlags;
use sha2::{Digest, Sha256};

use crate::model::Timestamp;

/// How long a file must have been left alone before it is read.
pub const QUIET: Duration = Duration::from_millis(100);

/// Whether this names a provider type: `[a-z][a-z0-9-]{0,31}`.
#[must_use]
pub fn is_type_name(name: &str) -> bool {
    let rest = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    name.len() <= 32 && name.starts_with(|first: char| first.is_ascii_lowercase()) && name.bytes().all(rest)
}

/// What tells, without reading, whether a file has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint {
    device: u64,
    inode: u64,
    size: u64,
    /// Nanoseconds since the epoch.
    modified: i128,
    changed: i128,
}

impl Fingerprint {
    /// Of the file that a path leads to; `None` if it leads nowhere.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        std::fs::metadata(path).ok().map(|metadata| Self::from(&metadata))
    }

    /// Whether the last write is long enough ago. A time in the future says nothing: such a file is quiet when it has
    /// been seen unchanged for that long.
    #[must_use]
    pub fn is_quiet(&self, now: Timestamp) -> bool {
        let quiet = i128::try_from(QUIET.as_nanos()).unwrap_or(i128::MAX);
        i128::from(now.0) * 1000 - self.modified >= quiet
    }
}

impl From<&Metadata> for Fingerprint {
    fn from(metadata: &Metadata) -> Self {
        let nanoseconds = |seconds: i64, part: i64| i128::from(seconds) * 1_000_000_000 + i128::from(part);
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.size(),
            modified: nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
            changed: nanoseconds(metadata.ctime(), metadata.ctime_nsec()),
        }
    }
}

/// Why a file is refused. Every text begins with the file's name.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It changed between listing and reading, or while it was read: worth another try soon.
    #[error("{0} is still being written")]
    Unsettled(String),
    /// A link out of the directory.
    #[error("{0} is a link that leads out of the plugins directory: put the file itself there")]
    LinkOut(String),
    /// A FIFO, a directory, a device.
    #[error("{0} is {1}, not a regular file")]
    NotRegular(String, &'static str),
    /// Too large.
    #[error("{0} has {1} bytes; at most {2} are allowed")]
    TooLarge(String, u64, u64),
    /// The system refused.
    #[error("{0} cannot be read: {1}")]
    Unreadable(String, io::Error),
    /// A module, not a component.
    #[error("{0} is a core module; build with --target wasm32-wasip2")]
    CoreModule(String),
    /// Another version of the component format.
    #[error("{0} is a component of another format version than this gateway reads (0d 00 01 00)")]
    OtherFormat(String),
    /// Compiled code, which cannot be checked.
    #[error("{0} is compiled machine code (ELF); only components are loaded")]
    Elf(String),
    /// Text.
    #[error("{0} is text; only binary components are loaded (`wasm-tools parse` makes one of WAT)")]
    Text(String),
    /// Nothing known.
    #[error("{0} is not a WebAssembly component")]
    NotComponent(String),
    /// An operator's file that is not text.
    #[error("{0} is not UTF-8 text")]
    NotText(String),
}

/// A component as it was read once.
#[derive(Clone, Debug)]
pub struct ComponentFile {
    /// The whole content.
    pub bytes: Arc<[u8]>,
    /// Lower-case hex.
    pub sha256: String,
}

/// Reads a component that was listed with this fingerprint.
///
/// # Errors
/// If the file is anything else than a complete regular file of the directory that begins like a component.
pub fn read_component(directory: &Path, name: &str, listed: Fingerprint, most: u64) -> Result<ComponentFile, FileError> {
    let bytes = read(directory, name, listed, most)?;
    check_magic(name, &bytes)?;
    let sha256 = hex(&Sha256::digest(&bytes));
    Ok(ComponentFile { bytes: bytes.into(), sha256 })
}

/// Reads an operator's file that was listed with this fingerprint.
///
/// # Errors
/// If the file is anything else than a complete regular text file of the directory.
pub fn read_text(directory: &Path, name: &str, listed: Fingerprint, most: u64) -> Result<String, FileError> {
    String::from_utf8(read(directory, name, listed, most)?).map_err(|_| FileError::NotText(name.to_owned()))
}

fn read(directory: &Path, name: &str, listed: Fingerprint, most: u64) -> Result<Vec<u8>, FileError> {
    let unreadable = |error| FileError::Unreadable(name.to_owned(), error);
    let path = inside(directory, name)?;
    // Before opening: opening a device may do something.
    check_kind(name, &std::fs::symlink_metadata(&path).map_err(unreadable)?)?;
    let flags = i32::try_from((OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC).bits()).unwrap_or_default();
    let mut file = OpenOptions::new().read(true).custom_flags(flags).open(&path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    check_kind(name, &metadata)?;
    if metadata.size() > most {
        return Err(FileError::TooLarge(name.to_owned(), metadata.size(), most));
    }
    let bytes = read_whole(&mut file, metadata.size()).map_err(unreadable)?;
    let after = Fingerprint::from(&file.metadata().map_err(unreadable)?);
    if Fingerprint::from(&metadata) == listed && after == listed && bytes.len() as u64 == listed.size {
        Ok(bytes)
    } else {
        Err(FileError::Unsettled(name.to_owned()))
    }
}

fn read_whole(file: &mut File, size: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default() + 1);
    file.take(size + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Where the name leads, if that is inside the directory.
fn inside(directory: &Path, name: &str) -> Result<PathBuf, FileError> {
    let resolve = || Ok((directory.canonicalize()?, directory.join(name).canonicalize()?));
    let (directory, path) = resolve().map_err(|error| FileError::Unreadable(name.to_owned(), error))?;
    if path.starts_with(&directory) { Ok(path) } else { Err(FileError::LinkOut(name.to_owned())) }
}

fn check_kind(name: &str, metadata: &Metadata) -> Result<(), FileError> {
    let kind = metadata.file_type();
    let what = match () {
        () if kind.is_file() => return Ok(()),
        () if kind.is_dir() => "a directory",
        () if kind.is_fifo() => "a FIFO",
        () if kind.is_socket() => "a socket",
        () if kind.is_symlink() => "a link",
        () => "a device",
    };
    Err(FileError::NotRegular(name.to_owned(), what))
}

fn check_magic(name: &str, bytes: &[u8]) -> Result<(), FileError> {
    let name = name.to_owned();
    match bytes {
        [0x00, b'a', b's', b'm', 0x0d, 0x00, 0x01, 0x00, ..] => Ok(()),
        [0x00, b'a', b's', b'm', 0x01, 0x00, 0x00, 0x00, ..] => Err(FileError::CoreModule(name)),
        [0x00, b'a', b's', b'm', _, _, 0x01, 0x00, ..] => Err(FileError::OtherFormat(name)),
        [0x7f, b'E', b'L', b'F', ..] => Err(FileError::Elf(name)),
        // A beginning is enough to tell, and a character may be cut in two there.
        _ => match std::str::from_utf8(bytes.get(..512).unwrap_or(bytes)) {
            Ok(text) if looks_like_text(text) => Err(FileError::Text(name)),
            _ => Err(FileError::NotComponent(name)),
        },
    }
}

fn looks_like_text(text: &str) -> bool {
    !text.is_empty() && !text.contains(|character: char| character.is_control() && !character.is_whitespace())
}

/// Lower-case hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    const COMPONENT: &[u8] = b"\0asm\x0d\x00\x01\x00";

    fn load(directory: &Path, name: &str) -> Result<ComponentFile, String> {
        let listed = Fingerprint::of(&directory.join(name)).unwrap();
        read_component(directory, name, listed, 1024).map_err(|error| error.to_string())
    }

    #[test]
    fn type_names() {
        for name in ["a", "facebook", "email-code", "x2", &"a".repeat(32)] {
            assert!(is_type_name(name), "{name}");
        }
        for name in ["", "2x", "-a", "Facebook", "a_b", "a.b", "ä", &"a".repeat(33)] {
            assert!(!is_type_name(name), "{name}");
        }
    }

    #[test]
    fn what_is_not_a_component_is_refused_with_its_reason() {
        let directory = tempfile::tempdir().unwrap();
        for (content, expected) in [
            (&b"\0asm\x01\x00\x00\x00rest"[..], "a.wasm is a core module; build with --target wasm32-wasip2"),
            (b"\0asm\x0e\x00\x01\x00", "another format version"),
            (b"\x7fELF\x02\x01", "compiled machine code"),
            (b"(component)\n", "a.wasm is text"),
            (b"", "is not a WebAssembly component"),
            (b"\0asm", "is not a WebAssembly component"),
            (&[0x80; 600], "is not a WebAssembly component"),
            (&[b'x'; 1025], "a.wasm has 1025 bytes; at most 1024 are allowed"),
        ] {
            std::fs::write(directory.path().join("a.wasm"), content).unwrap();
            let error = load(directory.path(), "a.wasm").unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
        std::fs::write(directory.path().join("a.wasm"), COMPONENT).unwrap();
        let file = load(directory.path(), "a.wasm").unwrap();
        assert_eq!((&*file.bytes, file.sha256.len()), (COMPONENT, 64));
    }

    #[test]
    fn only_regular_files_inside_are_read() {
        let outside = tempfile::tempdir().unwrap();
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path();
        std::fs::write(outside.path().join("x.wasm"), COMPONENT).unwrap();
        std::fs::write(path.join("a.wasm"), COMPONENT).unwrap();
        std::fs::create_dir(path.join("dir.wasm")).unwrap();
        symlink(outside.path().join("x.wasm"), path.join("out.wasm")).unwrap();
        symlink("a.wasm", path.join("in.wasm")).unwrap();
        symlink("/dev/zero", path.join("zero.wasm")).unwrap();
        rustix::fs::mknodat(rustix::fs::CWD, path.join("fifo.wasm"), rustix::fs::FileType::Fifo, rustix::fs::Mode::RUSR, 0).unwrap();
        for (name, expected) in [
            ("out.wasm", "out.wasm is a link that leads out"),
            ("zero.wasm", "zero.wasm is a link that leads out"),
            ("dir.wasm", "dir.wasm is a directory, not a regular file"),
            ("fifo.wasm", "fifo.wasm is a FIFO, not a regular file"),
        ] {
            let error = load(path, name).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
        assert!(load(path, "in.wasm").is_ok());
    }

    #[test]
    fn a_file_that_changed_since_it_was_listed_is_tried_again() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("a.wasm");
        std::fs::write(&file, COMPONENT).unwrap();
        let listed = Fingerprint::of(&file).unwrap();
        std::fs::write(&file, [COMPONENT, b"more"].concat()).unwrap();
        let error = read_component(directory.path(), "a.wasm", listed, 1024).unwrap_err();
        assert!(matches!(error, FileError::Unsettled(_)), "{error}");
    }

    #[test]
    fn quiet_is_a_tenth_of_a_second_after_the_last_write() {
        let written = Fingerprint { device: 0, inode: 0, size: 0, modified: 1_000_000_000, changed: 0 };
        assert!(!written.is_quiet(Timestamp(1_099_999)));
        assert!(written.is_quiet(Timestamp(1_100_000)));
        assert!(!written.is_quiet(Timestamp(0)));
    }
}
