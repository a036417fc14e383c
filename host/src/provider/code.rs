//! The machine code of a component: from the cache, else from the compiler.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use super::{
    cache::{Authentic, ComponentCache},
    compile::{CompileError, Compiler},
};

/// Where machine code comes from.
#[derive(Debug)]
pub struct CodeSource {
    compiler: Compiler,
    cache: Arc<ComponentCache>,
    /// Of the engine that will run the code.
    compatibility: u64,
    turns: Mutex<HashMap<String, Weak<tokio::sync::Mutex<()>>>>,
}

impl CodeSource {
    /// `compatibility` is a hash of the running engine's `precompile_compatibility_hash`.
    #[must_use]
    pub fn new(compiler: Compiler, cache: Arc<ComponentCache>, compatibility: u64) -> Self {
        Self { compiler, cache, compatibility, turns: Mutex::default() }
    }

    /// The code of a component. The same component is compiled once, however many types it serves.
    ///
    /// # Errors
    /// If it cannot be compiled. A cache that cannot be written is logged only.
    pub async fn code(&self, component: &[u8], sha256: &str) -> Result<Arc<Authentic>, CompileError> {
        let turn = self.turn(sha256);
        let _turn = turn.lock().await;
        if let Some(code) = self.cached(sha256).await {
            return Ok(Arc::new(code));
        }
        let code = Arc::new(self.compiler.compile(component).await?);
        self.keep(sha256, Arc::clone(&code)).await;
        Ok(code)
    }

    async fn cached(&self, sha256: &str) -> Option<Authentic> {
        let (cache, compatibility, sha256) = (Arc::clone(&self.cache), self.compatibility, sha256.to_owned());
        tokio::task::spawn_blocking(move || cache.get(&sha256, compatibility)).await.ok().flatten()
    }

    async fn keep(&self, sha256: &str, code: Arc<Authentic>) {
        let (cache, compatibility, sha256) = (Arc::clone(&self.cache), self.compatibility, sha256.to_owned());
        let writing = tokio::task::spawn_blocking(move || cache.put(&sha256, compatibility, &code).map_err(|error| error.to_string()));
        if let Err(error) = writing.await.map_err(|error| error.to_string()).flatten() {
            tracing::warn!(%error, "compile cache cannot be written; the component is compiled again at the next start");
        }
    }

    fn turn(&self, sha256: &str) -> Arc<tokio::sync::Mutex<()>> {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        turns.retain(|_, turn| turn.strong_count() > 0);
        if let Some(turn) = turns.get(sha256).and_then(Weak::upgrade) {
            return turn;
        }
        let turn = Arc::default();
        turns.insert(sha256.to_owned(), Arc::downgrade(&turn));
        turn
    }
}
