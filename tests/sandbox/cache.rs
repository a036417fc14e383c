//! The compile cache: private, and nothing in it is believed that this gateway has not sealed itself.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::PathBuf,
};

use super::{cheap, live, until_live, until_logged};
use crate::app::{App, Plan, guest, install};

/// With a cache of its own.
fn plan() -> Plan {
    cheap().simple().unset("cache_dir")
}

/// The cached code, by name.
fn cached(app: &App) -> Vec<PathBuf> {
    let mut paths: Vec<_> = fs::read_dir(app.data().join("cache")).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

#[tokio::test]
async fn rule29_the_cache_is_private_and_used_at_the_next_start() {
    let mut app = plan().start();
    let files = cached(&app);
    assert_eq!(files.len(), 1, "{files:?}");
    let mode = |path: &PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    assert_eq!((mode(&app.data().join("cache")), mode(&files[0])), (0o700, 0o600));
    // With this nothing can be compiled any more.
    app.set("plugin_compile_memory_mib", "1");
    app.restart();
    app.user("ann@example.org").await;
    install(&app.plugins(), "hello", &guest("hello"), None);
    until_logged(&app, &["provider refused", "provider=\"hello\"", "memory"]).await;
    assert_eq!(cached(&app), files);
}

#[tokio::test]
async fn rule29_code_that_does_not_bear_the_seal_is_compiled_again() {
    let mut app = plan().start();
    app.user("ann@example.org").await;
    let path = cached(&app).remove(0);
    let sound = fs::read(&path).unwrap();
    let mut flipped = sound.clone();
    flipped[sound.len() / 2] ^= 1;
    let mut seal = sound.clone();
    seal[0] ^= 1;
    let cases = [flipped, seal, sound[..sound.len() - 1].to_vec(), sound[..16].to_vec(), Vec::new(), sound[32..].to_vec()];
    for (at, planted) in cases.into_iter().enumerate() {
        fs::write(&path, &planted).unwrap();
        app.restart();
        app.signin("ann@example.org").await;
        assert!(fs::read(&path).unwrap() != planted, "case {at} was believed");
        assert_eq!(app.log().matches("compile cache: file discarded").count(), at + 1);
    }
}

#[tokio::test]
async fn rule29_code_of_another_component_is_not_taken_for_this_one() {
    let mut app = plan().start();
    let simple = cached(&app).remove(0);
    install(&app.plugins(), "hello", &guest("hello"), None);
    until_live(&app, "hello", Some("1.0.0")).await;
    let hello = cached(&app).into_iter().find(|path| *path != simple).unwrap();
    // Sealed by this gateway, but for something else.
    fs::copy(&simple, &hello).unwrap();
    app.restart();
    assert_eq!(live(&app, "hello").await.as_deref(), Some("1.0.0"));
    assert!(app.log().contains("it does not bear this gateway's seal"), "{}", app.log());
    // A link, even to the right bytes.
    let aside = app.data().join("aside");
    fs::rename(&hello, &aside).unwrap();
    symlink(&aside, &hello).unwrap();
    app.restart();
    assert_eq!(live(&app, "hello").await.as_deref(), Some("1.0.0"));
    assert!(fs::symlink_metadata(&hello).unwrap().is_file(), "the link is still there");
}

#[tokio::test]
async fn rule29_a_cache_that_others_can_look_into_is_refused_at_the_start() {
    let plan = plan();
    let cache = plan.path().join("data/cache");
    fs::create_dir_all(&cache).unwrap();
    fs::set_permissions(&cache, fs::Permissions::from_mode(0o755)).unwrap();
    let output = plan.command(&["serve"]).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && told.contains("is open to others (mode 755): chmod 700"), "{told}");
}

#[tokio::test]
async fn rule29_compiled_code_in_the_plugins_directory_is_never_read() {
    let app = plan().start();
    let code = cached(&app).remove(0);
    fs::copy(&code, app.plugins().join("evil.cwasm")).unwrap();
    fs::copy(&code, app.plugins().join("evil.wasm")).unwrap();
    let code = fs::read(&code).unwrap();
    fs::write(app.plugins().join("bare.wasm"), &code[32..]).unwrap();
    until_logged(&app, &["provider refused", "provider=\"evil\"", "evil.wasm is not a WebAssembly component"]).await;
    until_logged(&app, &["provider refused", "provider=\"bare\"", "bare.wasm is compiled machine code (ELF)"]).await;
    assert!(!app.log().contains("evil.cwasm"));
}
