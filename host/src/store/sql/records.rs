//! Everything, table by table: one piece of code for all of them, by the list of columns.

use async_trait::async_trait;

use super::{Query, Row, SqlStore, Transaction, commit, execute, query, query::Value as Bind, schema};
use crate::{
    model::Timestamp,
    store::{
        OpenError, Result,
        records::{
            self, Kind, Numbers, PAGE, Pages, Record, Records, Table, Value,
            kind::{Column, Holds, KINDS},
        },
    },
};

/// Values of one statement. SQLite would take 32,766, but looks each `$n` up among all before it.
const MOST_BINDS: usize = 1000;

#[async_trait]
impl Records for SqlStore {
    fn pages<'s>(&'s self, kind: &'static Kind) -> Box<dyn Pages + 's> {
        Box::new(Walk { store: self, kind, after: Vec::new(), done: false })
    }

    async fn count(&self, kind: &'static Kind) -> Result<u64> {
        let count: i64 =
            owned(format!("SELECT COUNT(*) AS rows_of_kind FROM {}", kind.table.name)).fetch_one(self).await?.get("rows_of_kind")?;
        Ok(count.unsigned_abs())
    }

    async fn numbers(&self) -> Result<Numbers> {
        let rows = query("SELECT name, value FROM sequences").fetch_all(self).await?;
        rows.iter().map(|row| Ok((row.get("name")?, row.get("value")?))).collect()
    }

    async fn is_new(&self) -> std::result::Result<bool, OpenError> {
        schema::is_new(&self.database).await
    }

    async fn is_half_copied(&self) -> Result<bool> {
        Ok(!query("SELECT began_at FROM unfinished_copies").fetch_all(self).await?.is_empty())
    }

    async fn begin_copy(&self, at: Timestamp) -> Result<()> {
        let mut transaction = self.begin().await?;
        execute(&mut transaction, query("INSERT INTO unfinished_copies (began_at) VALUES ($1)").bind(at.0)).await?;
        execute(&mut transaction, query("DELETE FROM roles")).await?;
        commit(transaction).await
    }

    async fn take_in(&self, kind: &'static Kind, records: Vec<Record>, at: Timestamp) -> Result<()> {
        let ids: Vec<Value> = records.iter().filter(|_| !kind.parts.is_empty()).map(|record| record.value(kind, "id").clone()).collect();
        let (rows, parts): (Vec<_>, Vec<_>) = records.into_iter().map(|record| (record.row, record.parts)).unzip();
        let mut statements = inserts(&kind.table, None, &rows, at);
        for (place, table) in kind.parts.iter().enumerate() {
            let of = |(id, parts): (&Value, &Vec<Vec<records::Row>>)| parts[place].iter().map(|row| owned_row(id, row)).collect::<Vec<_>>();
            let rows: Vec<_> = ids.iter().zip(&parts).flat_map(of).collect();
            statements.extend(inserts(table, Some(kind.owner), &rows, at));
        }
        let mut transaction = self.begin().await?;
        for statement in statements {
            execute(&mut transaction, statement).await?;
        }
        commit(transaction).await
    }

    async fn complete(&self, numbers: &Numbers) -> Result<()> {
        let mut transaction = self.begin().await?;
        for (name, last) in numbers {
            let raise = query("UPDATE sequences SET value = $2 WHERE name = $1 AND value < $2").bind(name.clone()).bind(*last);
            execute(&mut transaction, raise).await?;
        }
        execute(&mut transaction, query("DELETE FROM user_blocks")).await?;
        let blocks = "INSERT INTO user_blocks (block, users) SELECT id / 1024, COUNT(*) FROM users GROUP BY id / 1024";
        execute(&mut transaction, query(blocks)).await?;
        commit(transaction).await
    }

    async fn end_copy(&self) -> Result<()> {
        self.write(query("DELETE FROM unfinished_copies")).await.map(|_| ())
    }

    async fn clear(&self) -> Result<()> {
        let mut transaction = self.begin().await?;
        for kind in KINDS.iter().rev() {
            for table in kind.parts.iter().chain([&kind.table]) {
                execute(&mut transaction, owned(format!("DELETE FROM {}", table.name))).await?;
            }
        }
        execute(&mut transaction, query("DELETE FROM allowances")).await?;
        commit(transaction).await
    }
}

/// Goes from row to row by the key.
struct Walk<'s> {
    store: &'s SqlStore,
    kind: &'static Kind,
    after: records::Row,
    done: bool,
}

#[async_trait]
impl Pages for Walk<'_> {
    async fn next(&mut self) -> Result<Option<Vec<Record>>> {
        if self.done {
            return Ok(None);
        }
        // One moment for a record and all that belongs to it.
        let mut moment = self.store.database.moment().await?;
        let table = &self.kind.table;
        let rows = page(table, &self.after).fetch_all(&mut moment).await?;
        let rows = rows.iter().map(|row| read(table.columns, row)).collect::<Result<Vec<_>>>()?;
        self.done = rows.len() < PAGE;
        if let Some(last) = rows.last() {
            self.after = table.key.iter().filter_map(|key| table.place(key)).map(|place| last[place].clone()).collect();
        }
        let mut records: Vec<Record> = rows.into_iter().map(|row| Record { row, parts: vec![Vec::new(); self.kind.parts.len()] }).collect();
        for place in 0..self.kind.parts.len() {
            self.add_parts(&mut moment, &mut records, place).await?;
        }
        Ok(Some(records))
    }
}

impl Walk<'_> {
    /// The rows of one part that belong to these records, which are in the order of their ids.
    async fn add_parts(&self, moment: &mut Transaction, records: &mut [Record], place: usize) -> Result<()> {
        let (Some(first), Some(last)) = (records.first(), records.last()) else { return Ok(()) };
        let (owner, part) = (self.kind.owner, &self.kind.parts[place]);
        let text = format!("SELECT {owner}, {} FROM {} WHERE {owner} BETWEEN $1 AND $2", names(part.columns), part.name);
        let of = owned(text).bind(first.value(self.kind, "id")).bind(last.value(self.kind, "id"));
        for row in of.fetch_all(moment).await? {
            let id: i64 = row.get(owner)?;
            let found = records.binary_search_by_key(&id, |record| match record.value(self.kind, "id") {
                Value::Number(id) => *id,
                _ => 0,
            });
            if let Ok(at) = found {
                records[at].parts[place].push(read(part.columns, &row)?);
            }
        }
        Ok(())
    }
}

fn page(table: &Table, after: &[Value]) -> Query {
    let key = table.key.join(", ");
    let binds: Vec<String> = (1..=after.len()).map(|number| format!("${number}")).collect();
    let behind = if after.is_empty() { String::new() } else { format!("WHERE ({key}) > ({})", binds.join(", ")) };
    let text = format!("SELECT {} FROM {} {behind} ORDER BY {key} LIMIT {PAGE}", names(table.columns), table.name);
    after.iter().fold(owned(text), Query::bind)
}

/// Statements that insert rows; of a part, each begins with its owner.
fn inserts(table: &Table, owner: Option<&str>, rows: &[records::Row], at: Timestamp) -> Vec<Query> {
    let columns: Vec<&str> = owner.into_iter().chain(table.columns.iter().map(|column| column.name)).chain(table.stamp).collect();
    let text = format!("INSERT INTO {} ({})", table.name, columns.join(", "));
    let holds: Vec<Holds> = owner.map(|_| Holds::Number).into_iter().chain(table.columns.iter().map(|column| column.holds)).collect();
    let bind = |row: &records::Row| -> Vec<Bind> {
        let values = row.iter().zip(&holds).map(|(value, holds)| bind(value, *holds));
        values.chain(table.stamp.map(|_| Bind::from(at.0))).collect()
    };
    rows.chunks(MOST_BINDS / columns.len()).map(|rows| owned(text.clone()).push_rows(rows.iter().map(bind))).collect()
}

fn owned_row(owner: &Value, row: &[Value]) -> records::Row {
    [owner].into_iter().chain(row).cloned().collect()
}

fn names(columns: &[Column]) -> String {
    columns.iter().map(|column| column.name).collect::<Vec<_>>().join(", ")
}

/// Of our own names alone.
const fn owned(text: String) -> Query {
    Query { text: std::borrow::Cow::Owned(text), binds: Vec::new() }
}

fn read(columns: &[Column], row: &Row) -> Result<records::Row> {
    columns.iter().map(|column| value(column, row)).collect()
}

fn value(column: &Column, row: &Row) -> Result<Value> {
    let value = match column.holds {
        Holds::Number => row.get::<Option<i64>>(column.name)?.map(Value::Number),
        Holds::Text => row.get::<Option<String>>(column.name)?.map(Value::Text),
        Holds::Bytes => row.get::<Option<Vec<u8>>>(column.name)?.map(Value::Bytes),
        Holds::Flag => row.get::<Option<bool>>(column.name)?.map(Value::Flag),
    };
    Ok(value.unwrap_or(Value::None))
}

fn bind(value: &Value, holds: Holds) -> Bind {
    match (value, holds) {
        (Value::None, Holds::Text) => Bind::Text(None),
        (Value::None, Holds::Bytes) => Bind::Bytes(None),
        // No flag of the schema may be missing: the database says so.
        (Value::None, Holds::Number | Holds::Flag) => Bind::Number(None),
        (value, _) => value.into(),
    }
}

impl From<&Value> for Bind {
    fn from(value: &Value) -> Self {
        match value {
            Value::None => Self::Number(None),
            Value::Number(number) => Self::from(*number),
            Value::Text(text) => Self::from(text.clone()),
            Value::Bytes(bytes) => Self::from(bytes.clone()),
            Value::Flag(flag) => Self::Flag(*flag),
        }
    }
}
