//! Ids that are never given twice.

use std::ops::Range;

use tokio::sync::Mutex;

use super::{Row, SqlStore, Transaction, query};
use crate::store::{Result, StoreError};

/// How many ids a process reserves at once.
const BLOCK: i64 = 100;

/// Ids that this process has reserved and not given yet. What is written at every sign-in takes its ids from here, and so
/// is one statement instead of a transaction of four; ids that are left when the process ends are never given.
#[derive(Debug, Default)]
pub(super) struct Reserved {
    pub(super) sessions: Block,
    pub(super) signins: Block,
    pub(super) audit: Block,
    pub(super) outbox: Block,
}

#[derive(Debug)]
pub(super) struct Block(Mutex<Range<i64>>);

impl Default for Block {
    fn default() -> Self {
        Self(Mutex::new(0..0))
    }
}

impl Block {
    /// The next id of `table`.
    pub(super) async fn next(&self, store: &SqlStore, table: &'static str) -> Result<i64> {
        let mut left = self.0.lock().await;
        if left.is_empty() {
            let reserve = query("UPDATE sequences SET value = value + $2 WHERE name = $1 RETURNING value").bind(table).bind(BLOCK);
            let last = value(store.write_returning(reserve).await?.first(), table)?;
            *left = last - BLOCK + 1..last + 1;
        }
        left.next().ok_or_else(|| missing(table))
    }
}

/// The next id of a table. It belongs to the transaction that took it: rolled back, it was never given.
pub(super) async fn next_id(transaction: &mut Transaction, table: &'static str) -> Result<i64> {
    let next = query("UPDATE sequences SET value = value + 1 WHERE name = $1 RETURNING value").bind(table);
    value(next.fetch_optional(transaction).await?.as_ref(), table)
}

/// As many ids at once; gaps remain where some are not used.
pub(super) async fn next_ids(transaction: &mut Transaction, table: &'static str, count: usize) -> Result<Range<i64>> {
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    let reserve = query("UPDATE sequences SET value = value + $2 WHERE name = $1 RETURNING value").bind(table).bind(count);
    let last = value(reserve.fetch_optional(transaction).await?.as_ref(), table)?;
    Ok(last - count + 1..last + 1)
}

fn value(row: Option<&Row>, table: &'static str) -> Result<i64> {
    row.ok_or_else(|| missing(table))?.get("value")
}

fn missing(table: &'static str) -> StoreError {
    StoreError::Broken { table: "sequences", column: "name", row: table.to_owned(), problem: "the row is missing".to_owned() }
}
