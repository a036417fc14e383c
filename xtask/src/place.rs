//! Putting a file where somebody else may be reading: written aside, renamed, and left alone when nothing changed.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

use crate::Error;

/// What became of a file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Placed {
    /// It was there with this content.
    Kept,
    /// It was not there.
    Added,
    /// It was there with another content.
    Replaced,
}

/// Makes `path` hold `bytes`; its folder is made where it is missing.
pub(crate) fn file(path: &Path, bytes: &[u8]) -> Result<Placed, Error> {
    let before = fs::read(path).ok();
    if before.as_deref() == Some(bytes) {
        return Ok(Placed::Kept);
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed("make", folder))?;
    }
    let aside = aside(path);
    fs::write(&aside, bytes).map_err(failed("write", &aside))?;
    fs::rename(&aside, path).map_err(failed("replace", path))?;
    Ok(if before.is_some() { Placed::Replaced } else { Placed::Added })
}

/// Makes `path` hold what `source` holds.
pub(crate) fn copy(source: &Path, path: &Path) -> Result<Placed, Error> {
    file(path, &fs::read(source).map_err(failed("read", source))?)
}

/// Turns an I/O error into ours.
pub(crate) fn failed(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Error + use<> {
    let path = path.to_owned();
    move |source| Error::File { doing, path, source }
}

/// `.NAME.new` in the same folder: the same file system, and no name that the gateway takes for a plugin.
fn aside(path: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".new");
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_added_kept_replaced() {
        let folder = std::env::temp_dir().join(format!("vestibule-xtask-place-{}", std::process::id()));
        let path = folder.join("deep").join("simple.wasm");
        assert_eq!(file(&path, b"one").unwrap(), Placed::Added);
        let written = fs::metadata(&path).unwrap().modified().unwrap();
        assert_eq!(file(&path, b"one").unwrap(), Placed::Kept);
        assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), written);
        assert_eq!(file(&path, b"two").unwrap(), Placed::Replaced);
        assert_eq!(fs::read(&path).unwrap(), b"two");
        let left: Vec<_> = fs::read_dir(path.parent().unwrap()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["simple.wasm"], "nothing is left aside");
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_missing_source_is_named() {
        let error = copy(Path::new("/nowhere/simple.wasm"), Path::new("/nowhere/else.wasm")).unwrap_err();
        assert!(error.to_string().starts_with("cannot read /nowhere/simple.wasm: "), "{error}");
    }
}
