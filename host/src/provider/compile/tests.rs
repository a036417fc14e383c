use std::{fs::OpenOptions, sync::Arc, time::Instant};

use wasmtime::{Config, Engine};

use super::*;
use crate::{
    model::Secret,
    provider::{
        cache::{ComponentCache, deserialize},
        code::CodeSource,
    },
};

fn engine() -> wasmtime::Result<Engine> {
    let mut config = Config::new();
    config.epoch_interruption(true);
    Engine::new(&config)
}

/// Not a test of its own: the child of the others. The test harness prints to standard output, so that the code goes to
/// descriptor 3 (see `compiler`).
#[test]
#[ignore = "started by the other tests"]
fn child() {
    let output = OpenOptions::new().write(true).open("/proc/self/fd/3").unwrap();
    std::process::exit(i32::from(child::exit_code(engine, io::stdin(), output, io::stderr())));
}

fn compiler(limits: CompileLimits) -> Compiler {
    let program = std::env::current_exe().unwrap();
    let script = "exec \"$0\" --exact provider::compile::tests::child --ignored --nocapture 3>&1 >/dev/null";
    Compiler::with_program("/bin/sh".into(), vec!["-c".into(), script.into(), program.into()], limits)
}

fn shell(script: &str, limits: CompileLimits) -> Compiler {
    Compiler::with_program("/bin/sh".into(), vec!["-c".into(), script.into()], limits)
}

fn leb(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = u8::try_from(number & 0x7f).unwrap();
        number >>= 7;
        if number == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}

fn section(id: u8, content: &[u8]) -> Vec<u8> {
    [&[id][..], &leb(content.len()), content].concat()
}

/// A component around a core module with some functions of so many nested blocks.
fn component(functions: usize, blocks: usize) -> Vec<u8> {
    let body = [&[0][..], &[0x02, 0x40].repeat(blocks), &[0x0b].repeat(blocks + 1)].concat();
    let code = [leb(body.len()), body].concat().repeat(functions);
    let module = [
        b"\0asm\x01\0\0\0".to_vec(),
        section(1, &[1, 0x60, 0, 0]),
        section(3, &[leb(functions), vec![0; functions]].concat()),
        section(10, &[leb(functions), code].concat()),
    ]
    .concat();
    [b"\0asm\x0d\0\x01\0".to_vec(), section(1, &module)].concat()
}

#[tokio::test]
async fn a_component_is_compiled_under_limits_and_can_be_used() {
    let code = compiler(CompileLimits::default()).compile(&component(1, 3)).await.unwrap();
    deserialize(&engine().unwrap(), &code).unwrap();
}

#[tokio::test]
async fn what_is_not_valid_is_said_in_one_line() {
    let mut broken = component(1, 3);
    *broken.last_mut().unwrap() = 0x00;
    let compiler = compiler(CompileLimits::default());
    let error = compiler.compile(&broken).await.unwrap_err();
    assert!(matches!(error, CompileError::Invalid(_)), "{error:?}");
    let text = error.to_string();
    assert!(text.starts_with("not a valid component: ") && !text.contains('\n') && text.len() < 400, "{text}");
}

#[tokio::test]
async fn a_compile_bomb_ends_at_its_limit_of_cpu_time() {
    let limits = CompileLimits { cpu_seconds: 1, ..CompileLimits::default() };
    let begin = Instant::now();
    let error = compiler(limits).compile(&component(4, 20_000)).await.unwrap_err();
    assert!(matches!(error, CompileError::TooSlow(1)), "{error:?} after {:?}", begin.elapsed());
}

#[tokio::test]
async fn a_compile_bomb_ends_at_its_limit_of_memory() {
    let limits = CompileLimits { memory_bytes: 60 << 20, ..CompileLimits::default() };
    let error = compiler(limits).compile(&component(1, 500_000)).await.unwrap_err();
    assert!(matches!(error, CompileError::TooMuchMemory(60)), "{error:?}");
}

#[tokio::test]
async fn a_child_that_misbehaves_is_an_error_and_no_more() {
    let limits = || CompileLimits { wall: Duration::from_millis(300), output_bytes: 1000, input_bytes: 1000, ..CompileLimits::default() };
    let fate = async |script| shell(script, limits()).compile(&[1; 1000]).await.unwrap_err();
    assert!(matches!(fate("kill -SEGV $$").await, CompileError::Crashed(text) if text.starts_with("signal 11")));
    assert!(matches!(fate("exit 3").await, CompileError::Crashed(text) if text.starts_with("exit code 3")));
    assert!(matches!(fate("exec sleep 9").await, CompileError::TooSlow(_)));
    assert!(matches!(fate("cat; cat /dev/zero").await, CompileError::TooLarge { what: "machine code", .. }));
    assert!(matches!(fate("kill -XCPU $$").await, CompileError::TooSlow(60)));
    assert!(matches!(fate("echo 'memory allocation of 9 bytes failed' >&2; kill -ABRT $$").await, CompileError::TooMuchMemory(2048)));
    assert!(matches!(fate("printf 'bad\\033[31m\\nbyte' >&2; exit 10").await, CompileError::Invalid(text) if text == "bad[31m byte"));
    assert!(matches!(shell("", limits()).compile(&[1; 1001]).await, Err(CompileError::TooLarge { what: "component", .. })));
    let missing = Compiler::with_program("/nowhere".into(), Vec::new(), limits());
    assert!(matches!(missing.compile(&[]).await, Err(CompileError::NotStarted(_))));
}

#[tokio::test]
async fn the_child_gets_no_environment_and_a_killed_one_leaves_nothing() {
    let code = shell("cat >/dev/null; env | grep -c CARGO; pwd", CompileLimits::default()).compile(&[]).await.unwrap();
    assert_eq!(code.size(), "0\n/\n".len());
    let place = tempfile::tempdir().unwrap();
    let mark = place.path().join("alive");
    let script = format!("cat >/dev/null; sleep 1; : >{}", mark.display());
    let compiler = shell(&script, CompileLimits::default());
    assert!(timeout(Duration::from_millis(200), compiler.compile(&[])).await.is_err());
    tokio::time::sleep(Duration::from_millis(1200)).await;
    assert!(!mark.exists());
}

#[tokio::test]
async fn a_long_compile_lets_others_go_first_and_short_ones_wait_their_turn() {
    let script = "read -r line; case $line in *slow*) exec sleep 30;; *) cat >/dev/null;; esac";
    let compiler = Arc::new(shell(script, CompileLimits::default()));
    let slow = tokio::spawn({
        let compiler = Arc::clone(&compiler);
        async move { compiler.compile(b"slow\n").await }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    let begin = Instant::now();
    compiler.compile(b"quick\n").await.unwrap();
    let waited = begin.elapsed();
    assert!((Duration::from_millis(500)..Duration::from_secs(5)).contains(&waited), "{waited:?}");
    slow.abort();
}

#[tokio::test]
async fn one_component_is_compiled_once_however_many_ask() {
    let place = tempfile::tempdir().unwrap();
    let log = place.path().join("log");
    let open = || Arc::new(ComponentCache::open(&place.path().join("cache"), Secret::new(vec![1; 32]), 1 << 20).unwrap());
    let source = |script: &str| CodeSource::new(shell(script, CompileLimits::default()), open(), 7);
    let script = format!("echo compiled >>{}; sleep 0.1; cat", log.display());
    let first = source(&script);
    let asked = (0..8).map(|_| first.code(b"component", "aa"));
    let codes = futures_util::future::try_join_all(asked).await.unwrap();
    assert!(codes.iter().all(|code| code.size() == 24 + 9));
    assert_eq!(std::fs::read_to_string(&log).unwrap(), "compiled\n");
    assert_eq!(source("exit 1").code(b"component", "aa").await.unwrap().size(), 24 + 9, "taken from the cache");
}
