//! All that a store keeps, as plain records that every store can read out and take in: for moving from one to another.
//!
//! A record is one noun with all that belongs to it (a user with password, ways in, roles, ..). The columns are those of the
//! SQL schema; a test fails when a migration adds one that is not named here. Used while no gateway runs.

pub mod kind;

use std::collections::BTreeMap;

use async_trait::async_trait;
use sha2::{Digest as _, Sha256};

pub use self::kind::{Kind, Table};
use super::{OpenError, Result};
use crate::model::Timestamp;

/// Records of one page or batch.
pub const PAGE: usize = 500;

/// A value. It may be a secret: not to be shown.
#[derive(Clone, PartialEq, Eq)]
pub enum Value {
    /// Not set.
    None,
    /// A number, or microseconds since 1970.
    Number(i64),
    /// A text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// Yes or no.
    Flag(bool),
}

/// Values in the order of a table's columns.
pub type Row = Vec<Value>;

/// One noun with all that belongs to it.
#[derive(Clone, PartialEq, Eq)]
pub struct Record {
    /// In the order of the kind's columns.
    pub row: Row,
    /// For each part of the kind, in their order, any number of rows in any order.
    pub parts: Vec<Vec<Row>>,
}

impl Record {
    /// A value of the record's own row; what has no such column has none.
    #[must_use]
    pub fn value(&self, kind: &Kind, column: &str) -> &Value {
        kind.table.place(column).and_then(|place| self.row.get(place)).unwrap_or(&Value::None)
    }

    /// Whether it has ended by itself.
    #[must_use]
    pub fn is_over(&self, kind: &Kind, now: Timestamp) -> bool {
        kind.ends.is_some_and(|column| matches!(self.value(kind, column), Value::Number(ends) if *ends <= now.0))
    }
}

/// How many records there are, and what is in them. Whatever their order, equal records give an equal digest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Records.
    pub count: u64,
    /// The sum of their digests (SHA-256, the first half).
    pub digest: u128,
}

impl Tally {
    /// Counts one more.
    pub fn add(&mut self, record: &Record) {
        let mut hash = Sha256::new();
        hash.update(written(&record.row));
        for part in &record.parts {
            let mut rows: Vec<Vec<u8>> = part.iter().map(written).collect();
            rows.sort_unstable();
            hash.update(rows.len().to_be_bytes());
            for row in &rows {
                hash.update(row);
            }
        }
        let mut half = [0; 16];
        half.copy_from_slice(&hash.finalize()[..16]);
        self.count += 1;
        self.digest = self.digest.wrapping_add(u128::from_be_bytes(half));
    }
}

/// A row as bytes; different rows never give the same.
fn written(row: &Row) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut put = |kind: u8, value: &[u8]| {
        bytes.push(kind);
        bytes.extend_from_slice(&value.len().to_be_bytes());
        bytes.extend_from_slice(value);
    };
    for value in row {
        match value {
            Value::None => put(0, &[]),
            Value::Number(number) => put(1, &number.to_be_bytes()),
            Value::Text(text) => put(2, text.as_bytes()),
            Value::Bytes(value) => put(3, value),
            Value::Flag(flag) => put(4, &[u8::from(*flag)]),
        }
    }
    bytes
}

/// The last ids given, by the names of their sequences.
pub type Numbers = BTreeMap<String, i64>;

/// A walk through all records of a kind.
#[async_trait]
pub trait Pages: Send {
    /// The next page, of about [`PAGE`] records; none after the last. A page may be empty.
    async fn next(&mut self) -> Result<Option<Vec<Record>>>;
}

/// Reads everything out, and takes everything in.
#[async_trait]
pub trait Records: Send + Sync {
    /// All records of a kind, each once.
    fn pages<'s>(&'s self, kind: &'static Kind) -> Box<dyn Pages + 's>;
    /// How many there are; what has ended and is not yet removed may be counted.
    async fn count(&self, kind: &'static Kind) -> Result<u64>;
    /// The last ids given.
    async fn numbers(&self) -> Result<Numbers>;

    /// Whether no program has been here yet.
    async fn is_new(&self) -> std::result::Result<bool, OpenError>;
    /// Whether a copy has begun here and has not ended.
    async fn is_half_copied(&self) -> Result<bool>;
    /// A copy begins: the store is empty, but for the built-in role, which the copy brings along.
    async fn begin_copy(&self, at: Timestamp) -> Result<()>;
    /// Takes records in, with the ids that they have: kinds in the order of [`kind::KINDS`]. `at` is the time of the copy.
    async fn take_in(&self, kind: &'static Kind, records: Vec<Record>, at: Timestamp) -> Result<()>;
    /// All are in: makes what follows from them. Ids go on after these.
    async fn complete(&self, numbers: &Numbers) -> Result<()>;
    /// The copy is whole.
    async fn end_copy(&self) -> Result<()>;
    /// Removes everything, also the built-in role, but for the mark of [`Self::begin_copy`]: the store stays recognisable.
    async fn clear(&self) -> Result<()>;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(parts: Vec<Row>) -> Record {
        Record { row: vec![Value::Number(1), Value::Text("a".to_owned()), Value::None], parts: vec![parts] }
    }

    fn tally(records: &[Record]) -> Tally {
        let mut tally = Tally::default();
        for record in records {
            tally.add(record);
        }
        tally
    }

    #[test]
    fn digests_tell_every_difference_and_no_order() {
        let (a, b) = (vec![Value::Text("a".to_owned())], vec![Value::Text("b".to_owned())]);
        let one = record(vec![a.clone(), b.clone()]);
        let other = record(vec![b.clone()]);
        assert_eq!(tally(&[one.clone(), other.clone()]), tally(&[other.clone(), record(vec![b.clone(), a.clone()])]));
        for different in [vec![a.clone()], vec![a.clone(), a], vec![b, vec![Value::None]], Vec::new()] {
            assert_ne!(tally(std::slice::from_ref(&one)), tally(&[record(different)]));
        }
        let moved = Record { row: vec![Value::Number(1), Value::None, Value::Text("a".to_owned())], parts: one.parts.clone() };
        assert_ne!(tally(&[one]), tally(&[moved]));
    }
}
