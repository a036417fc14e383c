//! The providers of this gateway: the directory, and how a file of it becomes something that can be called.

use std::{path::PathBuf, sync::Arc};

use tokio::sync::{Mutex, mpsc};

use super::{
    compile::CompileLimits,
    directory::{Directory, DirectoryOptions, DirectoryParts, SwitchSource},
    engine::{self, EngineOptions},
    generation::{Change, Generation},
    loader::ComponentLoader,
    port::Ports,
    sandbox::LoadedProvider,
};
use crate::model::Secret;

/// What the operator chose.
pub struct Settings {
    /// The plugins directory.
    pub directory: DirectoryOptions,
    /// For compiled components.
    pub cache: PathBuf,
    /// Authenticates them.
    pub cache_key: Secret<Vec<u8>>,
    /// Limits of compiling.
    pub compiler: CompileLimits,
    /// The engine.
    pub engine: EngineOptions,
}

/// Everything that people can sign in by, kept up to date with the directory.
pub struct Providers {
    directory: Directory<LoadedProvider>,
    changes: Mutex<mpsc::UnboundedReceiver<Change>>,
}

/// Why there are no providers at all.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The engine.
    #[error("the sandbox: {0}")]
    Engine(#[from] engine::EngineError),
    /// The directory.
    #[error("plugins_dir is {path}: {source}")]
    Directory {
        /// As configured.
        path: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// The cache.
    #[error(transparent)]
    Cache(#[from] super::cache::CacheError),
}

impl Providers {
    /// Makes the sandbox, watches the directory, and waits for what lies in it now.
    ///
    /// # Errors
    /// See [`StartError`].
    pub async fn start(settings: Settings, ports: Ports, switches: Arc<dyn SwitchSource>) -> Result<Self, StartError> {
        let clock = Arc::clone(&ports.clock);
        let path = settings.directory.path.display().to_string();
        let loader = Arc::new(ComponentLoader::new(&settings, ports)?);
        let options = settings.directory;
        let (sender, changes) = mpsc::unbounded_channel();
        let works = DirectoryParts { loader, switches, clock, changes: sender };
        let directory = Directory::start(options, works).map_err(|source| StartError::Directory { path, source })?;
        directory.reload().await;
        Ok(Self { directory, changes: Mutex::new(changes) })
    }

    /// What is live now. Hold it for one request, not longer.
    #[must_use]
    pub fn generation(&self) -> Arc<Generation<LoadedProvider>> {
        self.directory.current()
    }

    /// Looks at everything again.
    pub async fn reload(&self) -> Arc<Generation<LoadedProvider>> {
        self.directory.reload().await
    }

    /// Reads the switches again.
    pub async fn apply_switches(&self) -> Arc<Generation<LoadedProvider>> {
        self.directory.apply_switches().await
    }

    /// The next change of the directory, in order; each is given once.
    pub async fn change(&self) -> Option<Change> {
        self.changes.lock().await.recv().await
    }
}
