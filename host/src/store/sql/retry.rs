//! Transactions that others have crossed are run again, here and nowhere else.

use std::time::Duration;

use super::{Result, StoreError};

/// More than twice in a row is rare already.
const TRIES: u32 = 8;

/// Runs an operation, which changes nothing if it fails, again for as long as it fails because others wrote the same rows at the
/// same time: they waited for each other crosswise, or what it was about to refer to has just gone or come. The next try
/// sees what the others have done.
pub(super) async fn again<T, F: Future<Output = Result<T>>>(mut attempt: impl FnMut() -> F) -> Result<T> {
    let mut tries = 1;
    loop {
        match attempt().await {
            Err(StoreError::Raced(problem)) if tries < TRIES => tracing::debug!(tries, problem, "raced, trying again"),
            outcome => return outcome,
        }
        // Those who met here meet less likely at different times.
        tokio::time::sleep(Duration::from_millis(u64::from(tries * tries))).await;
        tries += 1;
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[tokio::test]
    async fn a_lost_race_is_run_again_for_a_while() {
        let runs = Cell::new(0);
        let third = again(|| async {
            runs.set(runs.get() + 1);
            if runs.get() < 3 { Err(StoreError::Raced("deadlock".to_owned())) } else { Ok(runs.get()) }
        });
        assert_eq!(third.await.unwrap(), 3);
        runs.set(0);
        let never: Result<()> = again(|| async {
            runs.set(runs.get() + 1);
            Err(StoreError::Raced("deadlock".to_owned()))
        })
        .await;
        assert!(matches!(never, Err(StoreError::Raced(_))));
        assert_eq!(runs.get(), TRIES);
    }

    #[tokio::test]
    async fn any_other_failure_is_final() {
        let runs = Cell::new(0);
        let failed: Result<()> = again(|| async {
            runs.set(runs.get() + 1);
            Err(StoreError::Unavailable("disk full".to_owned()))
        })
        .await;
        assert!(failed.is_err());
        assert_eq!(runs.get(), 1);
    }
}
