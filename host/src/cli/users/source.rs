//! A file to be imported: what it is called by, and its lines.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufRead, BufReader, Read, Seek as _, Write as _},
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _},
    path::Path,
};

use anyhow::Context as _;
use serde::de::{Deserializer as _, MapAccess, Visitor};
use sha2::{Digest as _, Sha256};

use super::{Format, is_standard, table};
use crate::{
    flow::import::Entry,
    model::form::{FieldError, Raw, RawBody},
};

/// In bytes; a user with everything takes far less.
pub(super) const LONGEST: usize = 1 << 20;
pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// An opened file.
pub(super) struct Source {
    file: File,
    format: Format,
    /// SHA-256 (hex) of content and format: what the file is recognised by if its import is interrupted.
    pub(super) digest: String,
    /// In the whole file.
    pub(super) lines: u64,
}

impl Source {
    /// Reads it once, for its digest. Standard input is kept in a file without a name meanwhile.
    pub(super) fn open(path: &Path, format: Format, data_dir: &Path) -> anyhow::Result<Self> {
        let shown = path.display();
        let mut file = if is_standard(path) { spool(data_dir)? } else { File::open(path).with_context(|| shown.to_string())? };
        anyhow::ensure!(file.metadata()?.is_file(), "{shown} is not a file");
        let mut digest = Sha256::new();
        let (mut lines, mut length, mut buffer) = (0_u64, 0_usize, vec![0; 1 << 16]);
        loop {
            let read = file.read(&mut buffer).with_context(|| shown.to_string())?;
            if read == 0 {
                break;
            }
            anyhow::ensure!(
                length > 0 || !is_utf16(&buffer[..read]),
                "{shown} is UTF-16; save it as UTF-8 (\"CSV UTF-8\" in a spreadsheet)"
            );
            length += read;
            digest.update(&buffer[..read]);
            lines += buffer[..read].iter().map(|byte| u64::from(*byte == b'\n')).sum::<u64>();
        }
        anyhow::ensure!(length > 0, "{shown} is empty");
        digest.update(match format {
            Format::Jsonl => "jsonl",
            Format::Csv => "csv",
        });
        file.rewind()?;
        let digest = format!("{:x}", digest.finalize());
        Ok(Self { file, format, digest, lines })
    }

    /// Whether this path leads to the same file.
    pub(super) fn is_at(&self, path: &Path) -> io::Result<bool> {
        let (mine, Ok(other)) = (self.file.metadata()?, fs::metadata(path)) else { return Ok(false) };
        Ok((mine.dev(), mine.ino()) == (other.dev(), other.ino()))
    }

    /// Its lines or records, from the first.
    pub(super) fn entries(&mut self) -> anyhow::Result<Box<dyn Iterator<Item = io::Result<Entry>>>> {
        let file = self.file.try_clone()?;
        Ok(match self.format {
            Format::Jsonl => Box::new(Lines { reader: BufReader::new(file), number: 0 }),
            Format::Csv => Box::new(table::Records::new(file)?),
        })
    }
}

/// With its mark or without: the first character is of ASCII in every good file.
fn is_utf16(text: &[u8]) -> bool {
    match text {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => true,
        [first, second, ..] => (*first == 0) != (*second == 0),
        _ => false,
    }
}

/// Nobody else can open it, and it is gone with this process.
fn spool(data_dir: &Path) -> anyhow::Result<File> {
    fs::create_dir_all(data_dir).with_context(|| format!("data_dir: {}", data_dir.display()))?;
    let path = data_dir.join(format!("import-{}.part", std::process::id()));
    let mut file =
        OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&path).with_context(|| path.display().to_string())?;
    fs::remove_file(&path)?;
    io::copy(&mut io::stdin().lock(), &mut file).context("standard input")?;
    file.flush()?;
    file.rewind()?;
    Ok(file)
}

/// A JSON object a line.
struct Lines<R> {
    reader: R,
    number: u64,
}

impl<R: BufRead> Iterator for Lines<R> {
    type Item = io::Result<Entry>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (mut line, length) = match read_line(&mut self.reader) {
                Ok((_, 0)) => return None,
                Ok(read) => read,
                Err(error) => return Some(Err(error)),
            };
            self.number += 1;
            if self.number == 1 && line.starts_with(BYTE_ORDER_MARK) {
                line.drain(..BYTE_ORDER_MARK.len());
            }
            if length <= LONGEST && line.trim_ascii().is_empty() {
                continue;
            }
            let content = if length > LONGEST { Err(overlong()) } else { object(&line) };
            return Some(Ok(Entry { line: self.number, content }));
        }
    }
}

/// The line as far as it is not too long, and its length with what ends it; 0 at the end of the file.
fn read_line(reader: &mut impl BufRead) -> io::Result<(Vec<u8>, usize)> {
    let (mut line, mut length) = (Vec::new(), 0);
    loop {
        let buffer = reader.fill_buf()?;
        let end = buffer.iter().position(|byte| *byte == b'\n').map(|at| at + 1);
        let taken = end.unwrap_or(buffer.len());
        line.extend_from_slice(&buffer[..taken.min(LONGEST.saturating_sub(line.len()))]);
        length += taken;
        reader.consume(taken);
        if end.is_some() || taken == 0 {
            return Ok((line, length));
        }
    }
}

/// A line of more than anybody needs.
pub(super) fn overlong() -> FieldError {
    FieldError::new("", "too_long", format!("is longer than {LONGEST} bytes"))
}

fn object(line: &[u8]) -> Result<RawBody, FieldError> {
    let malformed = |error: &dyn std::fmt::Display| FieldError::new("", "malformed", format!("is not one JSON object in UTF-8: {error}"));
    let text = std::str::from_utf8(line).map_err(|error| malformed(&error))?;
    let mut parser = serde_json::Deserializer::from_str(text);
    let (members, twice) =
        parser.deserialize_map(Members).and_then(|members| parser.end().map(|()| members)).map_err(|error| malformed(&error))?;
    match twice {
        Some(name) => Err(FieldError::new(name, "repeated", "is given more than once")),
        None => Ok(members),
    }
}

/// An object, and a name that it has twice.
struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = (RawBody, Option<String>);

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut members, mut twice) = (RawBody::new(), None);
        while let Some((name, value)) = map.next_entry::<String, serde_json::Value>()? {
            if members.insert(name.clone(), Raw::Json(value)).is_some() {
                twice = Some(name.chars().filter(|c| !c.is_control()).take(60).collect());
            }
        }
        Ok((members, twice))
    }
}
