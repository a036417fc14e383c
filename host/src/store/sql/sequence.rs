//! Ids that are never given twice.

use sqlx::Row as _;

use super::{Connection, store_error};
use crate::store::{Result, StoreError};

/// The next id of a table. It belongs to the transaction that took it: rolled back, it was never given.
pub(super) async fn next_id(connection: &mut Connection, table: &'static str) -> Result<i64> {
    let row = sqlx::query("UPDATE sequences SET value = value + 1 WHERE name = $1 RETURNING value")
        .bind(table)
        .fetch_optional(connection)
        .await
        .map_err(store_error)?;
    let missing =
        || StoreError::Broken { table: "sequences", column: "name", row: table.to_owned(), problem: "the row is missing".to_owned() };
    row.ok_or_else(missing)?.try_get("value").map_err(store_error)
}
