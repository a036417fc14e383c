//! How long tests wait. Other programs may take the machine for seconds, so what must come is waited for long; and a promise of a
//! time is held by the quickest of several tries, since a busy machine only ever adds.

use std::time::{Duration, Instant};

/// Longer than anything takes that comes at all; shorter than the test runner waits.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(20);
/// Tries at a promised time.
const TRIES: usize = 8;

/// Tries until there is a value.
pub async fn eventually<T>(what: &str, mut probe: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(value) = probe() {
            return value;
        }
        assert!(begun.elapsed() < PATIENCE, "{what} did not come");
        tokio::time::sleep(PAUSE).await;
    }
}

/// The same, where looking takes time.
pub async fn until<T>(what: &str, mut probe: impl AsyncFnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(value) = probe().await {
            return value;
        }
        assert!(begun.elapsed() < PATIENCE, "{what} did not come");
        tokio::time::sleep(PAUSE).await;
    }
}

/// Demands that one of several tries takes less than what was promised. A try says how long it took.
pub async fn within(promised: Duration, what: &str, mut attempt: impl AsyncFnMut() -> Duration) {
    let mut taken = Vec::new();
    while taken.len() < TRIES && !taken.iter().any(|took| *took < promised) {
        taken.push(attempt().await);
    }
    quickest(promised, what, &taken);
}

/// Demands that the quickest took less than what was promised.
#[track_caller]
pub fn quickest(promised: Duration, what: &str, taken: &[Duration]) {
    assert!(taken.iter().any(|took| *took < promised), "{what} never took less than {promised:?}, but {taken:?}");
}
