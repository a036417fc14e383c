//! Accounts and sessions in Redis: each record is a hash, each index a set or sorted set, each method one step on the
//! server (a command, or a Lua script from `redis/lua/`).
//!
//! Keys begin with `vestibule:`. All keys that one script touches share a hash tag, which puts them into one slot of a
//! cluster: `{accounts}`, `{audit}`, `{proofs}`, `{limits}` and `{keys}` as wholes, sessions in 256 groups by user
//! (`{s:0}` to `{s:255}`), steps and providers' values each for itself. `docs/redis.md` names them all.

mod allowance;
mod audit;
mod credential;
mod durability;
mod error;
mod export;
mod history;
mod identity;
mod import;
mod invitation;
mod key;
mod kv;
mod link;
mod outbox;
mod place;
mod proof;
mod record;
mod records;
mod recovery_code;
mod role;
mod schema;
mod script;
mod session;
mod signin;
mod step;
mod switch;
mod user;

use std::{fmt, sync::Arc, time::Duration};

use async_trait::async_trait;

use self::link::Link;
use super::{
    Connections, Health, OpenError, Result, StoreError,
    open::Limits,
    upkeep::{Doubt, Kept, Upkeep},
};
use crate::{clock::Clock, model::Timestamp};

/// How the keys of accounts begin.
const ACCOUNTS: &str = "vestibule:{accounts}:";
/// How long Redis keeps what has ended, since the clocks of gateways differ a little.
const GRACE: Duration = Duration::from_mins(1);

/// Every trait of the store on a Redis. Cheap to clone; clones share the connections.
#[derive(Clone)]
pub struct RedisStore {
    link: Arc<Link>,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore").finish_non_exhaustive()
    }
}

impl RedisStore {
    /// Connects to `redis://[user:password@]host[:port][/database]`, `rediss://` for TLS, `redis+unix:///path`, or
    /// `redis+cluster://[user:password@]host[:port],...`, `rediss+cluster://`. The clock tells Redis how long to keep what ends by
    /// itself.
    ///
    /// # Errors
    /// If the URL is not understood, or Redis does not answer.
    pub async fn open(url: &str, limits: Limits, clock: Arc<dyn Clock>) -> std::result::Result<Self, OpenError> {
        let store = Self { link: Arc::new(Link::new(url, limits)?), clock };
        store.ping().await?;
        Ok(store)
    }

    /// Milliseconds that Redis keeps something that ends at the given time.
    fn keep(&self, until: Timestamp) -> i64 {
        keep(self.clock.now(), until)
    }
}

/// Redis counts down rather than compare clocks: its own may be another.
fn keep(now: Timestamp, until: Timestamp) -> i64 {
    let most = Duration::from_hours(24 * 365 * 100);
    i64::try_from(until.since(now).saturating_add(GRACE).min(most).as_millis()).unwrap_or(i64::MAX)
}

#[async_trait]
impl Health for RedisStore {
    async fn ping(&self) -> Result<()> {
        // A read, rather than PING, which a proxy in front of Redis answers by itself.
        let roles: Result<u64> = self.command(redis::cmd("ZCARD").arg(format!("{ACCOUNTS}roles"))).await;
        roles.map(drop)
    }

    async fn pending(&self) -> Result<Vec<String>> {
        match schema::pending(self).await {
            Ok(pending) => Ok(pending),
            Err(OpenError::Store(error)) => Err(error),
            Err(other) => Err(StoreError::Statement(other.to_string())),
        }
    }

    fn connections(&self) -> Vec<Connections> {
        vec![self.link.connections()]
    }
}

#[async_trait]
impl Upkeep for RedisStore {
    async fn migrate(&self) -> std::result::Result<(), OpenError> {
        schema::migrate(self).await
    }

    async fn pending_migrations(&self) -> std::result::Result<Vec<String>, OpenError> {
        schema::pending(self).await
    }

    async fn doubts(&self, kept: Kept) -> Result<Vec<Doubt>> {
        self.own_doubts(kept).await
    }

    async fn close(&self) {
        self.link.close();
    }
}
