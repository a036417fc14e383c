//! A server that has gone silent is told from one that works on a statement for long. Its machine may have stopped, or the
//! network in between: nothing would come, and no end either, for a quarter of an hour.

use std::{pin::pin, sync::Arc, time::Duration};

use sqlx::{ConnectOptions as _, Connection as _, postgres::PgConnectOptions};
use tokio::{
    sync::Mutex,
    time::{Instant, timeout},
};

use super::{Result, StoreError, error::store_error};

/// Longer than the server works on a statement (see `connect`): who has heard nothing by then hears nothing more, though
/// the server speaks to others.
const LONGEST: Duration = Duration::from_secs(65);
/// A call that waits for a connection is told by the pool that there is none; it goes first.
const AFTER_YOU: Duration = Duration::from_millis(50);

/// Knows the way to a server, and whether it answered a moment ago.
#[derive(Clone, Debug)]
pub(super) struct Listener {
    options: Arc<PgConnectOptions>,
    wait: Duration,
    /// When it was asked last, or rather when that was over, and whether it answered.
    last: Arc<Mutex<Option<(Instant, bool)>>>,
}

impl Listener {
    pub(super) fn new(options: PgConnectOptions, wait: Duration) -> Self {
        Self { options: Arc::new(options), wait, last: Arc::default() }
    }

    /// Waits for what the server does, as long as it says something at all: each time that the work has taken as long as a call
    /// waits for a connection, the server is asked for a word on another one, and has as long again.
    pub(super) async fn hear<T>(&self, work: impl Future<Output = sqlx::Result<T>>) -> Result<T> {
        let mut work = pin!(work);
        let begun = Instant::now();
        loop {
            if let Ok(done) = timeout(self.wait + AFTER_YOU, &mut work).await {
                return done.map_err(store_error);
            }
            let speaks = tokio::select! {
                biased;
                done = &mut work => return done.map_err(store_error),
                speaks = self.speaks() => speaks && begun.elapsed() < LONGEST,
            };
            if !speaks {
                return Err(StoreError::Unavailable(format!("no word from the server for {} ms", begun.elapsed().as_millis())));
            }
        }
    }

    /// One asks for all who wait.
    async fn speaks(&self) -> bool {
        let since = Instant::now();
        let mut last = self.last.lock().await;
        if let Some((asked, speaks)) = *last
            && asked >= since
        {
            return speaks;
        }
        let asked = timeout(self.wait, async { self.options.connect().await?.ping().await }).await;
        // Who refuses us, for want of connections perhaps, speaks.
        let speaks = matches!(asked, Ok(Ok(()) | Err(sqlx::Error::Database(_))));
        *last = Some((Instant::now(), speaks));
        speaks
    }
}

#[cfg(test)]
mod tests {
    use std::str::FromStr as _;

    use tokio::net::TcpListener;

    use super::*;

    /// What takes connections and says nothing: where a frozen machine is, or a network that is gone.
    async fn silent() -> (TcpListener, Listener) {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("postgres://vestibule@127.0.0.1:{}/vestibule", socket.local_addr().unwrap().port());
        (socket, Listener::new(PgConnectOptions::from_str(&url).unwrap(), Duration::from_millis(100)))
    }

    #[tokio::test]
    async fn work_ends_soon_when_the_server_is_silent() {
        let (socket, listener) = silent().await;
        let works = (0..20).map(|_| listener.hear(std::future::pending::<sqlx::Result<()>>()));
        for done in futures_util::future::join_all(works).await {
            assert!(matches!(done, Err(StoreError::Unavailable(_))));
        }
        let mut asked = 0;
        while timeout(Duration::from_millis(50), socket.accept()).await.is_ok() {
            asked += 1;
        }
        assert!((1..5).contains(&asked), "one asks for all: {asked}");
    }

    #[tokio::test]
    async fn what_comes_while_the_server_is_asked_is_taken() {
        let (_socket, listener) = silent().await;
        let work = async {
            tokio::time::sleep(Duration::from_millis(200)).await;
            Ok(7)
        };
        assert_eq!(listener.hear(work).await.unwrap(), 7);
    }
}
