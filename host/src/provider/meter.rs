//! CPU time of one call: what its thread really spends while the call is polled, host functions included. Time that a
//! guest waits for a host function, or for its turn, does not count.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
};

use rustix::time::{ClockId, clock_gettime};

/// Nanoseconds that were spent, and when (on the thread's own clock) the present poll began.
#[derive(Debug, Default)]
pub(super) struct Meter {
    spent: AtomicU64,
    since: AtomicU64,
}

impl Meter {
    /// To be asked from within a poll only.
    pub(super) fn spent_ms(&self) -> u64 {
        let running = thread_nanoseconds().saturating_sub(self.since.load(Ordering::Relaxed));
        (self.spent.load(Ordering::Relaxed) + running) / 1_000_000
    }
}

/// Counts the polls of `future` into `meter`.
pub(super) struct Metered<F> {
    meter: Arc<Meter>,
    future: F,
}

impl<F> Metered<F> {
    pub(super) fn new(meter: Arc<Meter>, future: F) -> Self {
        Self { meter, future }
    }
}

impl<F: Future + Unpin> Future for Metered<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        self.meter.since.store(thread_nanoseconds(), Ordering::Relaxed);
        let poll = Pin::new(&mut self.future).poll(context);
        if poll.is_pending() {
            let spent = thread_nanoseconds().saturating_sub(self.meter.since.load(Ordering::Relaxed));
            self.meter.spent.fetch_add(spent, Ordering::Relaxed);
        }
        poll
    }
}

fn thread_nanoseconds() -> u64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let nanoseconds = i128::from(time.tv_sec) * 1_000_000_000 + i128::from(time.tv_nsec);
    u64::try_from(nanoseconds).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn counts_work_and_not_waiting() {
        let meter = Arc::new(Meter::default());
        let seen = meter.clone();
        let work = Box::pin(async move {
            tokio::time::sleep(Duration::from_millis(100)).await;
            let waited = seen.spent_ms();
            while seen.spent_ms() < waited + 20 {
                std::hint::spin_loop();
            }
            tokio::task::yield_now().await;
            (waited, seen.spent_ms())
        });
        let (waited, all) = Metered::new(meter, work).await;
        assert!(waited < 50, "waiting was billed: {waited} ms");
        assert!((waited + 20..waited + 100).contains(&all), "{all} ms");
    }
}
