//! Components made by hand.

/// What a provider exports, as far as names go.
const PROVIDER: &str = r#"
    (core module $empty (func (export "f")))
    (core instance $empty (instantiate $empty))
    (func $f (canon lift (core func $empty "f")))
    (instance $provider
        (export "describe" (func $f)) (export "signup" (func $f)) (export "signin" (func $f)) (export "resume" (func $f)))"#;

/// A component of this text.
pub(super) fn component(text: &str) -> Vec<u8> {
    wat::parse_str(format!("(component {text})")).unwrap()
}

/// A component that is a provider by its exports, for a version of the contract.
pub(super) fn provider(version: &str, inside: &str) -> Vec<u8> {
    component(&format!("{inside} {PROVIDER} (export \"vestibule:provider/provider@{version}\" (instance $provider))"))
}

/// Loops when it is instantiated, before anything is called.
pub(super) fn start_loop() -> Vec<u8> {
    provider("1.0.0", "(core module $m (func $f (loop $l (br $l))) (start $f)) (core instance (instantiate $m))")
}

/// Ten memories of 32 MiB each, none of which is too large by itself.
pub(super) fn many_memories() -> Vec<u8> {
    let instances = "(core instance (instantiate $m))".repeat(10);
    provider("1.0.0", &format!("(core module $m (memory 512)) {instances}"))
}

/// Grows a memory until it gets no more, and then breaks off as an allocator does.
pub(super) fn grows() -> Vec<u8> {
    let module = "(core module $m (memory 1) (func $f (loop $l
        (br_if $l (i32.ne (memory.grow (i32.const 16)) (i32.const -1)))) unreachable) (start $f))";
    provider("1.0.0", &format!("{module} (core instance (instantiate $m))"))
}

/// Calls itself without end.
pub(super) fn recursion() -> Vec<u8> {
    provider("1.0.0", "(core module $m (func $f call $f) (start $f)) (core instance (instantiate $m))")
}

/// More instances than any component has.
pub(super) fn many_instances() -> Vec<u8> {
    provider("1.0.0", &format!("(core module $m) {}", "(core instance (instantiate $m))".repeat(2000)))
}

/// 70 KB, and a minute of work for a compiler: loops in loops, all of which change a variable.
pub(super) fn compile_bomb() -> Vec<u8> {
    let body = "loop local.get 0 i32.const 1 i32.add local.set 0 ".repeat(5000) + &"local.get 0 br_if 0 end ".repeat(5000);
    provider("1.0.0", &format!("(core module $m (func (param i32) {body}))"))
}

/// 1 MB, and a quarter of a gigabyte of work for a compiler: one function after the other in one list of operations.
pub(super) fn memory_bomb() -> Vec<u8> {
    let body = "local.get 0 i32.const 1 i32.add i32.load i32.const 77777 i32.mul local.set 0 ".repeat(60_000);
    provider("1.0.0", &format!("(core module $m (memory 1) (func (param i32) {body}))"))
}
