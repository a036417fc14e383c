//! Components that are small and take a compiler minutes, or gigabytes.

use std::fs;

use super::{cheap, crowd::Crowd, until_live, until_logged, wasm};
use crate::app::{App, guest, install, write};
use crate::patience::eventually;

/// The gateway's child processes.
fn children(app: &App) -> Vec<String> {
    let threads = fs::read_dir(format!("/proc/{}/task", app.pid())).unwrap();
    let of = |thread: std::io::Result<fs::DirEntry>| fs::read_to_string(thread.unwrap().path().join("children")).unwrap_or_default();
    threads.flat_map(|thread| of(thread).split_whitespace().map(ToOwned::to_owned).collect::<Vec<_>>()).collect()
}

#[tokio::test]
async fn rule30_a_compile_bomb_is_stopped_and_holds_nobody_back() {
    let app = cheap().simple().unset("cache_dir").set("plugin_compile_cpu", "12s").start();
    let crowd = Crowd::gather(&app, 2).await;
    write(&app.plugins().join("bomb.wasm"), &wasm::compile_bomb());
    eventually("the compiling child", || (!children(&app).is_empty()).then_some(())).await;
    install(&app.plugins(), "hello", &guest("hello"), None);
    until_live(&app, "hello", Some("1.0.0")).await;
    assert!(!app.log().contains("provider=\"bomb\""), "the bomb held it back until its own end");
    until_logged(&app, &["provider refused", "provider=\"bomb\"", "compiling it takes more than"]).await;
    crowd.disperse().await;
    assert!(children(&app).is_empty(), "the compiler still runs: {:?}", children(&app));
}

#[tokio::test]
async fn rule30_a_compile_that_nobody_wants_any_more_is_ended() {
    let app = cheap().simple().start();
    write(&app.plugins().join("bomb.wasm"), &wasm::compile_bomb());
    eventually("the compiling child", || (!children(&app).is_empty()).then_some(())).await;
    fs::remove_file(app.plugins().join("bomb.wasm")).unwrap();
    // It does not go on for the minute that it has.
    eventually("the end of the child", || children(&app).is_empty().then_some(())).await;
}

#[tokio::test]
async fn rule30_a_compile_that_takes_too_much_memory_is_refused() {
    let app = cheap().simple().set("plugin_compile_memory_mib", "128").start();
    write(&app.plugins().join("bomb.wasm"), &wasm::memory_bomb());
    until_logged(&app, &["provider refused", "provider=\"bomb\"", "compiling it takes more than 128 MiB of memory"]).await;
    app.user("ann@example.org").await;
}
