//! The people whom the shop has seen.

use super::{
    Result, Store,
    sql::{Transaction, sql},
};
use crate::model::{Timestamp, UserId};

/// What the shop knows of somebody by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Customer {
    /// Orders so far.
    pub orders: i64,
    /// The first cart or order; none before.
    pub since: Option<Timestamp>,
}

impl Store {
    /// What is known of a user.
    ///
    /// # Errors
    /// If the database is out of reach.
    pub async fn customer(&self, user: UserId) -> Result<Customer> {
        let known =
            sql("SELECT first_seen, (SELECT COUNT(*) FROM orders WHERE user_id = $1) AS orders FROM users WHERE id = $1").bind(user.0);
        Ok(match self.database.row(known).await? {
            None => Customer { orders: 0, since: None },
            Some(row) => Customer { orders: row.integer("orders")?, since: Some(row.time("first_seen")?) },
        })
    }
}

/// Notes a user who is about to leave something here, and locks their row until the end of the transaction: whatever one person
/// does at the same time queues here, so that what follows sees their cart and orders as they are. Different people do not
/// wait for each other.
pub(super) async fn meet(transaction: &mut Transaction, user: UserId, now: Timestamp) -> Result<()> {
    let meet = sql("INSERT INTO users (id, first_seen) VALUES ($1, $2)
         ON CONFLICT (id) DO UPDATE SET first_seen = users.first_seen");
    transaction.execute(meet.bind(user.0).bind(now.0)).await.map(drop)
}
