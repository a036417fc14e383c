//! The body of a request on its way to a service: counted, watched, and taken back if nobody has begun to read it.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use poem::Body;
use tokio::time::Instant;

type Pieces = Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>;

/// Shared by the tries of one request.
#[derive(Clone)]
pub(super) struct Upload(Arc<State>);

struct State {
    pieces: Mutex<Option<Pieces>>,
    limit: u64,
    sent: AtomicU64,
    too_large: AtomicBool,
    broke_off: AtomicBool,
    begun: Instant,
    /// Milliseconds from the beginning to the last piece.
    moved: AtomicU64,
}

impl Upload {
    /// At most `limit` bytes; 0: no limit.
    pub(super) fn new(body: Body, limit: u64) -> Self {
        let pieces: Pieces = Box::pin(body.into_bytes_stream());
        Self(Arc::new(State {
            pieces: Mutex::new(Some(pieces)),
            limit,
            sent: AtomicU64::new(0),
            too_large: AtomicBool::new(false),
            broke_off: AtomicBool::new(false),
            begun: Instant::now(),
            moved: AtomicU64::new(0),
        }))
    }

    /// For one try. Nothing is taken before the service is there to read it.
    pub(super) fn body(&self) -> reqwest::Body {
        reqwest::Body::wrap_stream(Reader { state: Arc::clone(&self.0), pieces: None })
    }

    /// Whether some of it has gone.
    pub(super) fn is_touched(&self) -> bool {
        self.0.pieces.lock().unwrap_or_else(PoisonError::into_inner).is_none()
    }

    pub(super) fn is_too_large(&self) -> bool {
        self.0.too_large.load(Ordering::Relaxed)
    }

    /// Whether the client left off in the middle.
    pub(super) fn broke_off(&self) -> bool {
        self.0.broke_off.load(Ordering::Relaxed)
    }

    /// When a piece last moved.
    pub(super) fn moved(&self) -> Instant {
        self.0.begun + Duration::from_millis(self.0.moved.load(Ordering::Relaxed))
    }
}

struct Reader {
    state: Arc<State>,
    pieces: Option<Pieces>,
}

impl Stream for Reader {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let state = Arc::clone(&self.state);
        if self.pieces.is_none() {
            self.pieces = state.pieces.lock().unwrap_or_else(PoisonError::into_inner).take();
        }
        let Some(pieces) = self.pieces.as_mut() else { return Poll::Ready(Some(Err(io::Error::other("the body is gone")))) };
        let Poll::Ready(piece) = pieces.poll_next_unpin(context) else { return Poll::Pending };
        state.moved.store(u64::try_from(state.begun.elapsed().as_millis()).unwrap_or(u64::MAX), Ordering::Relaxed);
        match &piece {
            Some(Ok(bytes)) => {
                let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
                let sent = state.sent.fetch_add(length, Ordering::Relaxed).saturating_add(length);
                if state.limit > 0 && sent > state.limit {
                    state.too_large.store(true, Ordering::Relaxed);
                    return Poll::Ready(Some(Err(io::Error::other("the body is too large"))));
                }
            }
            Some(Err(_)) => state.broke_off.store(true, Ordering::Relaxed),
            None => {}
        }
        Poll::Ready(piece)
    }
}
