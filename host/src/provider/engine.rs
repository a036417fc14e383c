//! The WebAssembly engine: one configuration for running and for compiling, and the ticker that keeps guests from
//! running for ever.
//!
//! Instances come from a pool that is reserved once; where the address space is too short for it (`ulimit -v`, strict
//! overcommit), they are made on demand, at two to four times the cost of a call.

use std::{sync::Arc, thread, time::Duration};

use tokio::sync::Semaphore;
use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, WasmFeatures};

/// How often a running guest is looked at.
pub const TICK: Duration = Duration::from_millis(10);

/// Stack of the guest. The rest of [`ASYNC_STACK`] belongs to host functions: too little of it aborts the process.
const GUEST_STACK: usize = 512 << 10;
const ASYNC_STACK: usize = 2 << 20;

/// The largest that an operator's `memory_mib` can make one memory in a pool; smaller limits are held by the limiter.
pub const MAX_MEMORY: usize = 1 << 30;
/// Per component. JavaScript and Python components need nearly as many; Rust ones need five instances and one memory.
pub(super) const CORE_INSTANCES: u32 = 50;
pub(super) const MEMORIES: u32 = 20;
pub(super) const TABLES: u32 = 50;
pub(super) const TABLE_ELEMENTS: usize = 60_000;

/// Why there is no engine.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// This machine cannot run it at all.
    #[error("the WebAssembly engine does not start on this machine: {0}")]
    Engine(String),
    /// No thread could be started.
    #[error("the thread that interrupts plugins does not start: {0}")]
    Ticker(std::io::Error),
}

/// How the runtime engine is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EngineOptions {
    /// Calls that can run at the same time, all providers together.
    pub slots: u32,
    /// Whether to try the pool.
    pub pooled: bool,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self { slots: 64, pooled: true }
    }
}

/// Where instances come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Allocation {
    /// From a pool.
    Pooled,
    /// Made on demand: slower; with the reason why there is no pool.
    OnDemand {
        /// For the operator.
        reason: String,
    },
}

/// The engine that runs providers. Clones share it; its ticker ends with the last of them.
#[derive(Clone)]
pub struct Sandbox {
    engine: Engine,
    allocation: Allocation,
    pub(super) slots: Arc<Semaphore>,
    /// The part of them that providers may fill up; the rest is for those that have few calls or none.
    pub(super) shared: Arc<Semaphore>,
}

impl Sandbox {
    /// The engine, to load components with.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Whether the pool is in use; worth a line in the log at start.
    #[must_use]
    pub fn allocation(&self) -> &Allocation {
        &self.allocation
    }
}

/// The engine of the child process that compiles: same code as [`runtime_engine`] makes, so that its output loads there
/// (`Engine::precompile_compatibility_hash` is equal), but no pool and no ticker.
///
/// # Errors
/// If the machine has no support.
pub fn compiler_engine() -> Result<Engine, EngineError> {
    Engine::new(&compile_settings()).map_err(|error| EngineError::Engine(format!("{error:#}")))
}

/// The engine of the gateway.
///
/// # Errors
/// If the machine has no support, or no thread can be started.
pub fn runtime_engine(options: EngineOptions) -> Result<Sandbox, EngineError> {
    let (engine, allocation) = if options.pooled {
        match pooled_engine(options.slots) {
            Ok(engine) => (engine, Allocation::Pooled),
            Err(error) => (compiler_engine()?, Allocation::OnDemand { reason: format!("{error:#}") }),
        }
    } else {
        (compiler_engine()?, Allocation::OnDemand { reason: "switched off".to_owned() })
    };
    start_ticker(&engine).map_err(EngineError::Ticker)?;
    let places = |count: u32| Arc::new(Semaphore::new(usize::try_from(count).unwrap_or(Semaphore::MAX_PERMITS)));
    Ok(Sandbox { engine, allocation, slots: places(options.slots), shared: places(options.slots - options.slots / 4) })
}

/// Everything that compiled code depends on, and what else both engines share.
fn compile_settings() -> Config {
    let mut config = Config::new();
    config
        .epoch_interruption(true)
        .max_wasm_stack(GUEST_STACK)
        .async_stack_size(ASYNC_STACK)
        .async_stack_zeroing(true)
        .wasm_backtrace_max_frames(None)
        .wasm_memory64(false)
        .wasm_multi_memory(false)
        .wasm_tail_call(false)
        .wasm_relaxed_simd(false)
        .wasm_features(WasmFeatures::FUNCTION_REFERENCES, false)
        .wasm_wide_arithmetic(false)
        .wasm_custom_page_sizes(false);
    config
}

fn pooled_engine(slots: u32) -> wasmtime::Result<Engine> {
    let mut pool = PoolingAllocationConfig::new();
    // The totals leave no plugin a way to starve another: every slot can hold the largest component there may be. All
    // of it is address space; memory is taken only when touched.
    pool.total_component_instances(slots)
        .total_core_instances(slots.saturating_mul(CORE_INSTANCES))
        .total_memories(slots.saturating_mul(MEMORIES))
        .total_tables(slots.saturating_mul(TABLES))
        .total_stacks(slots)
        .max_core_instances_per_component(CORE_INSTANCES)
        .max_memories_per_component(MEMORIES)
        .max_tables_per_component(TABLES)
        .max_tables_per_module(8)
        .table_elements(TABLE_ELEMENTS)
        .max_memory_size(MAX_MEMORY)
        .linear_memory_keep_resident(128 << 10)
        .table_keep_resident(16 << 10)
        .async_stack_keep_resident(64 << 10)
        .pagemap_scan(Enabled::Auto);
    let mut config = compile_settings();
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    Engine::new(&config)
}

/// A thread of its own, because a guest in a loop may hold every worker of the async runtime.
fn start_ticker(engine: &Engine) -> std::io::Result<()> {
    let engine = engine.weak();
    thread::Builder::new().name("epoch".to_owned()).spawn(move || {
        while let Some(engine) = engine.upgrade() {
            engine.increment_epoch();
            drop(engine);
            thread::sleep(TICK);
        }
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::hash::{DefaultHasher, Hash, Hasher};

    use super::*;

    fn compatibility(engine: &Engine) -> u64 {
        let mut hasher = DefaultHasher::new();
        engine.precompile_compatibility_hash().hash(&mut hasher);
        hasher.finish()
    }

    #[test]
    fn what_the_compiler_makes_loads_in_both_runtimes() {
        let compiler = compatibility(&compiler_engine().unwrap());
        let pooled = runtime_engine(EngineOptions::default()).unwrap();
        let on_demand = runtime_engine(EngineOptions { pooled: false, ..EngineOptions::default() }).unwrap();
        assert_eq!(compiler, compatibility(pooled.engine()));
        assert_eq!(compiler, compatibility(on_demand.engine()));
    }

    #[test]
    fn a_pool_beyond_the_address_space_falls_back() {
        let sandbox = runtime_engine(EngineOptions { slots: 1_000_000, pooled: true }).unwrap();
        assert!(matches!(sandbox.allocation(), Allocation::OnDemand { reason } if !reason.is_empty()));
    }

    #[test]
    fn the_ticker_ends_with_its_engine() {
        let sandbox = runtime_engine(EngineOptions { slots: 1, pooled: false }).unwrap();
        let weak = sandbox.engine().weak();
        drop(sandbox);
        // At most the ticker's own handle is left, for the moment of one tick.
        let gone = (0..100).any(|_| {
            thread::sleep(TICK);
            weak.upgrade().is_none()
        });
        assert!(gone);
    }
}
