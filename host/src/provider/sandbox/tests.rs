//! Hostile components without the contract, run within the same walls. Providers proper are tested end to end.

use std::{
    collections::BTreeMap,
    future::pending,
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use wasmtime::{Store, component::Component};

use super::*;
use crate::{
    clock::SystemClock,
    provider::{
        call::Limit,
        capability::{FetchError, FetchRequest, FetchResponse},
        engine::{EngineOptions, runtime_engine},
        grant::Limits,
        port::{IdentityPort, KnownIdentity, KvPort, MailPort, PortError, ProviderMail},
    },
    random::SystemRandom,
};

/// A house where every port waits for ever and nothing is granted.
struct Nowhere;

#[async_trait]
impl Fetch for Nowhere {
    async fn fetch(&self, _: FetchRequest) -> Result<FetchResponse, FetchError> {
        pending().await
    }
}

#[async_trait]
impl IdentityPort for Nowhere {
    async fn find(&self, _: &str, _: &[String], _: &str) -> Result<Option<KnownIdentity>, PortError> {
        pending().await
    }
}

#[async_trait]
impl KvPort for Nowhere {
    async fn put(&self, _: &str, _: &str, _: Vec<u8>, _: u32) -> Result<(), PortError> {
        pending().await
    }
    async fn get(&self, _: &str, _: &str) -> Result<Option<Vec<u8>>, PortError> {
        pending().await
    }
    async fn take(&self, _: &str, _: &str) -> Result<Option<Vec<u8>>, PortError> {
        pending().await
    }
    async fn increment(&self, _: &str, _: &str, _: u32, _: u32) -> Result<u64, PortError> {
        pending().await
    }
}

#[async_trait]
impl MailPort for Nowhere {
    async fn send(&self, _: ProviderMail) -> Result<(), PortError> {
        pending().await
    }
}

fn limits() -> Limits {
    Limits { cpu_ms: 50, wall_ms: 5000, memory_mib: 4, ..Limits::default() }
}

fn reach(limits: Limits) -> Arc<Reach> {
    let house = Arc::new(Nowhere);
    let ports = Ports {
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        identities: house.clone(),
        kv: house.clone(),
        mail: house.clone(),
    };
    let grants = Grants { mails: BTreeMap::new(), limits, ..Grants::default() };
    Arc::new(Reach { provider: "hostile".to_owned(), grants, ports, fetcher: house, manifest: None })
}

fn sandbox(pooled: bool) -> Sandbox {
    runtime_engine(EngineOptions { slots: 2, pooled }).unwrap()
}

/// Instantiates a component (its start sections run) and calls its export `run`, if it has one.
async fn run(sandbox: &Sandbox, text: &str, limits: Limits) -> Result<(), CallError> {
    let component = Component::from_binary(sandbox.engine(), &wat::parse_str(text).unwrap()).unwrap();
    let linked = host::linker(sandbox.engine(), Granted::EVERYTHING).unwrap().instantiate_pre(&component).unwrap();
    let reach = reach(limits.clone());
    let state = CallState::new(reach, &limits, Logger::new("hostile", "r1", limits.log_lines, Vec::new()));
    confined(sandbox.engine(), state, &limits, Meter::default(), move |store: &mut Store<CallState>| {
        Box::pin(async move {
            let instance = linked.instantiate_async(&mut *store).await?;
            if let Ok(run) = instance.get_typed_func::<(), ()>(&mut *store, "run") {
                run.call_async(store, ()).await?;
            }
            Ok(())
        })
    })
    .await
}

async fn limit(text: &str) -> Limit {
    let mut seen = Vec::new();
    for pooled in [true, false] {
        match run(&sandbox(pooled), text, limits()).await {
            Err(CallError::Limit { limit }) => seen.push(limit),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(seen[0], seen[1], "the same with and without the pool");
    seen[0]
}

#[tokio::test]
async fn an_endless_start_section_ends_and_lets_others_run() {
    let text = "(component (core module $m (func $f (loop $l (br $l))) (start $f)) (core instance (instantiate $m)))";
    let sandbox = sandbox(true);
    let began = Instant::now();
    // One thread: the other future has its turns only if the guest yields.
    let (outcome, turns) = tokio::join!(run(&sandbox, text, limits()), async {
        let mut turns = 0;
        while began.elapsed() < Duration::from_millis(40) {
            turns += 1;
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        turns
    });
    assert_eq!(outcome, Err(CallError::Limit { limit: Limit::Cpu }));
    assert!(turns >= 1);
    assert!(began.elapsed() >= Duration::from_millis(50), "it had its time");
}

#[tokio::test]
async fn memories_are_summed_over_instances() {
    let one =
        "(core module $m (memory 40) (func $f (if (i32.eq (memory.grow (i32.const 1)) (i32.const -1)) (then unreachable))) (start $f))";
    let alone = format!("(component {one} (core instance (instantiate $m)))");
    assert_eq!(run(&sandbox(true), &alone, limits()).await, Ok(()), "one has 41 of 64 pages");
    let two = format!("(component {one} (core instance (instantiate $m)) (core instance (instantiate $m)))");
    assert_eq!(limit(&two).await, Limit::Memory);
}

#[tokio::test]
async fn a_memory_bomb_is_told_from_an_ordinary_trap() {
    let bomb = r"(component (core module $m (memory 1)
        (func $f (loop $l (br_if $l (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))) unreachable) (start $f))
        (core instance (instantiate $m)))";
    assert_eq!(limit(bomb).await, Limit::Memory);
    let plain = "(component (core module $m (func $f unreachable) (start $f)) (core instance (instantiate $m)))";
    assert!(matches!(run(&sandbox(true), plain, limits()).await, Err(CallError::Trapped(reason)) if reason.contains("unreachable")));
}

#[tokio::test]
async fn a_table_bomb_ends() {
    let bomb = r"(component (core module $m (table 1 funcref)
        (func $f (loop $l (br_if $l (i32.ne (table.grow (ref.null func) (i32.const 10000)) (i32.const -1)))) unreachable) (start $f))
        (core instance (instantiate $m)))";
    assert_eq!(limit(bomb).await, Limit::Table);
}

#[tokio::test]
async fn deep_recursion_ends() {
    let text = "(component (core module $m (func $f call $f) (start $f)) (core instance (instantiate $m)))";
    assert_eq!(limit(text).await, Limit::Stack);
}

#[tokio::test]
async fn too_many_instances_are_refused() {
    let many = "(core instance (instantiate $m))".repeat(51);
    let text = format!("(component (core module $m) {many})");
    for pooled in [true, false] {
        let sandbox = sandbox(pooled);
        let component = Component::from_binary(sandbox.engine(), &wat::parse_str(&text).unwrap());
        // The pool refuses at load, the limiter at the call.
        if component.is_ok() {
            assert!(run(&sandbox, &text, limits()).await.is_err());
        }
    }
}

#[tokio::test]
async fn waiting_for_a_host_function_ends_by_the_wall_clock() {
    let text = r#"(component
        (import "wasi:io/poll@0.2.0" (instance $io
            (export "pollable" (type $p (sub resource)))
            (export "[method]pollable.block" (func (param "self" (borrow $p))))))
        (alias export $io "pollable" (type $pollable))
        (import "wasi:clocks/monotonic-clock@0.2.0" (instance $clock
            (alias outer 1 $pollable (type $outer))
            (export "pollable" (type $p (eq $outer)))
            (export "subscribe-duration" (func (param "when" u64) (result (own $p))))))
        (core func $subscribe (canon lower (func $clock "subscribe-duration")))
        (core func $block (canon lower (func $io "[method]pollable.block")))
        (core module $m
            (import "" "subscribe" (func $subscribe (param i64) (result i32)))
            (import "" "block" (func $block (param i32)))
            (func $f (call $block (call $subscribe (i64.const 60000000000)))) (start $f))
        (core instance (instantiate $m (with "" (instance (export "subscribe" (func $subscribe)) (export "block" (func $block)))))))"#;
    let began = Instant::now();
    let limits = Limits { wall_ms: 100, ..limits() };
    assert_eq!(run(&sandbox(true), text, limits).await, Err(CallError::Limit { limit: Limit::Wall }));
    assert!(began.elapsed() < Duration::from_secs(30), "it waited for what it was told to wait for");
}

#[tokio::test]
async fn handles_are_bounded() {
    let text = r#"(component
        (import "wasi:io/poll@0.2.0" (instance $io (export "pollable" (type $p (sub resource)))))
        (alias export $io "pollable" (type $pollable))
        (import "wasi:clocks/monotonic-clock@0.2.0" (instance $clock
            (alias outer 1 $pollable (type $outer))
            (export "pollable" (type $p (eq $outer)))
            (export "subscribe-duration" (func (param "when" u64) (result (own $p))))))
        (core func $subscribe (canon lower (func $clock "subscribe-duration")))
        (core module $m
            (import "" "subscribe" (func $subscribe (param i64) (result i32)))
            (func $f (loop $l (drop (call $subscribe (i64.const 1))) (br $l))) (start $f))
        (core instance (instantiate $m (with "" (instance (export "subscribe" (func $subscribe)))))))"#;
    assert_eq!(limit(text).await, Limit::Handles);
}

#[tokio::test]
async fn a_full_house_is_busy_and_not_broken() {
    let queue = Arc::new(Semaphore::new(1));
    let first = in_time(Duration::from_millis(10), permit(&queue)).await.unwrap();
    assert_eq!(in_time(Duration::from_millis(10), permit(&queue)).await.err(), Some(CallError::Busy));
    drop(first);
    assert!(in_time(Duration::from_millis(10), permit(&queue)).await.is_ok());
}

#[tokio::test]
async fn load_refuses_what_is_not_a_provider() {
    let sandbox = sandbox(false);
    let component = Component::from_binary(sandbox.engine(), &wat::parse_str("(component)").unwrap()).unwrap();
    let Reach { provider, grants, ports, fetcher, .. } = reach(limits()).describing();
    let refused = LoadedProvider::load(&sandbox, &component, &provider, grants, ports, fetcher).await.err();
    assert_eq!(refused, Some(Unfit::NoProvider { wasm: "hostile.wasm".to_owned() }));
}
