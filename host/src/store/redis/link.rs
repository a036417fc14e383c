//! Connections to one Redis or to a cluster: a pool, and limits on how long anybody waits for it.

use std::{fmt, time::Duration};

use deadpool_redis::{PoolError, cluster};
use redis::{AsyncConnectionConfig, Cmd, RedisError, RedisResult, Value, aio::ConnectionLike as _};
use tokio::time::timeout;

use super::error::store_error;
use crate::store::{Connections, OpenError, Result, StoreError, open::Limits};

/// How long an answer may take at least before it is given up, for calls that do a lot at once.
const LONG_ANSWER: Duration = Duration::from_secs(15);

/// How patient a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Patience {
    /// Somebody waits.
    Short,
    /// An import, an export, a purge.
    Long,
}

/// Connections that are open, to be used again.
enum Pool {
    One(deadpool_redis::Pool),
    /// Each of them leads to every node.
    Cluster(cluster::Pool),
}

enum Connection {
    One(deadpool_redis::Connection),
    Cluster(cluster::Connection),
}

impl Pool {
    /// Understands `redis://`, `rediss://`, `redis+unix://`, and `redis+cluster://` with any number of nodes.
    fn to(url: &str, most: usize) -> std::result::Result<Self, OpenError> {
        // Nothing of the URL is repeated: it may hold a password.
        let misunderstood = |_| OpenError::Url("the URL of Redis is not understood".to_owned());
        let unmade = |error: deadpool_redis::BuildError| StoreError::Statement(error.to_string());
        if let Some(nodes) = nodes(url)? {
            let manager = cluster::Manager::new(nodes, false).map_err(misunderstood)?;
            return Ok(Self::Cluster(cluster::Pool::builder(manager).max_size(most).build().map_err(unmade)?));
        }
        // The limits are kept by the link: those of the library leave out parts of the handshake, and are the same for every call.
        let config = AsyncConnectionConfig::new().set_connection_timeout(None).set_response_timeout(None);
        let manager = deadpool_redis::Manager::new_with_config(url, config).map_err(misunderstood)?;
        Ok(Self::One(deadpool_redis::Pool::builder(manager).max_size(most).build().map_err(unmade)?))
    }

    async fn get(&self) -> std::result::Result<Connection, PoolError> {
        match self {
            Self::One(pool) => pool.get().await.map(Connection::One),
            Self::Cluster(pool) => pool.get().await.map(Connection::Cluster),
        }
    }

    /// Hangs up on those that nobody uses.
    fn leave_idle(&self) {
        match self {
            Self::One(pool) => drop(pool.retain(|_, _| false)),
            Self::Cluster(pool) => drop(pool.retain(|_, _| false)),
        }
    }

    fn status(&self) -> deadpool_redis::Status {
        match self {
            Self::One(pool) => pool.status(),
            Self::Cluster(pool) => pool.status(),
        }
    }

    fn close(&self) {
        match self {
            Self::One(pool) => pool.close(),
            Self::Cluster(pool) => pool.close(),
        }
    }
}

impl Connection {
    async fn send(&mut self, command: &Cmd) -> RedisResult<Value> {
        match self {
            Self::One(connection) => connection.req_packed_command(command).await,
            Self::Cluster(connection) => connection.req_packed_command(command).await,
        }
    }

    /// Hangs up.
    fn leave(self) {
        match self {
            Self::One(connection) => drop(deadpool_redis::Connection::take(connection)),
            Self::Cluster(connection) => drop(cluster::Connection::take(connection)),
        }
    }
}

/// The nodes of `redis+cluster://[USER:PASSWORD@]HOST[:PORT][,HOST[:PORT]...]`, each as a URL of its own; nothing if it is of another
/// form.
fn nodes(url: &str) -> std::result::Result<Option<Vec<String>>, OpenError> {
    let Some((scheme, rest)) = url.split_once("+cluster://") else { return Ok(None) };
    let (login, hosts) = rest.rsplit_once('@').map_or(("", rest), |(login, hosts)| (login, hosts));
    let hosts = hosts.trim_end_matches('/');
    if hosts.contains(['/', '?']) {
        return Err(OpenError::Url("a Redis Cluster has one database: nothing follows the hosts in its URL".to_owned()));
    }
    if hosts.split(',').any(str::is_empty) {
        return Err(OpenError::Url("the URL of a Redis Cluster names its nodes: redis+cluster://HOST:PORT,HOST:PORT".to_owned()));
    }
    let at = if login.is_empty() { "" } else { "@" };
    Ok(Some(hosts.split(',').map(|host| format!("{scheme}://{login}{at}{host}")).collect()))
}

/// All connections.
pub(super) struct Link {
    pool: Pool,
    /// How long having a connection may take (waiting for a free one, asking whether it lives, making another), and then an answer:
    /// together what a caller waits until it hears of a dead Redis.
    half: Duration,
}

impl fmt::Debug for Link {
    // The pool shows the URL, which may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").finish_non_exhaustive()
    }
}

impl Link {
    /// Understands the URL; connects at the first call.
    pub(super) fn new(url: &str, limits: Limits) -> std::result::Result<Self, OpenError> {
        let most = usize::try_from(limits.connections).unwrap_or(usize::MAX);
        Ok(Self { pool: Pool::to(url, most)?, half: limits.wait / 2 })
    }

    /// Sends one command.
    pub(super) async fn call(&self, command: &Cmd, patience: Patience) -> std::result::Result<Value, Failure> {
        let mut connection = self.connection().await.map_err(Failure::Link)?;
        let answer = timeout(self.limit(patience), connection.send(command)).await;
        match answer.map(|sent| sent.and_then(Value::extract_error)) {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => {
                // A server that has become a replica is left, too: its name may lead to another one now.
                if error.is_unrecoverable_error() || error.is_io_error() || error.code() == Some("READONLY") {
                    self.leave(connection);
                }
                Err(Failure::Answer(error))
            }
            Err(_) => {
                self.leave(connection);
                Err(Failure::Link(StoreError::Unavailable("Redis did not answer in time".to_owned())))
            }
        }
    }

    fn limit(&self, patience: Patience) -> Duration {
        match patience {
            Patience::Short => self.half,
            Patience::Long => self.half.max(LONG_ANSWER),
        }
    }

    async fn connection(&self) -> Result<Connection> {
        // One limit for the whole: the pool asks idle connections in turn before it makes another.
        match timeout(self.half, self.pool.get()).await {
            Ok(Ok(connection)) => Ok(connection),
            Ok(Err(PoolError::Backend(error))) => Err(StoreError::Unavailable(format!("Redis cannot be reached: {error}"))),
            Ok(Err(error)) => Err(StoreError::Unavailable(error.to_string())),
            Err(_) => {
                self.pool.leave_idle();
                Err(StoreError::Unavailable("Redis cannot be reached in time, or all connections are in use".to_owned()))
            }
        }
    }

    /// Hangs up.
    fn leave(&self, connection: Connection) {
        connection.leave();
        // The others lead to the same place: no caller should find that out for each again.
        self.pool.leave_idle();
    }

    pub(super) const fn is_cluster(&self) -> bool {
        matches!(self.pool, Pool::Cluster(_))
    }

    /// How they stand.
    pub(super) fn connections(&self) -> Connections {
        let status = self.pool.status();
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Connections {
            name: "redis",
            used: count(status.size.saturating_sub(status.available)),
            idle: count(status.available),
            most: count(status.max_size),
        }
    }

    /// Hangs up for good.
    pub(super) fn close(&self) {
        self.pool.close();
    }
}

/// Why a call has no value.
#[derive(Debug)]
pub(super) enum Failure {
    /// No connection, or no answer.
    Link(StoreError),
    /// An answer that says so.
    Answer(RedisError),
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Link(error) => error,
            Failure::Answer(error) => store_error(&error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_of_a_cluster_are_named_one_by_one() {
        let found = |url| nodes(url).unwrap().map(|nodes| nodes.join(" ")).unwrap_or_default();
        assert_eq!(found("redis://a:1"), "");
        assert_eq!(found("redis+cluster://a:1,b"), "redis://a:1 redis://b");
        assert_eq!(found("rediss+cluster://ann:p%40ss@a:1,[::1]:2/"), "rediss://ann:p%40ss@a:1 rediss://ann:p%40ss@[::1]:2");
        for wrong in ["redis+cluster://", "redis+cluster://a,", "redis+cluster://ann:secret@a/1", "redis+cluster://a?db=1"] {
            let error = nodes(wrong).unwrap_err().to_string();
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
