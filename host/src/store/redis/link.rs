//! Connections to one Redis or to a cluster: a pool, and limits on how long anybody waits for it.

mod cluster;

use std::{fmt, sync::Arc, time::Duration};

use deadpool_redis::{Manager, PoolError};
use redis::{AsyncConnectionConfig, Cmd, RedisError, RedisResult, Value, aio::ConnectionLike as _, cluster_async::ClusterConnection};
use tokio::time::timeout;

use self::cluster::Cluster;

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
    Cluster(Arc<Cluster>),
}

enum Connection {
    One(deadpool_redis::Connection),
    Cluster(ClusterConnection),
}

impl Pool {
    /// Understands `redis://`, `rediss://`, `redis+unix://`, and `redis+cluster://` with any number of nodes.
    fn to(url: &str, most: usize, half: Duration) -> std::result::Result<Self, OpenError> {
        if let Some(cluster) = Cluster::named(url, half)? {
            return Ok(Self::Cluster(Arc::new(cluster)));
        }
        // The limits are kept by the link: those of the library leave out parts of the handshake, and are the same for every call.
        let config = AsyncConnectionConfig::new().set_connection_timeout(None).set_response_timeout(None);
        // Nothing of the URL is repeated: it may hold a password.
        let manager = Manager::new_with_config(url, config).map_err(|_| OpenError::Url("the URL of Redis is not understood".to_owned()))?;
        let pool = deadpool_redis::Pool::builder(manager).max_size(most).build();
        Ok(Self::One(pool.map_err(|error| StoreError::Statement(error.to_string()))?))
    }

    async fn get(&self) -> std::result::Result<Connection, PoolError> {
        match self {
            Self::One(pool) => pool.get().await.map(Connection::One),
            Self::Cluster(cluster) => cluster.get().await.map(Connection::Cluster).ok_or(PoolError::Closed),
        }
    }

    /// What was open leads to where nobody answers: no caller should find that out for each connection again.
    fn distrust(&self) {
        match self {
            Self::One(pool) => drop(pool.retain(|_, _| false)),
            Self::Cluster(cluster) => cluster.look_again(),
        }
    }

    fn close(&self) {
        match self {
            Self::One(pool) => pool.close(),
            Self::Cluster(cluster) => drop(cluster.found.send_replace(None)),
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
            // It leads to other nodes, too, where others wait for answers.
            Self::Cluster(_) => {}
        }
    }
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
        let half = limits.wait / 2;
        Ok(Self { pool: Pool::to(url, most, half)?, half })
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
                self.pool.distrust();
                Err(StoreError::Unavailable("Redis cannot be reached in time, or all connections are in use".to_owned()))
            }
        }
    }

    /// Hangs up.
    fn leave(&self, connection: Connection) {
        connection.leave();
        self.pool.distrust();
    }

    pub(super) const fn is_cluster(&self) -> bool {
        matches!(self.pool, Pool::Cluster(_))
    }

    /// How they stand.
    pub(super) fn connections(&self) -> Connections {
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        match &self.pool {
            Pool::One(pool) => {
                let status = pool.status();
                Connections {
                    name: "redis",
                    used: count(status.size.saturating_sub(status.available)),
                    idle: count(status.available),
                    most: count(status.max_size),
                }
            }
            // One to each node, which all calls share.
            Pool::Cluster(cluster) => Connections { name: "redis", used: 0, idle: u32::from(cluster.found.borrow().is_some()), most: 1 },
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
