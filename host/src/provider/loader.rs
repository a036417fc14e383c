//! How a component becomes a live provider: compiled by the child or taken from the cache, linked, described, checked.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};

use async_trait::async_trait;
use wasmtime::component::Component;

use super::{
    cache::{self, ComponentCache},
    code::CodeSource,
    compile::Compiler,
    egress::Egress,
    engine::{self, Allocation, Sandbox},
    fetch::Fetcher,
    generation::{Candidate, LoadRefused, Loader},
    port::Ports,
    providers::{Settings, StartError},
    sandbox::LoadedProvider,
};

/// Most that the cache of compiled components may hold.
const CACHE_BYTES: u64 = 2 << 30;

/// Loads components into one sandbox.
pub struct ComponentLoader {
    sandbox: Sandbox,
    code: CodeSource,
    egress: Arc<Egress>,
    ports: Ports,
}

impl ComponentLoader {
    /// Makes the sandbox and opens the cache.
    ///
    /// # Errors
    /// See [`StartError`].
    pub fn new(settings: &Settings, ports: Ports) -> Result<Self, StartError> {
        let sandbox = engine::runtime_engine(settings.engine)?;
        if let Allocation::OnDemand { reason } = sandbox.allocation() {
            tracing::warn!(reason, "no address space for a pool of instances: calls of plugins take a little longer");
        }
        let mut hasher = DefaultHasher::new();
        sandbox.engine().precompile_compatibility_hash().hash(&mut hasher);
        let cache = ComponentCache::open(&settings.cache, settings.cache_key.clone(), CACHE_BYTES)?;
        Ok(Self {
            code: CodeSource::new(Compiler::new(settings.compiler.clone()), Arc::new(cache), hasher.finish()),
            egress: Arc::new(Egress::new(ports.clock.clone())),
            sandbox,
            ports,
        })
    }

    async fn component(&self, candidate: &Candidate) -> Result<Component, LoadRefused> {
        let file = &candidate.component;
        let code = self.code.code(&candidate.bytes, &candidate.sha256).await.map_err(|error| LoadRefused(format!("{file}: {error}")))?;
        cache::deserialize(self.sandbox.engine(), &code).map_err(|error| {
            let reason = super::text::for_log(&format!("{error:#}"));
            LoadRefused(format!("{file} does not fit the sandbox: {reason}"))
        })
    }
}

#[async_trait]
impl Loader for ComponentLoader {
    type Live = LoadedProvider;

    async fn load(&self, candidate: &Candidate) -> Result<LoadedProvider, LoadRefused> {
        let component = self.component(candidate).await?;
        let fetcher = Fetcher::new(&candidate.type_name, &candidate.grants, Arc::clone(&self.egress));
        let grants = (*candidate.grants).clone();
        let loaded = LoadedProvider::load(&self.sandbox, &component, &candidate.type_name, grants, self.ports.clone(), Arc::new(fetcher));
        loaded.await.map_err(|unfit| LoadRefused(unfit.to_string()))
    }
}
