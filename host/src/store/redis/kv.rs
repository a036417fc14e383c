//! Short-lived values and counters: a key each, which Redis removes in time.

use async_trait::async_trait;
use redis::cmd;

use super::{
    RedisStore, keep,
    record::{Fields, Record},
    script::{Args, Pairs, script},
};
use crate::{
    model::Timestamp,
    store::{Result, kv::Kv},
};

#[async_trait]
impl Kv for RedisStore {
    async fn kv_put(&self, namespace: &str, key: &str, value: &[u8], expires_at: Timestamp) -> Result<()> {
        let fields = Pairs::new().put("value", value).put("expires_at", expires_at);
        let args = Args::new().one(self.keep(expires_at)).pairs(fields);
        self.run(script!("record_put"), &name("kv", namespace, key), args).await
    }

    async fn kv_get(&self, namespace: &str, key: &str, now: Timestamp) -> Result<Option<Vec<u8>>> {
        let name = name("kv", namespace, key);
        let fields: Fields = self.command(cmd("HGETALL").arg(&name)).await?;
        let Some(record) = Record::found("kv", name, fields) else { return Ok(None) };
        Ok(if record.time("expires_at")? > now { record.bytes("value") } else { None })
    }

    async fn kv_take(&self, namespace: &str, key: &str, now: Timestamp) -> Result<Option<Vec<u8>>> {
        let mut fields: Fields = self.run(script!("record_take"), &name("kv", namespace, key), Args::new().one(now)).await?;
        Ok(fields.remove("value"))
    }

    async fn kv_increment(&self, namespace: &str, key: &str, by: u32, now: Timestamp, expires_at: Timestamp) -> Result<u64> {
        let args = Args::new().one(by).one(now).one(expires_at).one(keep(now, expires_at));
        self.run(script!("kv_increment"), &name("count", namespace, key), args).await
    }

    /// Nothing: Redis removes them.
    async fn purge_kv(&self, _: Timestamp) -> Result<u64> {
        Ok(0)
    }
}

/// The length keeps namespaces apart, whatever is in their names.
pub(super) fn name(kind: &str, namespace: &str, key: &str) -> String {
    format!("vestibule:{kind}:{}:{namespace}:{key}", namespace.len())
}
