//! Wakes whoever waits when something in a directory changes. Watchers lose events (network file systems, a replaced
//! directory, exhausted limits): this only makes things quick, a periodic look makes them right.

use std::{path::Path, sync::Arc};

use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher, event::AccessKind, event::AccessMode};
use tokio::sync::Notify;

/// Watches as long as it lives.
#[derive(Debug)]
pub struct DirectoryWatch {
    woken: Arc<Notify>,
    /// `None`: the system gives no watcher, so that only the periodic look is left.
    _watcher: Option<RecommendedWatcher>,
}

impl DirectoryWatch {
    /// Begins to watch.
    #[must_use]
    pub fn start(directory: &Path) -> Self {
        let woken = Arc::new(Notify::new());
        let watcher = watch(directory, Arc::clone(&woken)).inspect_err(
            |error| tracing::warn!(%error, directory = %directory.display(), "plugins directory is looked at periodically only"),
        );
        Self { woken, _watcher: watcher.ok() }
    }

    /// Returns once something has changed since the last time.
    pub async fn changed(&self) {
        self.woken.notified().await;
    }
}

fn watch(directory: &Path, woken: Arc<Notify>) -> notify::Result<RecommendedWatcher> {
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
        // An error may be a lost event: better to look once too often.
        if event.as_ref().map_or(true, |event| is_change(event.kind)) {
            woken.notify_one();
        }
    })?;
    watcher.watch(directory, RecursiveMode::NonRecursive)?;
    Ok(watcher)
}

/// Our own reading is no change.
fn is_change(kind: EventKind) -> bool {
    !matches!(kind, EventKind::Access(access) if access != AccessKind::Close(AccessMode::Write))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn writing_wakes_and_reading_does_not() {
        let directory = tempfile::tempdir().unwrap();
        let watch = DirectoryWatch::start(directory.path());
        std::fs::write(directory.path().join("a.wasm"), "x").unwrap();
        timeout(Duration::from_secs(5), watch.changed()).await.unwrap();
        // Events of one write come in pieces.
        while timeout(Duration::from_millis(100), watch.changed()).await.is_ok() {}
        std::fs::read(directory.path().join("a.wasm")).unwrap();
        assert!(timeout(Duration::from_millis(200), watch.changed()).await.is_err());
    }
}
