//! Known places.

use async_trait::async_trait;

use super::{Record, SqlStore, again, commit, execute, query, user::hold};
use crate::{
    model::{Network, Timestamp, UserId},
    store::{Result, place::Places},
};

#[async_trait]
impl Places for SqlStore {
    async fn place_seen(&self, user: UserId, network: Network) -> Result<Option<Timestamp>> {
        let select = query("SELECT user_id, network, seen_at FROM known_places WHERE user_id = $1 AND network = $2");
        let row = select.bind(user.0).bind(network.to_string()).fetch_optional(self).await?;
        row.map(|row| Record::new("known_places", &["user_id", "network"], &row).time("seen_at")).transpose()
    }

    async fn note_place(&self, user: UserId, network: Network, at: Timestamp, keep: u32) -> Result<()> {
        again(|| async {
            let mut transaction = self.begin().await?;
            // Of several that note, each is to see what the others keep.
            if !hold(&mut transaction, user).await? {
                return Ok(());
            }
            // Of several gateways the latest time stays.
            let note = query(
                "INSERT INTO known_places (user_id, network, seen_at) SELECT id, $2, $3 FROM users WHERE id = $1
                 ON CONFLICT (user_id, network) DO UPDATE SET seen_at = excluded.seen_at
                 WHERE known_places.seen_at < excluded.seen_at",
            );
            execute(&mut transaction, note.bind(user.0).bind(network.to_string()).bind(at.0)).await?;
            let forget = query(
                "DELETE FROM known_places WHERE user_id = $1 AND network NOT IN
                     (SELECT network FROM known_places WHERE user_id = $1 ORDER BY seen_at DESC, network LIMIT $2)",
            );
            execute(&mut transaction, forget.bind(user.0).bind(i64::from(keep))).await?;
            commit(transaction).await
        })
        .await
    }

    async fn purge_places(&self, before: Timestamp) -> Result<u64> {
        self.write(query("DELETE FROM known_places WHERE seen_at < $1").bind(before.0)).await
    }
}
