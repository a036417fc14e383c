//! The walls around one piece of guest work: budgets of CPU, wall clock, memory and bytes, all set before the first
//! instruction of the guest (its start function can loop, too).

use std::{sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use wasmtime::{Engine, Store, UpdateDeadline};

use crate::provider::{
    call::{CallError, Halt, Limit, classify},
    grant::Limits,
    meter::{Meter, Metered},
    state::CallState,
};

/// Bytes that one answer, or the arguments of one host function, may take in the host.
const HOSTCALL_FUEL: usize = 1 << 20;
/// Handles of resources.
const HANDLES: usize = 256;

/// Runs `work` in a fresh store; the store does not outlive it.
pub(super) async fn confined<R>(
    engine: &Engine,
    state: CallState,
    limits: &Limits,
    meter: Meter,
    work: impl for<'a> FnOnce(&'a mut Store<CallState>) -> BoxFuture<'a, wasmtime::Result<R>>,
) -> Result<R, CallError> {
    let meter = Arc::new(meter);
    let mut store = open(engine, state, limits, &meter);
    let wall = Duration::from_millis(limits.wall_ms);
    let outcome = tokio::time::timeout(wall, Metered::new(meter, work(&mut store))).await;
    match outcome {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(classify(&error, &store.data().limiter)),
        Err(_) => Err(CallError::Limit { limit: Limit::Wall }),
    }
}

fn open(engine: &Engine, state: CallState, limits: &Limits, meter: &Arc<Meter>) -> Store<CallState> {
    let mut store = Store::new(engine, state);
    store.limiter(|state| &mut state.limiter);
    store.set_hostcall_fuel(HOSTCALL_FUEL);
    store.set_max_component_handles(HANDLES);
    store.set_epoch_deadline(1);
    let (meter, cpu_ms) = (Arc::clone(meter), limits.cpu_ms);
    // At every tick a running guest lets others have their turn.
    store.epoch_deadline_callback(move |_| {
        if meter.spent_ms() >= cpu_ms { Err(Halt::Limit(Limit::Cpu).into()) } else { Ok(UpdateDeadline::Yield(1)) }
    });
    store
}
