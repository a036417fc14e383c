//! Everything, as records: read through the indexes, and taken in by scripts that write what the store itself would have.

mod hash;
mod read;
mod write;

use async_trait::async_trait;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use redis::cmd;

use super::{ACCOUNTS, RedisStore, audit, schema, session};
use crate::{
    model::Timestamp,
    store::{
        OpenError, Result,
        records::{Kind, Numbers, Pages, Record, Records},
    },
};

/// There while a copy into this Redis has begun and has not ended.
const MARK: &str = "vestibule:copying";
/// Keys that one command of a scan looks at.
const SCANNED: usize = 1000;
/// Calls that are under way at a time at most.
const AT_ONCE: usize = 16;

#[async_trait]
impl Records for RedisStore {
    fn pages<'s>(&'s self, kind: &'static Kind) -> Box<dyn Pages + 's> {
        read::pages(self, kind)
    }

    async fn count(&self, kind: &'static Kind) -> Result<u64> {
        read::count(self, kind).await
    }

    async fn numbers(&self) -> Result<Numbers> {
        let mut numbers: Numbers = self.command(cmd("HGETALL").arg(format!("{ACCOUNTS}ids"))).await?;
        let entries: Option<i64> = self.command(cmd("HGET").arg(format!("{}ids", audit::PREFIX)).arg("entries")).await?;
        numbers.insert("audit".to_owned(), entries.unwrap_or(0));
        let last = self.some_at_once((0..session::GROUPS).map(|group| self.last_session(group)).collect()).await?;
        let highest = last.into_iter().max().unwrap_or(0);
        numbers.insert("sessions".to_owned(), if highest == 0 { 0 } else { (highest + 1) * session::GROUPS });
        Ok(numbers)
    }

    async fn is_new(&self) -> std::result::Result<bool, OpenError> {
        schema::is_new(self).await
    }

    async fn is_half_copied(&self) -> Result<bool> {
        self.command(cmd("EXISTS").arg(MARK)).await
    }

    async fn begin_copy(&self, at: Timestamp) -> Result<()> {
        self.command(cmd("SET").arg(MARK).arg(at.0)).await
    }

    async fn take_in(&self, kind: &'static Kind, records: Vec<Record>, at: Timestamp) -> Result<()> {
        self.some_at_once(records.iter().map(|record| write::take_in(self, kind, record, at)).collect()).await.map(drop)
    }

    async fn complete(&self, numbers: &Numbers) -> Result<()> {
        for (name, last) in numbers {
            match name.as_str() {
                "sessions" => {
                    let place = last.div_euclid(session::GROUPS) + 1;
                    self.some_at_once((0..session::GROUPS).map(|group| self.raise_session(group, place)).collect()).await?;
                }
                "audit" => self.raise(audit::PREFIX, "entries", *last).await?,
                name => self.raise(ACCOUNTS, name, *last).await?,
            }
        }
        Ok(())
    }

    async fn end_copy(&self) -> Result<()> {
        self.command(cmd("DEL").arg(MARK)).await
    }

    async fn clear(&self) -> Result<()> {
        let keys = self.keys("vestibule:*").await?;
        let kept = [MARK.as_bytes(), schema::KEY.as_bytes()];
        let keys: Vec<Vec<u8>> = keys.into_iter().filter(|key| !kept.contains(&key.as_slice())).collect();
        for some in keys.chunks(SCANNED) {
            // One by one: they are in different slots of a cluster.
            let gone = some.iter().map(async |key| self.command::<()>(cmd("UNLINK").arg(key)).await);
            self.some_at_once(gone.collect()).await?;
        }
        Ok(())
    }
}

impl RedisStore {
    /// What all calls give, in any order. Only as many are under way as there are connections: the others would wait for one, and give
    /// up where Redis is far away.
    async fn some_at_once<T>(&self, calls: Vec<impl Future<Output = Result<T>>>) -> Result<Vec<T>> {
        let connections = usize::try_from(self.link.connections().most).unwrap_or(AT_ONCE);
        // Those of a cluster are shared by all calls.
        let most = if self.link.is_cluster() { AT_ONCE } else { connections.clamp(1, AT_ONCE) };
        stream::iter(calls).buffer_unordered(most).try_collect().await
    }
}

/// Nobody else writes meanwhile, so that a value can be read and then set.
impl RedisStore {
    async fn raise(&self, prefix: &str, name: &str, last: i64) -> Result<()> {
        let key = format!("{prefix}ids");
        let now: Option<i64> = self.command(cmd("HGET").arg(&key).arg(name)).await?;
        if now.unwrap_or(0) < last { self.command(cmd("HSET").arg(&key).arg(name).arg(last)).await } else { Ok(()) }
    }

    async fn last_session(&self, group: i64) -> Result<i64> {
        let last: Option<i64> = self.command(cmd("GET").arg(format!("{}last", session::prefix(group)))).await?;
        Ok(last.unwrap_or(0))
    }

    async fn raise_session(&self, group: i64, place: i64) -> Result<()> {
        if self.last_session(group).await? >= place {
            return Ok(());
        }
        self.command(cmd("SET").arg(format!("{}last", session::prefix(group))).arg(place)).await
    }

    /// The names of all keys that fit a pattern, each once and in order.
    pub(super) async fn keys(&self, pattern: &str) -> Result<Vec<Vec<u8>>> {
        let mut keys = if self.link.is_cluster() { self.keys_of_all_nodes(pattern).await? } else { self.scanned_keys(pattern).await? };
        // A scan may name a key twice.
        keys.sort_unstable();
        keys.dedup();
        Ok(keys)
    }

    async fn scanned_keys(&self, pattern: &str) -> Result<Vec<Vec<u8>>> {
        let (mut keys, mut cursor) = (Vec::new(), 0_u64);
        loop {
            let scan = cmd("SCAN").arg(cursor).arg("MATCH").arg(pattern).arg("COUNT").arg(SCANNED).to_owned();
            let (next, found): (u64, Vec<Vec<u8>>) = self.command(&scan).await?;
            keys.extend(found);
            cursor = next;
            if cursor == 0 {
                return Ok(keys);
            }
        }
    }

    /// The place of a scan is one node's own, and the client asks any: so all at once, which holds up nobody while a store is copied.
    async fn keys_of_all_nodes(&self, pattern: &str) -> Result<Vec<Vec<u8>>> {
        self.command_patiently(cmd("KEYS").arg(pattern)).await
    }
}
