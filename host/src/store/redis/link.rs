//! Connections to one Redis. Each carries any number of concurrent calls, so a few are enough, and nobody queues for one.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering},
    },
    thread::available_parallelism,
    time::Duration,
};

use redis::{
    AsyncConnectionConfig, Client, Cmd, IntoConnectionInfo as _, ProtocolVersion, PushInfo, PushKind, RedisError, Value,
    aio::MultiplexedConnection,
};
use tokio::{
    sync::Mutex,
    time::{Instant, timeout},
};

use super::error::store_error;
use crate::store::{Connections, OpenError, Result, StoreError};

/// How long making a connection may take. Together with [`ANSWER`] the time until a caller hears of a dead Redis.
const CONNECT: Duration = Duration::from_millis(400);
/// How long an answer may take.
const ANSWER: Duration = Duration::from_millis(600);
/// The same for calls that do a lot at once.
const LONG_ANSWER: Duration = Duration::from_secs(15);
/// After a failed try nobody tries again for so long: all that wait are told at once.
const RETRY: Duration = Duration::from_millis(100);

/// How patient a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Patience {
    /// Somebody waits.
    Short,
    /// An import, an export, a purge.
    Long,
}

impl Patience {
    const fn limit(self) -> Duration {
        match self {
            Self::Short => ANSWER,
            Self::Long => LONG_ANSWER,
        }
    }
}

/// All connections.
pub(super) struct Link {
    client: Client,
    lanes: Vec<Lane>,
    turn: AtomicUsize,
}

#[derive(Default)]
struct Lane {
    state: Mutex<State>,
    calls: AtomicU32,
}

#[derive(Default)]
struct State {
    open: Option<Open>,
    failed: Option<(Instant, String)>,
}

#[derive(Clone)]
struct Open {
    connection: MultiplexedConnection,
    /// Cleared as soon as the other side hangs up, so that the next call does not find out by failing.
    alive: Arc<AtomicBool>,
}

impl fmt::Debug for Link {
    // The client holds the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").finish_non_exhaustive()
    }
}

/// Counts a call as long as it is under way, also when nobody waits for it any more.
struct Call<'l>(&'l AtomicU32);

impl<'l> Call<'l> {
    fn begin(calls: &'l AtomicU32) -> Self {
        calls.fetch_add(1, Ordering::Relaxed);
        Self(calls)
    }
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Link {
    /// Understands the URL; connects at the first call.
    pub(super) fn new(url: &str) -> std::result::Result<Self, OpenError> {
        let info = url.into_connection_info().map_err(|_| not_understood())?;
        // What says that a connection is gone comes in this protocol alone (Redis 6 and later).
        let settings = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
        let client = Client::open(info.set_redis_settings(settings)).map_err(|_| not_understood())?;
        let lanes = available_parallelism().map_or(2, std::num::NonZero::get).clamp(2, 8);
        Ok(Self { client, lanes: (0..lanes).map(|_| Lane::default()).collect(), turn: AtomicUsize::new(0) })
    }

    /// Sends one command.
    pub(super) async fn call(&self, command: &Cmd, patience: Patience) -> std::result::Result<Value, Failure> {
        let lane = &self.lanes[self.turn.fetch_add(1, Ordering::Relaxed) % self.lanes.len()];
        let _call = Call::begin(&lane.calls);
        let mut open = lane.connection(&self.client).await.map_err(Failure::Link)?;
        let answer = timeout(patience.limit(), open.connection.send_packed_command(command)).await;
        match answer.map(|sent| sent.and_then(Value::extract_error)) {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => {
                // A server that has become a replica is left, too: its name may lead to another one now.
                if error.is_unrecoverable_error() || error.is_io_error() || error.code() == Some("READONLY") {
                    open.alive.store(false, Ordering::Relaxed);
                }
                Err(Failure::Answer(error))
            }
            Err(_) => {
                open.alive.store(false, Ordering::Relaxed);
                Err(Failure::Link(StoreError::Unavailable("Redis did not answer in time".to_owned())))
            }
        }
    }

    /// How they stand.
    pub(super) fn connections(&self) -> Connections {
        let count = |busy: bool| {
            let lanes = self.lanes.iter().filter(|lane| {
                let open = lane.state.try_lock().map_or(true, |state| state.open.is_some());
                open && (lane.calls.load(Ordering::Relaxed) > 0) == busy
            });
            u32::try_from(lanes.count()).unwrap_or(u32::MAX)
        };
        let most = u32::try_from(self.lanes.len()).unwrap_or(u32::MAX);
        Connections { name: "redis", used: count(true), idle: count(false), most }
    }

    /// Hangs up.
    pub(super) async fn close(&self) {
        for lane in &self.lanes {
            lane.state.lock().await.open = None;
        }
    }
}

/// Nothing of the URL is repeated: it may hold a password.
fn not_understood() -> OpenError {
    OpenError::Url("the URL of Redis is not understood".to_owned())
}

impl Lane {
    async fn connection(&self, client: &Client) -> Result<Open> {
        let mut state = self.state.lock().await;
        if let Some(open) = state.open.as_ref().filter(|open| open.alive.load(Ordering::Relaxed)) {
            return Ok(open.clone());
        }
        state.open = None;
        if let Some((at, reason)) = &state.failed
            && at.elapsed() < RETRY
        {
            return Err(StoreError::Unavailable(reason.clone()));
        }
        match connect(client).await {
            Ok(open) => {
                *state = State { open: Some(open.clone()), failed: None };
                Ok(open)
            }
            Err(reason) => {
                state.failed = Some((Instant::now(), reason.clone()));
                Err(StoreError::Unavailable(reason))
            }
        }
    }
}

async fn connect(client: &Client) -> std::result::Result<Open, String> {
    let alive = Arc::new(AtomicBool::new(true));
    let gone = alive.clone();
    let watch = move |push: PushInfo| {
        if push.kind == PushKind::Disconnection {
            gone.store(false, Ordering::Relaxed);
        }
        Ok::<_, redis::aio::SendError>(())
    };
    // The limits are kept here: those of the library leave out parts of the handshake.
    let config = AsyncConnectionConfig::new().set_connection_timeout(None).set_response_timeout(None).set_push_sender(watch);
    match timeout(CONNECT, client.get_multiplexed_async_connection_with_config(&config)).await {
        Ok(Ok(connection)) => Ok(Open { connection, alive }),
        Ok(Err(error)) => Err(format!("Redis cannot be reached: {error}")),
        Err(_) => Err("Redis cannot be reached in time".to_owned()),
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
