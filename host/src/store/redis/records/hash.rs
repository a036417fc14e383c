//! A table's row and the fields of a hash: mostly by the same names.

use super::super::{
    record::{Fields, Record as Hash},
    script::{Bytes as _, Pairs},
};
use crate::store::{
    Result,
    records::{
        Row, Table, Value,
        kind::{Column, Holds},
    },
};

/// What the field of a column is called.
fn field(table: &Table, column: &Column) -> &'static str {
    match (table.name, column.name) {
        ("users", "invitation_id") => "invitation",
        ("identities", "private_data") => "private",
        (_, "user_id") => "user",
        (_, name) => name,
    }
}

/// A row of a hash. What is not there is not set; a flag is off.
pub(super) fn row(table: &Table, key: &str, fields: Fields) -> Result<Row> {
    let hash = Hash::new(table.name, key, fields);
    table.columns.iter().map(|column| value(&hash, field(table, column), column.holds)).collect()
}

fn value(hash: &Hash, field: &'static str, holds: Holds) -> Result<Value> {
    let value = match holds {
        Holds::Number => hash.maybe_number(field)?.map(Value::Number),
        Holds::Text => hash.maybe_text(field)?.map(Value::Text),
        Holds::Bytes => hash.bytes(field).map(Value::Bytes),
        Holds::Flag if hash.fields().contains_key(field) => Some(Value::Flag(hash.flag(field)?)),
        Holds::Flag => Some(Value::Flag(false)),
    };
    Ok(value.unwrap_or(Value::None))
}

/// The fields of a row, but for those columns that stand elsewhere.
pub(super) fn pairs(table: &Table, row: &Row, but: &[&str]) -> Pairs {
    let columns = table.columns.iter().zip(row).filter(|(column, _)| !but.contains(&column.name));
    columns.fold(Pairs::new(), |pairs, (column, value)| pairs.put_if(field(table, column), bytes(value)))
}

/// As Redis keeps a value, if it is set.
pub(super) fn bytes(value: &Value) -> Option<Vec<u8>> {
    match value {
        Value::None => None,
        Value::Number(number) => Some(number.bytes()),
        Value::Text(text) => Some(text.bytes()),
        Value::Bytes(bytes) => Some(bytes.clone()),
        Value::Flag(flag) => Some(flag.bytes()),
    }
}
