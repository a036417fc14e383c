//! How a component becomes a live provider: compiled by the child or taken from the cache, linked, described, checked.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};

use async_trait::async_trait;
use wasmtime::component::Component;

use super::{
    cache::{Authentic, ComponentCache},
    compile::Compiler,
    engine::{self, Sandbox},
    fetch::Fetchers,
    generation::{Candidate, LoadRefused, Loader},
    port::Ports,
    providers::{Settings, StartError},
    sandbox::LoadedProvider,
};

/// Loads components into one sandbox.
pub struct ComponentLoader {
    sandbox: Sandbox,
    compatibility: u64,
    compiler: Compiler,
    cache: ComponentCache,
    fetchers: Fetchers,
    ports: Ports,
}

impl ComponentLoader {
    /// Makes the sandbox and opens the cache.
    ///
    /// # Errors
    /// See [`StartError`].
    pub fn new(settings: &Settings, ports: Ports) -> Result<Self, StartError> {
        let sandbox = engine::runtime_engine(settings.engine)?;
        let mut hasher = DefaultHasher::new();
        sandbox.engine().precompile_compatibility_hash().hash(&mut hasher);
        Ok(Self {
            compatibility: hasher.finish(),
            compiler: Compiler::new(settings.compiler),
            cache: ComponentCache::open(&settings.cache, settings.cache_key.clone())?,
            fetchers: Fetchers::new(ports.clock.clone()),
            sandbox,
            ports,
        })
    }

    /// The sandbox that it loads into.
    #[must_use]
    pub const fn sandbox(&self) -> &Sandbox {
        &self.sandbox
    }

    async fn compiled(&self, candidate: &Candidate) -> Result<Authentic, LoadRefused> {
        if let Some(cached) = self.cache.get(&candidate.sha256, self.compatibility) {
            return Ok(cached);
        }
        tracing::info!(file = candidate.component, kib = candidate.bytes.len() / 1024, "compiling");
        let compiled =
            self.compiler.compile(&candidate.bytes).await.map_err(|error| LoadRefused(format!("{} {error}", candidate.component)))?;
        self.cache.put(&candidate.sha256, self.compatibility, &compiled);
        Ok(compiled)
    }

    fn component(&self, candidate: &Candidate, compiled: &Authentic) -> Result<Component, LoadRefused> {
        compiled.load(self.sandbox.engine()).map_err(|error| {
            let reason = super::text::for_log(&format!("{error:#}"));
            LoadRefused(format!("{} does not fit the sandbox: {reason}", candidate.component))
        })
    }
}

#[async_trait]
impl Loader for ComponentLoader {
    type Live = LoadedProvider;

    async fn load(&self, candidate: &Candidate) -> Result<LoadedProvider, LoadRefused> {
        let compiled = self.compiled(candidate).await?;
        let component = self.component(candidate, &compiled)?;
        let fetcher = self.fetchers.of(&candidate.type_name, &candidate.grants);
        let grants = (*candidate.grants).clone();
        let loaded = LoadedProvider::load(&self.sandbox, &component, &candidate.type_name, grants, self.ports.clone(), Arc::new(fetcher));
        loaded.await.map_err(|unfit| LoadRefused(unfit.to_string()))
    }
}
