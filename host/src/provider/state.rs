//! Everything that one call can touch: what its provider may reach, what is left of its budgets, and the resources that
//! it holds. One for each store, and a store for each call.

use std::sync::Arc;

use wasmtime::component::ResourceTable;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use super::{
    budget::{Budget, Work},
    call::Halt,
    capability::Fetch,
    grant::{Grants, Limits},
    limiter::Limiter,
    logger::Logger,
    port::Ports,
    wasi,
};
use crate::model::provider::Manifest;

/// WASI resources that live at the same time.
const RESOURCES: usize = 256;

/// What a provider type may reach; shared by its calls.
pub(super) struct Reach {
    /// The provider type, which is the namespace of all its data.
    pub provider: String,
    pub grants: Grants,
    pub ports: Ports,
    pub fetcher: Arc<dyn Fetch>,
    /// None while the provider describes itself: then everything is refused.
    pub manifest: Option<Manifest>,
}

impl Reach {
    /// The same, for `describe`: without a manifest everything is refused.
    pub(super) fn describing(&self) -> Self {
        let (grants, ports, fetcher) = (self.grants.clone(), self.ports.clone(), self.fetcher.clone());
        Self { provider: self.provider.clone(), grants, ports, fetcher, manifest: None }
    }
}

/// The data of a store.
pub(super) struct CallState {
    pub reach: Arc<Reach>,
    pub budget: Budget,
    pub limiter: Limiter,
    pub logger: Arc<Logger>,
    table: ResourceTable,
    wasi: WasiCtx,
}

impl CallState {
    pub(super) fn new(reach: Arc<Reach>, limits: &Limits, logger: Logger) -> Self {
        let logger = Arc::new(logger);
        let mut table = ResourceTable::new();
        table.set_max_capacity(RESOURCES);
        Self {
            budget: Budget::new(limits),
            limiter: Limiter::new(limits.memory_mib),
            wasi: wasi::empty_handed(&reach.ports.clock, &logger),
            reach,
            logger,
            table,
        }
    }

    /// The manifest, or the end of the call if the guest is just describing itself.
    pub(super) fn manifest(&self, function: &'static str) -> Result<&Manifest, Halt> {
        self.reach.manifest.as_ref().ok_or(Halt::Impure(function))
    }

    /// Takes one piece of `work` from the budget for `function`.
    pub(super) fn spend(&mut self, work: Work, function: &'static str) -> Result<(), Halt> {
        self.manifest(function)?;
        self.budget.spend(work)
    }
}

impl WasiView for CallState {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}
