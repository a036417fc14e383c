//! CPU time of one call: what its thread really spends while the call is polled, host functions included. Time that a
//! guest waits for a host function, or for its turn, does not count.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use rustix::time::{ClockId, clock_gettime};

/// CPU time of all calls of one provider.
#[derive(Debug, Default)]
pub(super) struct Total(AtomicU64);

impl Total {
    pub(super) fn spent(&self) -> Duration {
        Duration::from_nanos(self.0.load(Ordering::Relaxed))
    }
}

/// Nanoseconds that were spent, and when (on the thread's own clock) the present poll began.
#[derive(Debug, Default)]
pub(super) struct Meter {
    spent: AtomicU64,
    since: AtomicU64,
    bill: Option<Arc<Total>>,
}

impl Meter {
    /// One whose polls are added to `total` as well.
    pub(super) fn billed_to(total: &Arc<Total>) -> Self {
        Self { bill: Some(Arc::clone(total)), ..Self::default() }
    }

    fn spend(&self, nanoseconds: u64) {
        self.spent.fetch_add(nanoseconds, Ordering::Relaxed);
        if let Some(total) = &self.bill {
            total.0.fetch_add(nanoseconds, Ordering::Relaxed);
        }
    }

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
        self.meter.spend(thread_nanoseconds().saturating_sub(self.meter.since.load(Ordering::Relaxed)));
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
    use super::*;

    #[tokio::test]
    async fn counts_work_and_not_waiting() {
        let total = Arc::new(Total::default());
        let meter = Arc::new(Meter::billed_to(&total));
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
        assert!((20..200).contains(&total.spent().as_millis()), "{:?}", total.spent());
    }
}
