//! CSV (RFC 4180): each record becomes the same fields as a JSON line.

use std::{
    collections::BTreeSet,
    fs::File,
    io::{self, Seek as _, SeekFrom},
    os::unix::fs::FileExt as _,
};

use csv::{ByteRecord, Reader, ReaderBuilder};
use serde_json::{Map, Value as Json, json};

use super::source::{BYTE_ORDER_MARK, LONGEST, overlong};
use crate::{
    flow::import::Entry,
    model::{
        form::{FieldError, Raw, RawBody},
        import::FIELDS,
    },
};

/// What a column holds.
enum Column {
    Field(String),
    Profile(String),
    Identity(String),
}

/// The records below the header.
pub(super) struct Records {
    reader: Reader<File>,
    columns: Vec<Column>,
    counter: Counter,
}

impl Records {
    /// Reads the header. Every unknown column is named.
    pub(super) fn new(mut file: File) -> anyhow::Result<Self> {
        let mut counter = Counter::new(file.try_clone()?);
        let mut mark = [0; BYTE_ORDER_MARK.len()];
        if file.read_at(&mut mark, 0)? == mark.len() && mark == BYTE_ORDER_MARK {
            counter.base = file.seek(SeekFrom::Start(mark.len() as u64))?;
        }
        let mut reader = ReaderBuilder::new().flexible(true).from_reader(file);
        let header = reader.byte_headers().map_err(|error| anyhow::anyhow!("the first line cannot be read: {error}"))?;
        let names: Vec<String> = header.iter().map(|name| String::from_utf8_lossy(name).trim().to_owned()).collect();
        let flat: Vec<&str> = FIELDS.iter().copied().filter(|name| !["profile", "identities"].contains(name)).collect();
        let (mut columns, mut unknown, mut seen) = (Vec::new(), Vec::new(), BTreeSet::new());
        for name in names {
            let (profile, identity) = (name.strip_prefix("profile."), name.strip_prefix("identity."));
            anyhow::ensure!(identity.is_some() || seen.insert(name.clone()), "the column {name:?} is there twice");
            columns.push(match (profile, identity) {
                (Some(name), _) => Column::Profile(name.to_owned()),
                (_, Some(name)) => Column::Identity(name.to_owned()),
                _ => Column::Field(name.clone()),
            });
            if profile.is_none() && identity.is_none() && !flat.contains(&name.as_str()) {
                unknown.push(format!("{:?}", name.chars().take(60).collect::<String>()));
            }
        }
        let known = format!("known are {}, profile.NAME and identity.TYPE, separated by commas", flat.join(", "));
        unknown.truncate(20);
        anyhow::ensure!(unknown.is_empty(), "line 1: {}: no such column; {known}", unknown.join(", "));
        Ok(Self { reader, columns, counter })
    }

    fn fields(&self, record: &ByteRecord) -> Result<RawBody, FieldError> {
        if record.as_slice().len() > LONGEST {
            return Err(overlong());
        }
        if record.len() != self.columns.len() {
            let message = format!("has {} cells, and the first line {}", record.len(), self.columns.len());
            return Err(FieldError::new("", "malformed", message));
        }
        let mut fields = RawBody::new();
        let (mut profile, mut identities) = (Map::new(), Vec::new());
        for (column, cell) in self.columns.iter().zip(record) {
            let text = std::str::from_utf8(cell).map_err(|_| FieldError::new("", "malformed", "is not UTF-8"))?;
            match column {
                _ if text.trim().is_empty() => {}
                Column::Field(name) if name == "roles" => {
                    let roles: Vec<&str> = text.split(';').map(str::trim).filter(|role| !role.is_empty()).collect();
                    fields.insert(name.clone(), Raw::Json(json!(roles)));
                }
                // Spreadsheets write them in capitals.
                Column::Field(name) if ["email_verified", "disabled"].contains(&name.as_str()) => {
                    fields.insert(name.clone(), Raw::Text(text.trim().to_ascii_lowercase()));
                }
                Column::Field(name) => drop(fields.insert(name.clone(), Raw::Text(text.to_owned()))),
                Column::Profile(name) => drop(profile.insert(name.clone(), text.into())),
                Column::Identity(provider) => identities.push(json!({ "type": provider, "subject": text })),
            }
        }
        if !profile.is_empty() {
            fields.insert("profile".to_owned(), Raw::Json(profile.into()));
        }
        if !identities.is_empty() {
            fields.insert("identities".to_owned(), Raw::Json(Json::Array(identities)));
        }
        Ok(fields)
    }
}

/// Counts lines up to where a record begins. The parser's own count stays behind at `\r\n` and at empty lines.
struct Counter {
    file: File,
    /// Where the table begins.
    base: u64,
    buffer: Vec<u8>,
    /// What was looked at, from the base on, and the line breaks in it.
    offset: u64,
    breaks: u64,
}

impl Counter {
    fn new(file: File) -> Self {
        Self { file, base: 0, buffer: vec![0; 1 << 16], offset: 0, breaks: 0 }
    }

    /// The line of the record that begins at this place, or after the line breaks there.
    fn line_at(&mut self, place: u64) -> io::Result<u64> {
        loop {
            let wanted = usize::try_from(place.saturating_sub(self.offset)).unwrap_or(usize::MAX);
            let read = self.file.read_at(&mut self.buffer, self.base + self.offset)?;
            let seen = &self.buffer[..read];
            let skipped = match seen.get(wanted..) {
                None => read,
                Some(rest) => wanted + rest.iter().take_while(|byte| b"\r\n".contains(byte)).count(),
            };
            self.breaks += seen[..skipped].iter().map(|byte| u64::from(*byte == b'\n')).sum::<u64>();
            self.offset += skipped as u64;
            if skipped < read || read == 0 {
                return Ok(self.breaks + 1);
            }
        }
    }
}

impl Iterator for Records {
    type Item = io::Result<Entry>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut record = ByteRecord::new();
        match self.reader.read_byte_record(&mut record) {
            Ok(false) => None,
            Ok(true) => {
                let line = self.counter.line_at(record.position().map_or(0, csv::Position::byte));
                Some(line.map(|line| Entry { line, content: self.fields(&record) }))
            }
            Err(error) => Some(Err(io::Error::other(error))),
        }
    }
}
