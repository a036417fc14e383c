//! The plugins directory, watched: what lies there becomes the live generation, without a restart and off the request
//! path. A bad file disables only itself; a slow one holds nobody back and joins by a later generation.

mod keeper;
mod load;
mod survey;

use std::{fmt, io, os::unix::fs::MetadataExt, path::PathBuf, sync::Arc, time::Duration};

use arc_swap::ArcSwap;
use async_trait::async_trait;
use tokio::sync::{mpsc, oneshot, watch};

use self::keeper::{Keeper, Request};
use super::generation::{Change, Generation, Loader};
use crate::{clock::Clock, model::switch::Switch};

/// How long `reload` waits for slow loads; they go on after it.
const LONGEST_WAIT: Duration = Duration::from_secs(15);

/// Looks a variable of the environment up.
pub type Variables = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// What the operator chose.
#[derive(Clone)]
pub struct DirectoryOptions {
    /// The plugins directory; made if it is missing.
    pub path: PathBuf,
    /// Whether every provider type must pin its component's SHA-256.
    pub require_pins: bool,
    /// Whether loopback addresses may be granted: outside production.
    pub allow_loopback: bool,
    /// Largest component, bytes.
    pub largest_component: u64,
    /// The environment, for secrets.
    pub variable: Variables,
}

impl fmt::Debug for DirectoryOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DirectoryOptions").field("path", &self.path).finish_non_exhaustive()
    }
}

/// The administrators' switches, from the store.
#[async_trait]
pub trait SwitchSource: Send + Sync + 'static {
    /// All that were ever set; `None` if the store is out of reach: the last known ones then stay in force, and before
    /// the first answer nothing is live.
    async fn switches(&self) -> Option<Vec<Switch>>;
}

/// What the directory works with.
pub struct DirectoryParts<L: Loader> {
    /// Makes providers of components.
    pub loader: Arc<L>,
    /// The administrators' switches.
    pub switches: Arc<dyn SwitchSource>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Gets every change, in order; may be closed.
    pub changes: mpsc::UnboundedSender<Change>,
}

/// A handle; the watching ends with the last one.
#[derive(Debug)]
pub struct Directory<L> {
    current: Arc<ArcSwap<Generation<L>>>,
    numbers: watch::Receiver<u64>,
    requests: mpsc::Sender<Request>,
}

impl<L> Clone for Directory<L> {
    fn clone(&self) -> Self {
        Self { current: Arc::clone(&self.current), numbers: self.numbers.clone(), requests: self.requests.clone() }
    }
}

impl<L: Send + Sync + 'static> Directory<L> {
    /// Begins to watch, on a task of its own. Generation 0 is empty: await `reload` before serving.
    ///
    /// # Errors
    /// If the directory cannot be made or read.
    pub fn start<T: Loader<Live = L>>(options: DirectoryOptions, parts: DirectoryParts<T>) -> io::Result<Self> {
        std::fs::create_dir_all(&options.path)?;
        let metadata = std::fs::metadata(&options.path)?;
        std::fs::read_dir(&options.path)?;
        if metadata.mode() & 0o002 != 0 {
            tracing::warn!(directory = %options.path.display(), "everybody on this machine may write into the plugins directory: chmod o-w");
        }
        let current = Arc::new(ArcSwap::from_pointee(Generation::default()));
        let (number, numbers) = watch::channel(0);
        // Requests are rare and answered quickly; who finds the queue full waits.
        let (requests, inbox) = mpsc::channel(16);
        let keeper = Keeper::new(options, parts, Arc::clone(&current), number);
        tokio::spawn(keeper.run(inbox));
        Ok(Self { current, numbers, requests })
    }

    /// What is live now. Hold it for one request, not longer.
    #[must_use]
    pub fn current(&self) -> Arc<Generation<L>> {
        self.current.load_full()
    }

    /// Looks at everything again, refused files included, and gives the generation in which all of it has been decided;
    /// after 15 seconds the one that is live then, while slow loads go on.
    pub async fn reload(&self) -> Arc<Generation<L>> {
        self.ask(Request::Reload).await
    }

    /// Reads the switches again and gives the generation in which they are in force; waits for no load.
    pub async fn apply_switches(&self) -> Arc<Generation<L>> {
        self.ask(Request::Switches).await
    }

    /// Tells the number of each new generation.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.numbers.clone()
    }

    async fn ask(&self, request: impl FnOnce(oneshot::Sender<()>) -> Request) -> Arc<Generation<L>> {
        let (done, answer) = oneshot::channel();
        // A closed channel means that the process is ending: what is live is the answer then.
        if self.requests.send(request(done)).await.is_ok() {
            let _ = tokio::time::timeout(LONGEST_WAIT, answer).await;
        }
        self.current()
    }
}

#[cfg(test)]
mod tests;
