//! Short-lived values and counters.

use async_trait::async_trait;

use super::{Query, Record, SqlStore, again, commit, execute, query};
use crate::{
    model::Timestamp,
    store::{Result, StoreError, kv::Kv},
};

#[async_trait]
impl Kv for SqlStore {
    async fn kv_put(&self, namespace: &str, key: &str, value: &[u8], expires_at: Timestamp) -> Result<()> {
        let put = query(
            "INSERT INTO kv (namespace, key, value, expires_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (namespace, key) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at",
        );
        self.write(entry(put, namespace, key).bind(value.to_vec()).bind(expires_at.0)).await?;
        Ok(())
    }

    async fn kv_get(&self, namespace: &str, key: &str, now: Timestamp) -> Result<Option<Vec<u8>>> {
        let get = query("SELECT namespace, key, value FROM kv WHERE namespace = $1 AND key = $2 AND expires_at > $3");
        let row = entry(get, namespace, key).bind(now.0).fetch_optional(self).await?;
        row.map(|row| Record::new("kv", KEY, &row).get("value")).transpose()
    }

    async fn kv_take(&self, namespace: &str, key: &str, now: Timestamp) -> Result<Option<Vec<u8>>> {
        let take = query(
            "DELETE FROM kv WHERE namespace = $1 AND key = $2 AND expires_at > $3
             RETURNING namespace, key, value",
        );
        let rows = self.write_returning(entry(take, namespace, key).bind(now.0)).await?;
        rows.first().map(|row| Record::new("kv", KEY, row).get("value")).transpose()
    }

    async fn kv_increment(&self, namespace: &str, key: &str, by: u32, now: Timestamp, expires_at: Timestamp) -> Result<u64> {
        let increment = query(
            "INSERT INTO counters (namespace, key, total, expires_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (namespace, key) DO UPDATE SET
                 total = CASE WHEN counters.expires_at > $5 THEN counters.total + excluded.total ELSE excluded.total END,
                 expires_at = CASE WHEN counters.expires_at > $5 THEN counters.expires_at ELSE excluded.expires_at END
             RETURNING namespace, key, total",
        );
        let increment = entry(increment, namespace, key).bind(i64::from(by)).bind(expires_at.0).bind(now.0);
        let rows = self.write_returning(increment).await?;
        let row = rows.first().ok_or_else(|| StoreError::Statement("an increment returned no row".to_owned()))?;
        Record::new("counters", KEY, row).count("total")
    }

    async fn purge_kv(&self, now: Timestamp) -> Result<u64> {
        again(|| async {
            let mut transaction = self.begin().await?;
            let values = execute(&mut transaction, query("DELETE FROM kv WHERE expires_at <= $1").bind(now.0)).await?;
            let counters = execute(&mut transaction, query("DELETE FROM counters WHERE expires_at <= $1").bind(now.0)).await?;
            commit(transaction).await?;
            Ok(values + counters)
        })
        .await
    }
}

const KEY: &[&str] = &["namespace", "key"];

fn entry(query: Query, namespace: &str, key: &str) -> Query {
    query.bind(namespace.to_owned()).bind(key.to_owned())
}
